using System.Text.Json;
using System.Text.Json.Nodes;
using Collector.EndToEnd.Harness;
using Xunit;

namespace Collector.EndToEnd.Kubernetes;

/// <summary>The logs of a real node, with the pods that its API had at that moment.</summary>
public sealed class RealNodeMetadataTests : IAsyncLifetime
{
    private readonly ClusterStage cluster = new();

    public ValueTask InitializeAsync() => new(cluster.StartApiAsync());

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Fact]
    public void Every_record_has_its_pod_but_those_of_the_pod_that_was_gone()
    {
        cluster.Configure("metadataTimeout: 3s");
        JsonNode list = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "list-at-logs.json")))!;
        foreach (JsonNode? pod in list["items"]!.AsArray()) cluster.Api.Store.Put("pods", (JsonObject)pod!);
        RealNode.Unpack(cluster.Stage);

        Assert.Equal(0, cluster.Stage.RunOnce());

        ILookup<string, JsonElement> pods = StoredRecords.All(cluster.Stage.Objects).ToLookup(r => ClusterStage.Field(r, "pod_name")!);
        string[] gone = [.. pods.Where(p => p.Any(r => r.TryGetProperty("metadata_missing", out _))).Select(p => p.Key)];
        Assert.Equal(["nightly-29920353-77r4h"], gone);
        Assert.Equal(
            ["CronJob/nightly", "DaemonSet/exporter", "Deployment/cart", "Job/report", "Node/node1", "StatefulSet/orders"],
            pods.SelectMany(p => p).Where(r => ClusterStage.Field(r, "owner_kind") is not null).Select(r => $"{ClusterStage.Field(r, "owner_kind")}/{ClusterStage.Field(r, "owner_name")}").Distinct().Order(StringComparer.Ordinal));
        Assert.All(pods.Where(p => !gone.Contains(p.Key)).SelectMany(p => p), r => Assert.StartsWith("sha256:9aeadb39", ClusterStage.Field(r, "container_hash"), StringComparison.Ordinal));
        Assert.Equal(["6", "7"], pods["crasher"].Select(r => ClusterStage.Field(r, "restart_count")!).Distinct().Order(StringComparer.Ordinal));
    }
}
