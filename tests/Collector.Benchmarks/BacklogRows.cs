using System.Diagnostics;
using System.Globalization;
using Collector.Testing.Processes;

namespace Collector.Benchmarks;

/// <summary>A backlog on the disk, made by an output whose store is away: starting on it, and delivering it.</summary>
internal sealed class BacklogRows(BenchmarkSettings settings, BenchmarkCluster cluster, LoopbackS3 store)
{
    private const int Files = 500;

    /// <summary>Records without compression are so much larger than the lines they were.</summary>
    private const double Growth = 2.3;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public void Measure()
    {
        using var node = new BenchmarkNode(settings, cluster, Files, (long)(settings.Backlog / Growth));
        using var setup = new AgentSetup(settings) { Node = node.Logs.Tree, Cluster = cluster, Compression = "none", Store = store.Store, Grace = "20s" };
        store.IsAway = true;
        // "Delivery incomplete".
        setup.RunOnce(expected: 1);
        File.AppendAllBytes(node.Logs.Containers[0].Path, node.Logs.Sample(1, out _));
        var (files, bytes) = (Directory.GetFiles(setup.Data, "*", SearchOption.AllDirectories).Length, SizeOf(setup.Data));
        var size = string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 30):F1} GiB");

        var clock = Stopwatch.StartNew();
        using var agent = setup.Start();
        Retry.Until("a record is read", () => setup.Scrape(agent)?.Sum("collector_records_read_total") > 0, Patience);
        Table.Add($"start to first read, {size} backlog", clock.Elapsed.TotalSeconds, Limit.AtMost(2, "s"), $"{files} files in the data dir");
        store.IsAway = false;
        clock.Restart();
        Retry.Until("the backlog is delivered", () => setup.Scrape(agent)?.Sum("collector_buffer_records", ("state", "sealed")) == 0, Patience);
        Table.Add($"peak RSS, starting on it and delivering it", ProcessLook.PeakRss(agent.Id) / (double)Table.Mebibyte, Limit.AtMost(96, "MiB"));
        Table.Add("  … delivered to S3 on loopback", bytes / 1e6 / clock.Elapsed.TotalSeconds, "MB/s");
    }

    private static long SizeOf(string directory) => new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
}
