using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Collector.Testing.Servers;
using Microsoft.AspNetCore.Http;

namespace Collector.Testing.Gcs;

/// <summary>
/// Stand-ins for three of Google's endpoints that give out tokens, on one port. <c>/token</c> (OAuth 2.0 for server to server
/// applications): POST of a form with the JWT bearer grant; the assertion signed by the service account's key, its id in
/// <c>kid</c>, <c>iss</c> the account, <c>aud</c> always Google's own endpoint, a scope, <c>iat</c> not in the future and <c>exp</c> at most
/// an hour later, both in a reasonable time frame. <c>/v1/token</c> (Security Token Service, RFC 8693): the token exchange
/// grant, the provider's audience, the cluster's JWT with issuer, subject, that provider's audience and a time within its life.
/// <c>/v1/projects/-/serviceAccounts/…:generateAccessToken</c> (IAM Credentials): a federated token as bearer, a scope, and a
/// lifetime of at most an hour.
/// </summary>
public sealed class GoogleTokenServer : IAsyncDisposable
{
    public const string Account = "collector@p.iam.gserviceaccount.com";
    public const string KeyId = "0123456789abcdef";
    public const string Audience = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/k8s/providers/cluster";
    public const string Subject = "system:serviceaccount:logging:collector";

    private const string ScopeOfStorage = "https://www.googleapis.com/auth/devstorage.read_write";
    private const string ScopeOfReaders = "https://www.googleapis.com/auth/devstorage.read_only";

    /// <summary>What a token must be for that is to impersonate ("generateAccessToken": one of these).</summary>
    private static readonly string[] ScopesOfIam = ["https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/iam"];

    private const string AudienceOfKeys = "https://oauth2.googleapis.com/token";
    private const long Hour = 3600;
    private const long Reasonable = 600;

    private readonly ClusterIssuer _cluster;
    private readonly LoopbackServer _server;
    private readonly HashSet<string> _federated = [];

    public GoogleTokenServer(ClusterIssuer cluster)
    {
        _cluster = cluster;
        _server = LoopbackServer.Start(AnswerAsync);
    }

    /// <summary>Of the service account.</summary>
    public RSA Key { get; } = RSA.Create(2048);

    public string Url => _server.Url;

    /// <summary>Tokens that Cloud Storage accepts.</summary>
    public List<string> Issued { get; } = [];

    /// <summary>When set, the answer to everything.</summary>
    public int? Outage { get; set; }

