using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using k8s.Authentication;

namespace Collector.Kubernetes;

/// <summary>
/// A person's ID token by a kubeconfig's <c>auth-provider: {name: oidc}</c>, refreshed by its refresh token before it ends and after
/// the API has refused it (kubernetes.io/docs/reference/access-authn-authz/authentication, "OpenID Connect Tokens"; OpenID Connect
/// Core 1.0 §12, Discovery 1.0 §4). The new tokens are kept in memory alone: the kubeconfig is not written. Thread safe.
/// </summary>
/// <param name="settings">What the kubeconfig says.</param>
/// <param name="clock">Tells when a token ends.</param>
internal sealed class OidcToken(OidcSettings settings, TimeProvider clock) : ITokenProvider, IDisposable
{
    /// <summary>A token that ends sooner may be over when the API reads it.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>Much more than tokens with many groups need.</summary>
    private const int LongestAnswer = 1 << 20;

    private readonly SemaphoreSlim _oneAtATime = new(1);
    private string _idToken = settings.IdToken;
    private string _refreshToken = settings.RefreshToken;
    private volatile bool _isRefused;

    /// <summary>The API answered 401: the next request brings another token, if there can be one.</summary>
    public void Refuse() => _isRefused = true;

    /// <exception cref="ApiAccessException">There is no token that is still good, and no other one can be had.</exception>
    public async Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            if ((_isRefused && _refreshToken.Length > 0) || EndOf(_idToken) <= clock.GetUtcNow() + Margin)
            {
                await RefreshAsync(cancellationToken);
                _isRefused = false;
            }

            return new AuthenticationHeaderValue("Bearer", _idToken);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public void Dispose() => _oneAtATime.Dispose();

