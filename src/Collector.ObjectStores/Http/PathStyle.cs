namespace Collector.ObjectStores.Http;

/// <summary>Where the name of a bucket or an account stands: before the host, as in the clouds, or in the path.</summary>
internal static class PathStyle
{
    /// <summary>Of services inside a cluster, and of this machine: DNS knows no names below theirs.</summary>
    private static readonly string[] ClosedDomains = [".svc", ".cluster.local", ".localhost"];

    /// <summary>Whether nothing can stand before this host: an address, a bare name (<c>minio</c>), a service of a cluster.</summary>
    public static bool IsNeeded(Uri endpoint) =>
        endpoint.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6
        || !endpoint.Host.Contains('.', StringComparison.Ordinal)
        || Array.Exists(ClosedDomains, domain => endpoint.Host.EndsWith(domain, StringComparison.OrdinalIgnoreCase));
}
