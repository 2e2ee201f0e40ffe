using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Collector.Commands;

namespace Collector.Kubernetes;

/// <summary>
/// Connections to one server by one configuration. TLS is always verified. No proxy: the API is a neighbour, and a proxy that is
/// meant for the stores would not reach it. Thread safe.
/// </summary>
internal sealed class ApiConnection : IDisposable
{
    /// <summary>id-kp-serverAuth (RFC 5280 §4.2.1.12): a certificate that another component of the cluster has does not make it the API.</summary>
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>A connection that died without a word is noticed within these two, so that a watch does not wait for its own end.</summary>
    private static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http;

    public ApiConnection(ApiAccess access)
    {
        Access = access;
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

    public ApiAccess Access { get; }

    /// <summary>Asks for a path with its query, with the token as it is now; returns when the answer's headers are there.</summary>
    /// <exception cref="ApiAccessException">The token cannot be read.</exception>
    /// <exception cref="HttpRequestException">There is no answer.</exception>
    public async Task<HttpResponseMessage> SendAsync(string path, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Access.Server.AbsolutePath.TrimEnd('/') + path);

        // The handler asks for, and checks, the certificate of the host that the header names.
        request.Headers.Host = Access.ServerName.Length > 0 ? Access.ServerName : null;
        if (Access.Token.IsGiven)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Access.Token.Read().Trim());
        }

        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>
    /// The name must be right, and the chain must end in one of the configured authorities; what the system trusts does not count
    /// then. What is wrong is thrown, so that the log can say it.
    /// </summary>
    private bool IsTrusted(X509Certificate? certificate, X509Chain? presented, SslPolicyErrors errors)
    {
        if (certificate is not X509Certificate2 own || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            throw new AuthenticationException("the server shows no certificate");
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            throw new AuthenticationException($"the server's certificate ({own.Subject}) is for another name than {NameAsked}");
        }

        var isTrusted = Access.ReadAuthorities() is { } authorities ? IsSignedBy(authorities, own, presented) : errors == SslPolicyErrors.None;
        return isTrusted ? true
            : throw new AuthenticationException($"the server's certificate ({own.Subject}, by {own.Issuer}, until {own.NotAfter.ToUniversalTime():u}) is not vouched for by {Access.AuthoritiesName}");
    }

    private string NameAsked => Access.ServerName.Length > 0 ? Access.ServerName : Access.Server.Host;

    private static bool IsSignedBy(X509Certificate2Collection authorities, X509Certificate2 own, X509Chain? presented)
    {
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