    /// <summary>
    /// The claim <c>exp</c> (RFC 7519 §4.1.4). A text that is no token has ended; one without the claim does not end.
    /// </summary>
    private static DateTimeOffset EndOf(string token)
    {
        try
        {
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(token.Split('.') is { Length: 3 } parts ? parts[1] : ""));
            return claims.RootElement.TryGetProperty("exp", out var end) ? DateTimeOffset.FromUnixTimeSeconds((long)end.GetDouble()) : DateTimeOffset.MaxValue;
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            return DateTimeOffset.MinValue;
        }
    }

    private async Task RefreshAsync(CancellationToken cancellation)
    {
        if (_refreshToken.Length == 0)
            throw Wrong("its id-token is no longer valid, and it has no refresh-token; sign in again and write both into the kubeconfig");

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(Timeout);
        try
        {
            using var http = new HttpClient(MakeHandler()) { Timeout = System.Threading.Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LongestAnswer };
            var (endpoint, wantsBody) = await DiscoverAsync(http, deadline.Token);
            using var request = Ask(endpoint, wantsBody);
            using var answer = await http.SendAsync(request, deadline.Token);
            using var tokens = await ReadAsync(answer, $"{endpoint} (refresh_token)", deadline.Token);
            _idToken = Text(tokens.RootElement, "id_token") is { Length: > 0 } idToken ? idToken
                : throw Wrong($"{endpoint} answers without an id_token; the client's refresh tokens must be for the scope openid");
            if (EndOf(_idToken) <= clock.GetUtcNow() + Margin)
                throw Wrong($"{endpoint} gives an id_token that has already ended; check this machine's clock");
            _refreshToken = Text(tokens.RootElement, "refresh_token") is { Length: > 0 } next ? next : _refreshToken;
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw Wrong($"no answer within {Timeout.TotalSeconds:0} s", e);
        }
        catch (HttpRequestException e)
        {
            throw Wrong(ApiClient.Reason(e), e);
        }
    }

    /// <summary>The token endpoint, and whether it takes a client's secret only in the body (Discovery 1.0 §3: by default in the header).</summary>
    private async Task<(Uri Endpoint, bool WantsBody)> DiscoverAsync(HttpClient http, CancellationToken cancellation)
    {
        var where = new Uri(settings.Issuer.AbsoluteUri.TrimEnd('/') + "/.well-known/openid-configuration");
        using var answer = await http.GetAsync(where, cancellation);
        using var found = await ReadAsync(answer, where.AbsoluteUri, cancellation);

        // OpenID Connect Discovery 1.0 §4.3. Without this check a wrong answer could lead the request to another issuer.
        if (Text(found.RootElement, "issuer").TrimEnd('/') != settings.Issuer.OriginalString.TrimEnd('/'))
            throw Wrong($"{where} is the configuration of the issuer '{Text(found.RootElement, "issuer")}'; write that as idp-issuer-url if it is right");
        if (!Uri.TryCreate(Text(found.RootElement, "token_endpoint"), UriKind.Absolute, out var endpoint) || endpoint.Scheme != Uri.UriSchemeHttps)
            throw Wrong($"{where} names no token_endpoint of https");

        var methods = found.RootElement.TryGetProperty("token_endpoint_auth_methods_supported", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(method => method.ToString()).ToList() : [];
        return (endpoint, methods.Contains("client_secret_post") && !methods.Contains("client_secret_basic"));
    }

    /// <summary>OpenID Connect Core 1.0 §12.1; RFC 6749 §2.3.1: name and secret are form-encoded before they are Base64.</summary>
    private HttpRequestMessage Ask(Uri endpoint, bool wantsBody)
    {
        var isInBody = wantsBody || settings.ClientSecret.Length == 0;
        List<KeyValuePair<string, string>> form = [new("grant_type", "refresh_token"), new("refresh_token", _refreshToken)];
        if (isInBody)
        {
            form.Add(new("client_id", settings.ClientId));
        }

        if (isInBody && settings.ClientSecret.Length > 0)
        {
            form.Add(new("client_secret", settings.ClientSecret));
        }

        var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = new FormUrlEncodedContent(form) };
        if (!isInBody)
        {
            var pair = $"{WebUtility.UrlEncode(settings.ClientId)}:{WebUtility.UrlEncode(settings.ClientSecret)}";
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
        }

        return request;
    }

    /// <summary>A JSON object, or what the answer says went wrong (RFC 6749 §5.2), without what was sent.</summary>
    private async Task<JsonDocument> ReadAsync(HttpResponseMessage answer, string where, CancellationToken cancellation)
    {
        var body = await answer.Content.ReadAsByteArrayAsync(cancellation);
        JsonDocument? json = null;
        try
        {
            json = JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            // Told below.
        }

        if (answer.IsSuccessStatusCode && json is { RootElement.ValueKind: JsonValueKind.Object })
            return json;
        using (json)
        {
            var code = json is { RootElement.ValueKind: JsonValueKind.Object } ? Text(json.RootElement, "error") : "";
            throw Wrong(code == "invalid_grant" ? $"{where} refuses the refresh-token (invalid_grant); sign in again and write the new tokens into the kubeconfig"
                : $"{where} answers {(int)answer.StatusCode}{(code.Length is > 0 and < 100 ? $" {code}" : json is null ? " and no JSON" : "")}");
        }
    }

    private SocketsHttpHandler MakeHandler()
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        if (settings.Authorities.IsGiven)
        {
            var trusted = new X509Certificate2Collection();
            try
            {
                trusted.ImportFromPem(settings.Authorities.Read());
            }
            catch (CryptographicException e)
            {
                throw Wrong($"idp-certificate-authority is no PEM: {e.Message}", e);
            }

            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(trusted);
        }

        return handler;
    }

    private static string Text(JsonElement of, string key) => of.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private ApiAccessException Wrong(string what, Exception? inner = null) => new($"auth-provider oidc of {settings.Issuer}: {what}", inner);
}

/// <summary>The <c>config</c> of a kubeconfig's <c>auth-provider</c> of the name <c>oidc</c>.</summary>
internal sealed record OidcSettings
{
    /// <summary><c>idp-issuer-url</c>, of https.</summary>
    public required Uri Issuer { get; init; }

    /// <summary><c>client-id</c></summary>
    public required string ClientId { get; init; }

    /// <summary><c>client-secret</c>; empty: a public client.</summary>
    public string ClientSecret { get; init; } = "";

    /// <summary><c>id-token</c>; may be empty where there is a refresh token.</summary>
    public string IdToken { get; init; } = "";

    /// <summary><c>refresh-token</c>; empty: none.</summary>
    public string RefreshToken { get; init; } = "";

    /// <summary><c>idp-certificate-authority-data</c> or <c>idp-certificate-authority</c>; not given: the system's authorities.</summary>
    public ApiCredential Authorities { get; init; }
}
