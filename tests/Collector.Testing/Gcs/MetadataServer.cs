using System.Text.Json.Nodes;
using Collector.Testing.Servers;
using Microsoft.AspNetCore.Http;

namespace Collector.Testing.Gcs;

/// <summary>
/// A stand-in for the metadata server, of GKE or of Compute Engine. It enforces GET, <c>Metadata-Flavor: Google</c> (403 without),
/// no <c>X-Forwarded-For</c>, and answers with <c>Metadata-Flavor: Google</c> and the <c>Server</c> that it is ("About VM
/// metadata"; "About Workload Identity Federation for GKE").
/// </summary>
public sealed class MetadataServer : IAsyncDisposable
{
    public const string Gke = "GKE Metadata Server";
    public const string ComputeEngine = "Metadata Server for VM";

    private const string AccountPath = "/computeMetadata/v1/instance/service-accounts/default";
    private const string EmailPath = AccountPath + "/email";
    private const string TokenPath = AccountPath + "/token";

    private readonly LoopbackServer _server;

    public MetadataServer() => _server = LoopbackServer.Start(AnswerAsync);

    /// <summary>For <c>GCE_METADATA_HOST</c>: host and port.</summary>
    public string Host => new Uri(_server.Url).Authority;

    public string Kind { get; set; } = Gke;

    public string Email { get; set; } = "collector@p.iam.gserviceaccount.com";

    /// <summary>Whether the service account is bound; GKE answers 403 where it may not be used.</summary>
    public bool IsBound { get; set; } = true;

    public bool SaysItsFlavor { get; set; } = true;

    public List<string> Issued { get; } = [];

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (SaysItsFlavor)
            response.Headers["Metadata-Flavor"] = "Google";
        response.Headers.Server = Kind;
        var (status, text) = (request.Path.Value, request.Method) switch
        {
            _ when request.Headers["Metadata-Flavor"] != "Google" || request.Headers.ContainsKey("X-Forwarded-For") => (403, "Missing Metadata-Flavor:Google header."),
            (EmailPath, "GET") => (200, Email),
            (TokenPath, "GET") when !IsBound =>
                (403, "Unable to generate access token; IAM returned 403 Forbidden: Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."),
            (TokenPath, "GET") => (200, Token()),
            _ => (404, "not found"),
        };
        response.StatusCode = status;
        await response.WriteAsync(text);
    }

    private string Token()
    {
        Issued.Add($"ya29.m{Issued.Count}");
        return new JsonObject { ["access_token"] = Issued[^1], ["expires_in"] = 3599, ["token_type"] = "Bearer" }.ToJsonString();
    }
}
