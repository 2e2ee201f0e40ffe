using System.Globalization;

namespace Collector.Kubernetes;

/// <summary>The query of an informer. Its parameters: kubernetes.io/docs/reference/using-api/api-concepts.</summary>
/// <param name="Path">The path of the collection, beneath the server's address.</param>
/// <param name="FieldSelector">Empty: all of them.</param>
internal sealed record ResourceQuery(string Path, string FieldSelector)
{
    /// <summary>
    /// Any version in the server's cache, which has an index by node: otherwise each of five thousand nodes would make the server
    /// read all pods of the cluster from etcd. The cache ignores a limit; a server without a cache obeys it.
    /// </summary>
    public const string AnyVersion = "0";

    /// <summary>The current version in etcd.</summary>
    public const string NewestVersion = "";

    /// <summary>Objects a page; client-go's.</summary>
    private const int PageSize = 500;

    /// <summary>What one object is, for messages: pod, namespace, node.</summary>
    public string Kind => Path[(Path.LastIndexOf('/') + 1)..].TrimEnd('s');

    public static ResourceQuery PodsOf(string node) => new("/api/v1/pods", $"spec.nodeName={node}");

    public static ResourceQuery Namespaces { get; } = new("/api/v1/namespaces", "");

    public static ResourceQuery Node(string node) => new("/api/v1/nodes", $"metadata.name={node}");

    /// <summary>
    /// The first page, or the whole list. A known version is requested without a limit. Without a limit the version means "not
    /// older than", and the cache answers; with a limit it means "exactly", and etcd answers.
    /// </summary>
    public string List(string version) => version is AnyVersion or NewestVersion ? Ask($"limit={PageSize}{From(version)}") : Whole(version);

    /// <summary>A further page, of the version that the token holds.</summary>
    public string ListOn(string next) => Ask($"limit={PageSize}&continue={Uri.EscapeDataString(next)}");

    /// <summary>All of it in one page.</summary>
    public string Whole(string version) => Ask(From(version).TrimStart('&'));

    /// <summary>Like <see cref="List"/> at the start, for one object: an identity that may do this may list all.</summary>
    public string Probe() => Ask($"limit=1{From(AnyVersion)}");

    public string Watch(string version, TimeSpan time) =>
        Ask(string.Create(CultureInfo.InvariantCulture, $"watch=true&allowWatchBookmarks=true{From(version)}&timeoutSeconds={(int)time.TotalSeconds}"));

    private static string From(string version) => version.Length > 0 ? $"&resourceVersion={Uri.EscapeDataString(version)}" : "";

    private string Ask(string parameters) => (Path + "?" + (FieldSelector.Length > 0 ? $"fieldSelector={Uri.EscapeDataString(FieldSelector)}&" : "") + parameters).TrimEnd('&', '?');
}
