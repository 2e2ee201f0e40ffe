using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Collector.ObjectStores.Http;

/// <summary>Connections to a store: one request for each send, no redirects, no cookies; further authorities and a proxy if asked for.</summary>
internal static class HttpTransport
{
    /// <summary>A host that does not answer a SYN for so long is away; the attempt is over and the next one may find another address.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Names are looked up again at least this often: stores move.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>Shorter than the idle time-outs of stores and balancers, so that they seldom close a connection that we are about to use.</summary>
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(15);

    /// <summary>A client's certificate of the same authority is no server's: <c>id-kp-serverAuth</c> (RFC 5280 §4.2.1.12).</summary>
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    /// <summary>Services of the node are on this machine, or on the one below.</summary>
    private static readonly TimeSpan DirectConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>For services of the node that give out identities, which no proxy may see.</summary>
    public static SocketsHttpHandler CreateDirect()
    {
        var handler = Create(caFile: "", proxy: "");
        handler.UseProxy = false;
        handler.ConnectTimeout = DirectConnectTimeout;
        return handler;
    }

    /// <param name="caFile">PEM file of further authorities, read at each handshake; empty: the system's alone.</param>
    /// <param name="proxy">URL, perhaps with user and password; empty: what <c>HTTPS_PROXY</c> and its like say.</param>
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
        if (proxy.Length > 0)
        {
            handler.Proxy = ToProxy(new Uri(proxy));
        }

        if (caFile.Length > 0)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(caFile, certificate, chain, errors);
        }

        return handler;
    }

    private static WebProxy ToProxy(Uri proxy)
    {
        var user = proxy.UserInfo.Split(':', 2);
        return new WebProxy(new UriBuilder(proxy) { UserName = "", Password = "" }.Uri)
        {
            Credentials = proxy.UserInfo.Length == 0
                ? null
                : new NetworkCredential(Uri.UnescapeDataString(user[0]), user.Length > 1 ? Uri.UnescapeDataString(user[1]) : ""),
        };
    }

    /// <summary>What the system trusts stays trusted; only an unknown authority is looked for in the file. A wrong name is never forgiven.</summary>
    private static bool IsTrusted(string caFile, X509Certificate? certificate, X509Chain? presented, SslPolicyErrors errors)
    {
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 leaf)
            return errors == SslPolicyErrors.None;

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(ServerAuthentication);
        foreach (var element in presented?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        // Thrown with nothing inside, for of a failure the log tells the innermost.
        if (Problem(caFile, chain.ChainPolicy.CustomTrustStore) is { } problem)
            throw new IOException($"caFile {caFile} cannot be read: {problem}");
        return chain.Build(leaf);
    }

    /// <summary>Reads the authorities; null when that went well.</summary>
    private static string? Problem(string caFile, X509Certificate2Collection authorities)
    {
        try
        {
            authorities.ImportFromPemFile(caFile);
            return authorities.Count > 0 ? null : "there is no certificate in it";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return e.Message;
        }
    }
}
