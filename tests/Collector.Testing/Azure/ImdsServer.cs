using System.Text.Json.Nodes;
using Collector.Testing.Servers;
using Microsoft.AspNetCore.Http;

namespace Collector.Testing.Azure;

/// <summary>
/// A stand-in for Azure's instance metadata service on a machine with a system-assigned identity and one that is assigned by its
/// user. It enforces: GET of <c>/metadata/identity/oauth2/token</c>, the header <c>Metadata: true</c>, an <c>api-version</c> and
/// a <c>resource</c>, no <c>X-Forwarded-For</c>; an unknown client id is 400 <c>invalid_request</c> "Identity not found"; numbers
/// are strings ("Acquire an access token, using HTTP", Azure managed identities).
/// </summary>
public sealed class ImdsServer : IAsyncDisposable
{
    public const string SystemClient = "00000000-0000-0000-0000-00000000515e";
    public const string UserClient = "00000000-0000-0000-0000-0000000005e7";

    private readonly Func<string> _token;
    private readonly LoopbackServer _server;
    private int _requests;

    /// <param name="token">Makes the access token.</param>
    public ImdsServer(Func<string> token)
    {
        _token = token;
        _server = LoopbackServer.Start(AnswerAsync);
    }

    public string Url => _server.Url;

    /// <summary>Received, refused ones too.</summary>
    public int Requests => _requests;

    private async Task AnswerAsync(HttpContext context)
    {
        Interlocked.Increment(ref _requests);
        var (request, query) = (context.Request, context.Request.Query);
        var client = query.ContainsKey("client_id") ? query["client_id"].ToString() : SystemClient;
        var error =
            request.Headers["Metadata"] != "true" || request.Headers.ContainsKey("X-Forwarded-For") ? "Required metadata header not specified or not correct"
            : request.Method != "GET" || request.Path != "/metadata/identity/oauth2/token" ? "Not found"
            : query["api-version"] != "2018-02-01" ? "Required query variable 'api-version' is missing or not supported"
            : query["resource"] != "https://storage.azure.com/" ? "Invalid resource"
            : client is not (SystemClient or UserClient) ? "Identity not found"
            : null;
        context.Response.StatusCode = error is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest;
        await context.Response.WriteAsync((error is null
            ? new JsonObject
            {
                ["access_token"] = _token(),
                ["client_id"] = client,
                ["expires_in"] = "86399",
                ["expires_on"] = DateTimeOffset.UtcNow.AddSeconds(86399).ToUnixTimeSeconds().ToString(),
                ["resource"] = query["resource"].ToString(),
                ["token_type"] = "Bearer",
            }
            : new JsonObject { ["error"] = "invalid_request", ["error_description"] = error }).ToJsonString());
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
