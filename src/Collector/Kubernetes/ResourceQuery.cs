using System.Globalization;

namespace Collector.Kubernetes;

/// <summary>What an informer asks for. What the parameters mean: kubernetes.io/docs/reference/using-api/api-concepts.</summary>
/// <param name="Path">Of the collection, beneath the server's address.</param>
/// <param name="FieldSelector">Empty: all of them.</param>
internal sealed record ResourceQuery(string Path, string FieldSelector)
{
    /// <summary>
    /// Any version that the server has in its cache, looked up by its index of nodes: without, each of five thousand nodes would
    /// have it read all pods of the cluster from etcd. The cache takes no notice of a limit; a server that has none does.
    /// </summary>
    public const string AnyVersion = "0";

    /// <summary>What etcd has now.</summary>
    public const string NewestVersion = "";

    /// <summary>Objects a page; client-go's.</summary>
    private const int PageSize = 500;

    public static ResourceQuery PodsOf(string node) => new("/api/v1/pods", $"spec.nodeName={node}");

    public static ResourceQuery Namespaces { get; } = new("/api/v1/namespaces", "");

    public static ResourceQuery Node(string node) => new("/api/v1/nodes", $"metadata.name={node}");

    /// <summary>
    /// The first page, or the whole. A version that was seen is asked for without a limit: then it is "not older than", and comes
    /// from the cache; with one it would be "exactly", from etcd.
    /// </summary>
    public string List(string version) => version is AnyVersion or NewestVersion ? Ask($"limit={PageSize}{From(version)}") : Whole(version);

    /// <summary>A further page, of the version that the token holds.</summary>
    public string ListOn(string next) => Ask($"limit={PageSize}&continue={Uri.EscapeDataString(next)}");

    /// <summary>All of it in one page.</summary>
    public string Whole(string version) => Ask(From(version).TrimStart('&'));

    /// <summary>As <see cref="List"/> at the start, for one object: who may ask for this may ask for all.</summary>
    public string Probe() => Ask($"limit=1{From(AnyVersion)}");

    public string Watch(string version, TimeSpan time) =>
        Ask(string.Create(CultureInfo.InvariantCulture, $"watch=true&allowWatchBookmarks=true{From(version)}&timeoutSeconds={(int)time.TotalSeconds}"));

    private static string From(string version) => version.Length > 0 ? $"&resourceVersion={Uri.EscapeDataString(version)}" : "";

    private string Ask(string parameters) => (Path + "?" + (FieldSelector.Length > 0 ? $"fieldSelector={Uri.EscapeDataString(FieldSelector)}&" : "") + parameters).TrimEnd('&', '?');
}
