using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Collector.Commands;
using k8s;
using k8s.Authentication;
using k8s.KubeConfigModels;

namespace Collector.Kubernetes;

/// <summary>
/// Connections to one server by one configuration, with KubernetesClient's credentials, made at the first request: only then it
/// runs a plugin and reads a client's certificate. TLS is always verified here, because the package accepts a server of another
/// name (DESIGN.md, Access). No proxy: the API is near, and a proxy for the stores would not reach it. Thread safe.
/// </summary>
internal sealed class ApiConnection : IDisposable
{
    /// <summary>
    /// id-kp-serverAuth (RFC 5280 §4.2.1.12): the certificate of another cluster component does not prove that a server is the API.
    /// </summary>
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>
    /// A connection that died silently is noticed within these two, so that a watch does not wait for its own end.
    /// </summary>
    private static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly Lock _making = new();
    private volatile Client? _client;
    private volatile bool _isDisposed;

    public ApiConnection(ApiAccess access) => Access = access;

    public ApiAccess Access { get; }

    /// <summary>
    /// Requests a path with its query, with the current credentials; returns when the answer's headers are there.
    /// </summary>
    /// <exception cref="ApiAccessException">A credential is not available.</exception>
    /// <exception cref="HttpRequestException">There is no answer.</exception>
    public async Task<HttpResponseMessage> SendAsync(string path, CancellationToken cancellation)
    {
        var client = _client ?? await Task.Run(Connect, cancellation).WaitAsync(cancellation);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(client.Base, path.TrimStart('/'))) { Version = HttpVersion.Version20 };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));

        // The handler requests, and checks, the certificate of the host in the header.
        request.Headers.Host = Access.ServerName.Length > 0 ? Access.ServerName : null;
        if (client.Credentials is { } credentials)
        {
            await AuthenticateAsync(credentials, request, cancellation);
        }

        return await client.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    public void Dispose()
    {
        _isDisposed = true;
        _client?.Http.Dispose();
    }

    /// <summary>Takes as long as a plugin does. The next request repeats a failed attempt.</summary>
    private Client Connect()
    {
        lock (_making)
        {
            _client ??= Make();
            if (_isDisposed)
            {
                _client.Http.Dispose();
            }

            return _client;
        }
    }

    private async Task AuthenticateAsync(ServiceClientCredentials credentials, HttpRequestMessage request, CancellationToken cancellation)
    {
        try
        {
            await credentials.ProcessHttpRequestAsync(request, cancellation);
        }
        catch (Exception e) when (e is not (OperationCanceledException or ApiAccessException))
        {
            throw NoCredentials($"{Access.Token.File} cannot be read", Access.Exec is null ? e.InnerException ?? e : e);
        }
    }

    private Client Make()
    {
        try
        {
            // Its client of all Kubernetes objects would add 26 MB to the binary, and 4 MiB to memory; the collector needs two
            // kinds.
            var configuration = Configure();
            var handler = MakeHandler();
            if (configuration is { ClientCertificateData: { Length: > 0 } certificate, ClientCertificateKeyData: { Length: > 0 } key })
            {
                handler.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPem(FromBase64(certificate), FromBase64(key))];
            }

            var http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
            http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("collector", BuildInformation.Version));
            return new Client(http, new Uri(configuration.Host.TrimEnd('/') + '/'), k8s.Kubernetes.CreateCredentials(configuration));
        }
        catch (Exception e) when (e is not ApiAccessException)
        {
            throw NoCredentials($"the credentials for {Access.Server} cannot be used", e);
        }
    }

    /// <summary>
    /// Values that the package has no name for (<c>tokenFile</c>), or accepts only in pairs (certificates), are converted to what
    /// it supports.
    /// </summary>
    private KubernetesClientConfiguration Configure()
    {
        const string Name = "collector";

        // A user without any of these is an error to the package.
        var hasUser = !string.IsNullOrEmpty(Access.Token.Text) || Access.ClientCertificate.IsGiven || Access.Exec is not null;
        var configuration = KubernetesClientConfiguration.BuildConfigFromConfigObject(new K8SConfiguration
        {
            CurrentContext = Name,
            Contexts = [new Context { Name = Name, ContextDetails = new ContextDetails { Cluster = Name, User = hasUser ? Name : null } }],
            Clusters = [new Cluster { Name = Name, ClusterEndpoint = new ClusterEndpoint { Server = Access.Server.ToString(), TlsServerName = Access.ServerName } }],
            Users =
            [
                new User
                {
                    Name = Name,
                    UserCredentials = new UserCredentials
                    {
                        Token = Access.Token.Text,
                        ClientCertificateData = Base64(Access.ClientCertificate),
                        ClientKeyData = Base64(Access.ClientKey),
                        ExternalExecution = Access.Exec,
                    },
                },
            ],
        });
        configuration.TokenProvider = !string.IsNullOrEmpty(Access.Token.File) ? new TokenFile(Access.Token) : Access.Oidc ?? configuration.TokenProvider;
        return configuration;
    }

    private SocketsHttpHandler MakeHandler() => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ConnectTimeout = ConnectTimeout,
        KeepAlivePingDelay = PingAfter,
        KeepAlivePingTimeout = PingTimeout,
        SslOptions = { RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(certificate, chain, errors) },
    };

    private static string? Base64(ApiCredential credential) => credential.IsGiven ? Convert.ToBase64String(Encoding.UTF8.GetBytes(credential.Read())) : null;

    private static string FromBase64(string text) => Encoding.UTF8.GetString(Convert.FromBase64String(text));

    /// <param name="what">Happened where no plugin gives them.</param>
    /// <param name="error">Why.</param>
    private ApiAccessException NoCredentials(string what, Exception error) =>
        new($"{(Access.Exec is { } exec ? $"{exec.Command} gives no credentials" : what)}: {FirstLine(error)}", error);

    /// <summary>Without the stack that the package appends.</summary>
    private static string FirstLine(Exception error) => error.Message.Split('\n')[0].TrimEnd();

    /// <summary>
    /// The name must be right, and the chain must end in one of the configured authorities; the system's authorities do not count
    /// then. What is wrong is thrown, so that the log can show it.
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
            : throw new AuthenticationException($"the server's certificate ({own.Subject}, by {own.Issuer}, until {own.NotAfter.ToUniversalTime():u}) is not signed by {Access.AuthoritiesName}");
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

    private sealed record Client(HttpClient Http, Uri Base, ServiceClientCredentials? Credentials);
}
