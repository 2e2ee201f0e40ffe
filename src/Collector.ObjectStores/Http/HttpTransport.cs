using System.Net;

namespace Collector.ObjectStores.Http;

/// <summary>
/// Connections to a store: one request for each send, no redirects, no cookies; with configured authorities and proxy.
/// </summary>
internal static class HttpTransport
{
    /// <summary>
    /// A host that does not answer a SYN for this long is away. The attempt ends, and the next one may find another address.
    /// </summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Names are looked up again at least this often: stores move.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>Shorter than the idle time-outs of stores and balancers, so that they seldom close a connection that we are about to use.</summary>
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(15);

    /// <summary>Services of the node are on this machine, or on its host.</summary>
    private static readonly TimeSpan DirectConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>For services of the node that issue identities; no proxy may see these requests.</summary>
    public static HttpMessageHandler CreateDirect()
    {
        var handler = Open(caFile: "");
        handler.UseProxy = false;
        handler.ConnectTimeout = DirectConnectTimeout;
        return handler;
    }

    /// <param name="caFile">PEM file of further authorities, read at each handshake; empty: the system's alone.</param>
    /// <param name="proxy">URL, which may have user and password; empty: the environment decides.</param>
    public static HttpMessageHandler Create(string caFile, string proxy)
    {
        var handler = Open(caFile);
        if (ProxySetting.Parse(ProxySetting.Key, proxy) is { } configured)
        {
            handler.Proxy = configured.Proxy;
            return new ProxiedHandler(handler, _ => configured);
        }

        var environment = new EnvironmentProxy(Environment.GetEnvironmentVariable);
        handler.Proxy = environment;
        return new ProxiedHandler(handler, environment.For);
    }

    private static SocketsHttpHandler Open(string caFile)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionLifetime = ConnectionLifetime,
            PooledConnectionIdleTimeout = IdleTime,
        };
        handler.SslOptions.RemoteCertificateValidationCallback = new ServerTrust(caFile).IsTrusted;
        return handler;
    }
}
