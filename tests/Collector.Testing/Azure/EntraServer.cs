using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Collector.Testing.Servers;
using Microsoft.AspNetCore.Http;

namespace Collector.Testing.Azure;

/// <summary>
/// A stand-in for Microsoft Entra ID's token endpoint, with one application and one federated credential. It enforces: the path
/// <c>/{tenant}/oauth2/v2.0/token</c>, POST of a form, <c>grant_type=client_credentials</c>, the JWT bearer assertion type, a
/// scope that ends in <c>/.default</c> of Azure Storage ("Access token request with a federated credential", Microsoft identity
/// platform); and of the assertion what a federated identity credential says: issuer, subject and audience
/// <c>api://AzureADTokenExchange</c> exactly, a signature of the issuer's key, a time within its life ("Overview of federated
/// identity credentials"). Errors are those of the real one, with their AADSTS numbers.
/// </summary>
public sealed class EntraServer : IAsyncDisposable
{
    public const string Tenant = "11111111-2222-3333-4444-555555555555";
    public const string Client = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
    public const string Subject = "system:serviceaccount:logging:collector";
    public const string Audience = "api://AzureADTokenExchange";

    private readonly ClusterIssuer _cluster;
    private readonly RSA _key = RSA.Create(2048);
    private readonly LoopbackServer _server;
    private int _requests;

    public EntraServer(ClusterIssuer cluster)
    {
        _cluster = cluster;
        _server = LoopbackServer.Start(AnswerAsync);
    }

    public string Url => _server.Url;

    /// <summary>Of the federated credential.</summary>
    public string TrustedSubject { get; init; } = Subject;

    /// <summary>Received, refused ones too.</summary>
    public int Requests => _requests;

    /// <summary>Tokens given out.</summary>
    public List<string> Issued { get; } = [];

    /// <summary>When set, the answer to everything.</summary>
    public int? Outage { get; set; }

    public TimeSpan TokenLife { get; set; } = TimeSpan.FromHours(1);

    public Func<DateTimeOffset> Now { get; set; } = () => DateTimeOffset.UtcNow;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _key.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        Interlocked.Increment(ref _requests);
        if (Outage is { } status)
        {
            context.Response.StatusCode = status;
            return;
        }

        var (error, words) = await CheckAsync(context.Request);
        context.Response.StatusCode = error is null ? StatusCodes.Status200OK : error == "invalid_client" ? StatusCodes.Status401Unauthorized : StatusCodes.Status400BadRequest;
        context.Response.ContentType = "application/json; charset=utf-8";
        await context.Response.WriteAsync((error is null ? Token() : new JsonObject
        {
            ["error"] = error,
            ["error_description"] = words + "\r\nTrace ID: 0\r\nTimestamp: now",
        }).ToJsonString());
    }

    private async Task<(string? Error, string Words)> CheckAsync(HttpRequest request)
    {
        if (request.Method != "POST" || !request.HasFormContentType)
            return ("invalid_request", "AADSTS900561: The endpoint only accepts POST requests.");
        if (request.Path != $"/{Tenant}/oauth2/v2.0/token")
            return ("invalid_request", $"AADSTS90002: Tenant in {request.Path} not found.");

        var form = await request.ReadFormAsync();
        if (form["grant_type"] != "client_credentials")
            return ("unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.");
        if (form["client_id"] != Client)
            return ("unauthorized_client", $"AADSTS700016: Application with identifier '{form["client_id"]}' was not found in the directory.");
        if (form["scope"] != "https://storage.azure.com/.default")
            return ("invalid_scope", "AADSTS70011: The provided value for the input parameter 'scope' isn't valid.");
        if (form["client_assertion_type"] != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            return ("invalid_request", "AADSTS900144: The request body must contain 'client_assertion_type'.");
        return CheckAssertion(form["client_assertion"].ToString());
    }

    private (string? Error, string Words) CheckAssertion(string assertion)
    {
        if (Jwt.Verify(_cluster.Key, assertion) is not { } claims)
            return ("invalid_client", "AADSTS50027: JWT token is invalid or malformed.");
        if (claims["iss"]!.GetValue<string>() != _cluster.Issuer || claims["sub"]!.GetValue<string>() != TrustedSubject)
            return ("invalid_client", "AADSTS70021: No matching federated identity record found for presented assertion.");
        if (claims["aud"] is not JsonArray { Count: 1 } audience || audience[0]!.GetValue<string>() != Audience)
            return ("invalid_client", "AADSTS700212: No matching federated identity record found for presented assertion audience.");

        var now = Now().ToUnixTimeSeconds();
        return now < claims["nbf"]!.GetValue<long>() || now >= claims["exp"]!.GetValue<long>()
            ? ("invalid_client", "AADSTS700024: Client assertion is not within its valid time range.")
            : (null, "");
    }

    /// <summary>A token, as the metadata service of a machine gets one.</summary>
    public string Issue() => Token()["access_token"]!.GetValue<string>();

    /// <summary>What Azure Storage expects of a token; Azurite's basic checks, too: issuer, audience, times.</summary>
    private JsonObject Token()
    {
        var now = Now();
        var token = Jwt.Sign(_key, new JsonObject
        {
            ["iss"] = $"https://sts.windows.net/{Tenant}/",
            ["aud"] = "https://storage.azure.com",
            ["appid"] = Client,
            ["jti"] = Issued.Count,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["nbf"] = now.AddMinutes(-5).ToUnixTimeSeconds(),
            ["exp"] = (now + TokenLife).ToUnixTimeSeconds(),
        });
        Issued.Add(token);
        return new JsonObject { ["token_type"] = "Bearer", ["expires_in"] = (int)TokenLife.TotalSeconds, ["ext_expires_in"] = (int)TokenLife.TotalSeconds, ["access_token"] = token };
    }
}