    /// <summary>How long tokens of the service account last, whatever was asked for.</summary>
    public TimeSpan ImpersonatedLife { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The life that was asked for when a service account's token was last.</summary>
    public string LifeAskedFor { get; private set; } = "";

    public string ImpersonationUrl => $"{Url}/v1/projects/-/serviceAccounts/{Account}:generateAccessToken";

    /// <summary>As gcloud writes it.</summary>
    public JsonObject ServiceAccountFile() => new()
    {
        ["type"] = "service_account",
        ["project_id"] = "p",
        ["private_key_id"] = KeyId,
        ["private_key"] = Key.ExportPkcs8PrivateKeyPem(),
        ["client_email"] = Account,
        ["token_uri"] = $"{Url}/token",
    };

    /// <summary>As gcloud writes it.</summary>
    public JsonObject ExternalAccountFile(string tokenFile, bool impersonate)
    {
        var file = new JsonObject
        {
            ["type"] = "external_account",
            ["audience"] = Audience,
            ["subject_token_type"] = "urn:ietf:params:oauth:token-type:jwt",
            ["token_url"] = $"{Url}/v1/token",
            ["credential_source"] = new JsonObject { ["file"] = tokenFile, ["format"] = new JsonObject { ["type"] = "text" } },
        };
        if (impersonate)
            file["service_account_impersonation_url"] = ImpersonationUrl;
        return file;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Key.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        var answer = Outage is not null ? null : request.Path.Value switch
        {
            "/token" => Exchange(await FormAsync(request)),
            "/v1/token" => Federate(await FormAsync(request)),
            var path when $"{Url}{path}" == ImpersonationUrl => Impersonate(request, await JsonNode.ParseAsync(request.Body)),
            _ => Refuse("invalid_request", "no such endpoint"),
        };
        context.Response.StatusCode = Outage ?? (answer!["error"] is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);
        await context.Response.WriteAsync(answer?.ToJsonString() ?? "");
    }

    private static async Task<IFormCollection> FormAsync(HttpRequest request) =>
        request.Method == "POST" && request.HasFormContentType ? await request.ReadFormAsync() : FormCollection.Empty;

    private JsonObject Exchange(IFormCollection form)
    {
        if (form["grant_type"] != "urn:ietf:params:oauth:grant-type:jwt-bearer")
            return Refuse("unsupported_grant_type", $"Invalid grant_type: {form["grant_type"]}");
        var assertion = form["assertion"].ToString();
        if (Jwt.Verify(Key, assertion) is not { } claims || Jwt.Header(assertion)["kid"]!.GetValue<string>() != KeyId)
            return Refuse("invalid_grant", "Invalid JWT Signature.");
        if (claims["iss"]!.GetValue<string>() != Account)
            return Refuse("invalid_grant", "Invalid grant: account not found");
        if (claims["aud"]!.GetValue<string>() != AudienceOfKeys)
            return Refuse("invalid_grant", "Invalid JWT audience.");
        if (claims["scope"]?.GetValue<string>() is not (ScopeOfStorage or ScopeOfReaders))
            return Refuse("invalid_scope", "Invalid OAuth scope.");

        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var (issued, ends) = (claims["iat"]!.GetValue<long>(), claims["exp"]!.GetValue<long>());
        return ends - issued > Hour || Math.Abs(issued - now) > Reasonable
            ? Refuse("invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.")
            : Grant(Issue());
    }

    private JsonObject Federate(IFormCollection form)
    {
        if (form["grant_type"] != "urn:ietf:params:oauth:grant-type:token-exchange"
            || form["requested_token_type"] != "urn:ietf:params:oauth:token-type:access_token"
            || form["subject_token_type"] != "urn:ietf:params:oauth:token-type:jwt")
            return Refuse("invalid_request", "Invalid or missing grant_type or token type.");
        if (form["audience"] != Audience)
            return Refuse("invalid_target", "The target service indicated by the \"audience\" parameters is invalid.");
        if (Jwt.Verify(_cluster.Key, form["subject_token"].ToString()) is not { } claims || claims["iss"]!.GetValue<string>() != _cluster.Issuer)
            return Refuse("invalid_grant", "Error connecting to the given credential's issuer.");
        if (claims["aud"]![0]!.GetValue<string>() != $"https:{Audience}")
            return Refuse("invalid_grant", "The audience in ID Token does not match the expected audience.");
        if (claims["sub"]!.GetValue<string>() != Subject)
            return Refuse("unauthorized_client", "The given credential is rejected by the attribute condition.");
        if (claims["exp"]!.GetValue<long>() <= DateTimeOffset.UtcNow.ToUnixTimeSeconds())
            return Refuse("invalid_grant", "ID Token issued at a time that is stale to sign-in.");

        // A federated token for Storage can be used there; one for IAM can impersonate.
        var token = form["scope"] == ScopeOfStorage ? Issue() : $"federated-{_federated.Count}";
        if (ScopesOfIam.Contains(form["scope"].ToString()))
            _federated.Add(token);
        return form["scope"] == ScopeOfStorage || ScopesOfIam.Contains(form["scope"].ToString())
            ? Grant(token, ("issued_token_type", "urn:ietf:params:oauth:token-type:access_token"))
            : Refuse("invalid_scope", "Invalid scope.");
    }

    private JsonObject Impersonate(HttpRequest request, JsonNode? ask)
    {
        var bearer = request.Headers.Authorization.ToString();
        if (request.Method != "POST" || !bearer.StartsWith("Bearer ", StringComparison.Ordinal) || !_federated.Contains(bearer["Bearer ".Length..]))
            return new JsonObject { ["error"] = new JsonObject { ["code"] = 403, ["message"] = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)." } };
        if (ask?["scope"] is not JsonArray { Count: > 0 } scopes || scopes[0]!.GetValue<string>() != ScopeOfStorage || ask["lifetime"]?.GetValue<string>() is not ("3600s" or "600s"))
            return new JsonObject { ["error"] = new JsonObject { ["code"] = 400, ["message"] = "Request contains an invalid argument." } };
        LifeAskedFor = ask["lifetime"]!.GetValue<string>();
        return new JsonObject { ["accessToken"] = Issue(), ["expireTime"] = (DateTimeOffset.UtcNow + ImpersonatedLife).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) };
    }

    private string Issue()
    {
        Issued.Add($"ya29.{Issued.Count}");
        return Issued[^1];
    }

    private static JsonObject Grant(string token, params (string Name, string Value)[] more)
    {
        var grant = new JsonObject { ["access_token"] = token, ["expires_in"] = Hour, ["token_type"] = "Bearer" };
        foreach (var (name, value) in more)
        {
            grant[name] = value;
        }

        return grant;
    }

    private static JsonObject Refuse(string error, string words) => new() { ["error"] = error, ["error_description"] = words };
}
