namespace Collector.ObjectStores.Http;

/// <summary>Decides where the bucket's or account's name stands: before the host, as in the clouds, or in the path.</summary>
internal static class PathStyle
{
    /// <summary>Names of services inside a cluster, and of this machine: DNS has no names below them.</summary>
    private static readonly string[] ClosedDomains = [".svc", ".cluster.local", ".localhost"];

    /// <summary>
    /// Whether no name can stand before this host: an address, a bare name (<c>minio</c>), a service of a cluster.
    /// </summary>
    public static bool IsNeeded(Uri endpoint) =>
        endpoint.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6
        || !endpoint.Host.Contains('.', StringComparison.Ordinal)
        || Array.Exists(ClosedDomains, domain => endpoint.Host.EndsWith(domain, StringComparison.OrdinalIgnoreCase));
}
