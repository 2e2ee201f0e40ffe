using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Collector.Testing.Node;
using Collector.Testing.Oracle;

namespace Collector.EndToEnd.Helpers;

/// <summary>
/// The objects that a faultless collector would have made of a node: uncompressed, a few records each. Tests spoil them.
/// </summary>
internal sealed class IdealStore
{
    private const int RecordsPerObject = 40;
    private const long FirstOpenedAt = 1_795_219_200_000;

    private readonly string root;

    private IdealStore(string root) => this.root = root;

    /// <summary>The files in key order per prefix.</summary>
    public List<string> Files { get; } = [];

    public static IdealStore Of(NodeTree tree, string root)
    {
        var store = new IdealStore(root);
        foreach (var container in NodeReader.ReadAll(tree.Pods).GroupBy(r => (r.Uid, r.Container)))
        {
            foreach (NodeRecord[] some in container.Chunk(RecordsPerObject)) store.Add(some);
        }

        return store;
    }

    private void Add(NodeRecord[] records)
    {
        NodeRecord first = records[0];
        string prefix = ObjectKey.DefaultPrefix(new ContainerIdentity(first.Namespace, first.Pod, first.Uid, first.Container));
        string file = Path.Combine(root, $"{prefix}{FirstOpenedAt + Files.Count}-node1-{Files.Count:d8}.jsonl");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, string.Concat(records.Select(Json)));
        Files.Add(file);
    }

    private static string Json(NodeRecord r)
    {
        var record = new JsonObject
        {
            ["time"] = r.Time,
            ["stream"] = r.Stream,
            ["log"] = r.Log,
            ["log_type"] = r.Namespace == "kube-system" ? "infrastructure" : "application",
            ["log_source"] = "container",
            ["hostname"] = "node1",
            ["kubernetes"] = new JsonObject
            {
                ["namespace_name"] = r.Namespace,
                ["pod_name"] = r.Pod,
                ["pod_id"] = r.Uid,
                ["container_name"] = r.Container,
                ["labels"] = new JsonObject { ["log"] = "not the log", ["pod_name"] = "not the pod" },
            },
        };
        if (r.Partial) record["partial"] = true;
        return record.ToJsonString(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";
    }
}
