using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Collector.Commands;
using Collector.Pipeline.Diagnostics;

namespace Collector.Kubernetes;

/// <summary>An answer of the API that is no success, or an event that says so.</summary>
internal sealed class ApiException(int code, string message, TimeSpan? retryAfter = null) : Exception($"{code}: {message}")
{
    /// <summary>HTTP status.</summary>
    public int Code { get; } = code;

    /// <summary>How long the server wants to be left alone.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>The resource version, or the continue token, is older than what the server keeps (410 Gone).</summary>
    public bool IsExpired => Code == StatusCodes.Status410Gone;
}

/// <summary>
/// Asks the API: one request each time, never repeated here. TLS is always verified. No proxy: the API is a neighbour, and a
/// proxy that is meant for the stores would not reach it. Thread safe.
/// </summary>
internal sealed class ApiClient : IDisposable
{
    /// <summary>Much more than a Status has.</summary>
    private const int LongestComplaint = 16 * 1024;

    /// <summary>id-kp-serverAuth (RFC 5280 §4.2.1.12): a certificate that another component of the cluster has does not make it the API.</summary>
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>A connection that died without a word is noticed within these two, so that a watch does not wait for its own end.</summary>
    private static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly ApiAccess _access;
    private readonly CollectorMetrics _metrics;
    private readonly HttpClient _http;

    public ApiClient(ApiAccess access, CollectorMetrics metrics)
    {
        _access = access;
        _metrics = metrics;
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = ConnectTimeout,
            KeepAlivePingDelay = PingAfter,
            KeepAlivePingTimeout = PingTimeout,
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(certificate, chain, errors),
                LocalCertificateSelectionCallback = (_, _, _, _, _) => access.ReadClientCertificate()!,
            },
        };
        _http = new HttpClient(handler)
        {
            BaseAddress = access.Server,
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = access.Server.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("collector", BuildInformation.Version));
        _http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
    }

    /// <summary>The server's address, for the log.</summary>
    public Uri Server => _access.Server;

    /// <summary>Asks for a path with its query. The response's body is a stream; the caller disposes it.</summary>
    /// <exception cref="ApiException">The answer is no success.</exception>
    /// <exception cref="ApiAccessException">A credential cannot be read.</exception>
    /// <exception cref="HttpRequestException">There is no answer.</exception>
    public async Task<HttpResponseMessage> GetAsync(KubernetesVerb verb, string path, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _access.Server.AbsolutePath.TrimEnd('/') + path);

        // The handler asks for, and checks, the certificate of the host that the header names.
        request.Headers.Host = _access.ServerName.Length > 0 ? _access.ServerName : null;
        if (_access.Token.IsGiven)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _access.Token.Read().Trim());
        }

        var code = 0;
        try
        {
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            code = (int)response.StatusCode;
            if (!response.IsSuccessStatusCode)
            {
                using (response)
                {
                    throw await ReadComplaintAsync(response, cancellation);
                }
            }

            return response;
        }
        finally
        {
            _metrics.KubernetesRequested(verb, code);
        }
    }

    public void Dispose() => _http.Dispose();

    private static async Task<ApiException> ReadComplaintAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var message = response.ReasonPhrase ?? "";
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            var buffer = new byte[LongestComplaint];
            var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
            using var json = JsonDocument.Parse(buffer.AsMemory(0, length));
            message = json.RootElement.GetProperty("message").GetString() ?? message;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or IOException)
        {
            // Something in front of the API answered, in its own words.
        }

        var after = response.Headers.RetryAfter;
        return new ApiException((int)response.StatusCode, message, after?.Delta ?? (after?.Date is { } date ? date - DateTimeOffset.UtcNow : null));
    }

    /// <summary>The name must be right, and the chain must end in one of the configured authorities; what the system trusts does not count then.</summary>
    private bool IsTrusted(X509Certificate? certificate, X509Chain? presented, SslPolicyErrors errors)
    {
        if (certificate is not X509Certificate2 own || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
        {
            return false;
        }

        if (_access.ReadAuthorities() is not { } authorities)
        {
            return errors == SslPolicyErrors.None;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));

        // An authority may itself be signed by another that is not given: the chain may end early, but must meet one that is.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        if (presented is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(presented.ChainElements.Select(element => element.Certificate).ToArray());
        }

        return chain.Build(own) && chain.ChainElements.Any(element => authorities.Any(authority => authority.RawDataMemory.Span.SequenceEqual(element.Certificate.RawDataMemory.Span)));
    }
}
