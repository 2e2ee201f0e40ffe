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
    public static SocketsHttpHandler CreateDirect()
    {
        var handler = Create(caFile: "", proxy: "");
        handler.UseProxy = false;
        handler.ConnectTimeout = DirectConnectTimeout;
        return handler;
    }

    /// <param name="caFile">PEM file of further authorities, read at each handshake; empty: the system's alone.</param>
    /// <param name="proxy">URL, which may have user and password; empty: the environment decides.</param>
    public static SocketsHttpHandler Create(string caFile, string proxy)
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
        handler.Proxy = proxy.Length > 0 ? EnvironmentProxy.Parse(proxy) : new EnvironmentProxy(Environment.GetEnvironmentVariable);
        return handler;
    }
}
