using Collector.Testing.Processes;

namespace Collector.Benchmarks;

/// <summary>As many open partitions as an output may have, all with records that are not sealed yet.</summary>
internal sealed class PartitionRows(BenchmarkSettings settings, BenchmarkCluster cluster)
{
    private const int BytesEach = 10_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public void Measure()
    {
        using var node = new BenchmarkNode(settings, cluster, settings.Partitions, settings.Partitions * (long)BytesEach);
        using var setup = new AgentSetup(settings) { Node = node.Logs.Tree, Cluster = cluster, MaxAge = "10m" };
        using var agent = setup.Start();
        var chunks = 0;
        Retry.Until("every file has its chunk", () => Directory.Exists(setup.Data) && (chunks = Directory.GetFiles(setup.Data, "*.chunk", SearchOption.AllDirectories).Length) >= settings.Partitions, Patience);
        Table.Add($"{chunks} open partitions: RSS", ProcessLook.PeakRss(agent.Id) / (double)Table.Mebibyte, "MiB", "peak");
        Table.Add("  … descriptors", ProcessLook.Descriptors(agent.Id), "");
    }
}
