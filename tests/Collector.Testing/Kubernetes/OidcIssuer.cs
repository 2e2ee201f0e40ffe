using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Collector.Testing.Servers;
using Microsoft.AspNetCore.Http;

namespace Collector.Testing.Kubernetes;

/// <summary>
/// An OpenID Connect issuer for one client. The rules, with their source:
/// <list type="bullet">
/// <item>Its configuration is under <c>/.well-known/openid-configuration</c> behind the issuer's path (Discovery 1.0 §4).</item>
/// <item>A refresh is a POST of a form (RFC 6749 §6). The client's name and secret are either in the header, form-encoded and then
/// Base64, or in the body, never in both (§2.3, §2.3.1); which of them, the configuration says. Anything else is 401
/// <c>invalid_client</c> (§5.2).</item>
/// <item>A refresh token that is unknown, or used a second time where it is for one use, is 400 <c>invalid_grant</c> (§5.2).</item>
/// <item>Everything but these two is 404; a request that is not what it should be fails the test (<see cref="Surprises"/>).</item>
/// </list>
/// </summary>
public sealed class OidcIssuer : IAsyncDisposable
{
    public const string ClientId = "collector on a laptop";
    public const string ClientSecret = "s3cret:+/%";

    private readonly RSA _key = RSA.Create(2048);
    private readonly LoopbackServer _server;
    private int _refreshes;

    public OidcIssuer(TestAuthority authority)
    {
        ArgumentNullException.ThrowIfNull(authority);
        _server = LoopbackServer.Start(AnswerAsync, authority.SignServer());
        Name = Url;
    }

    public string Url => $"{_server.Url}/realms/people";

    /// <summary>What it calls itself in its configuration.</summary>
    public string Name { get; set; }

    /// <summary>client_secret_basic, client_secret_post, or none: a public client, which has no secret. Empty: it does not say, which is basic.</summary>
    public string Method { get; set; } = "";

    /// <summary>The refresh token that is good now; with <see cref="IsForOneUse"/> each refresh gives the next.</summary>
    public string RefreshToken { get; set; } = "refresh-0";

    public bool IsForOneUse { get; set; }

    /// <summary>How long the tokens that it gives are good.</summary>
    public TimeSpan Life { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>In place of the answer to a refresh.</summary>
    public (int Status, string Body)? Instead { get; set; }

    /// <summary>Refreshes that were asked for.</summary>
    public int Refreshes => Volatile.Read(ref _refreshes);

    /// <summary>What was asked otherwise than the documents say.</summary>
    public List<string> Surprises { get; } = [];

    /// <summary>A token that ends then; two that end together are the same.</summary>
    public string Sign(DateTimeOffset end) => Jwt.Sign(_key, new JsonObject { ["iss"] = Name, ["aud"] = ClientId, ["sub"] = "ada", ["exp"] = end.ToUnixTimeSeconds() });

    /// <summary>Is told each token that is given.</summary>
    public Action<string> Given { get; set; } = _ => { };

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _key.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var (status, body) = context.Request.Path.Value switch
        {
            "/realms/people/.well-known/openid-configuration" when context.Request.Method == "GET" => (200, Configuration()),
            "/token" when context.Request.Method == "POST" => Refresh(context.Request, await context.Request.ReadFormAsync()),
            _ => (404, "{}"),
        };
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body);
    }

    private string Configuration()
    {
        var found = new JsonObject { ["issuer"] = Name, ["token_endpoint"] = $"{_server.Url}/token" };
        if (Method.Length > 0)
            found["token_endpoint_auth_methods_supported"] = new JsonArray(Method);
        return found.ToJsonString();
    }

    private (int Status, string Body) Refresh(HttpRequest request, IFormCollection form)
    {
        Interlocked.Increment(ref _refreshes);
        if (Instead is { } instead)
            return instead;
        if (!IsClient(request.Headers.Authorization.ToString(), form))
            return (401, """{"error":"invalid_client"}""");
        if (form["grant_type"] != "refresh_token")
            return (400, """{"error":"unsupported_grant_type"}""");
        if (form["refresh_token"] != RefreshToken)
            return (400, """{"error":"invalid_grant","error_description":"Token is not active"}""");

        var token = Sign(TimeProvider.System.GetUtcNow() + Life);
        Given(token);
        if (!IsForOneUse)
            return (200, JsonSerializer.Serialize(new { id_token = token, access_token = "unused", token_type = "Bearer" }));
        RefreshToken = $"refresh-{Refreshes}";
        return (200, JsonSerializer.Serialize(new { id_token = token, refresh_token = RefreshToken, access_token = "unused", token_type = "Bearer" }));
    }

    private bool IsClient(string header, IFormCollection form)
    {
        var pair = $"{WebUtility.UrlEncode(ClientId)}:{WebUtility.UrlEncode(ClientSecret)}";
        var (wantedHeader, wantedId, wantedSecret) = Method switch
        {
            "client_secret_post" => ("", ClientId, ClientSecret),
            "none" => ("", ClientId, ""),
            _ => ("Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes(pair)), "", ""),
        };
        var isRight = header == wantedHeader && form["client_id"].ToString() == wantedId && form["client_secret"].ToString() == wantedSecret;
        if (!isRight)
            Surprises.Add($"'{header}', {string.Join('&', form.Select(field => $"{field.Key}={field.Value}"))}");
        return isRight;
    }
}
