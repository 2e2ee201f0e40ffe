using System.Diagnostics;
using Collector.Testing.Processes;

namespace Collector.Benchmarks;

/// <summary>What the agent costs while nobody logs: everything is read and delivered, the files are there, the API is watched.</summary>
internal sealed class IdleRows(BenchmarkSettings settings, BenchmarkCluster cluster, LoopbackS3 store)
{
    private const int Files = 500;
    private const int BytesEach = 20_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public void Measure()
    {
        using var node = new BenchmarkNode(settings, cluster, Files, Files * BytesEach);
        using var setup = new AgentSetup(settings) { Node = node.Logs.Tree, Cluster = cluster, MaxAge = "1s", Store = store.Store };
        var clock = Stopwatch.StartNew();
        using var agent = setup.Start();
        Retry.Until("it is ready", () => setup.IsReady(agent), Patience);
        var ready = clock.Elapsed;
        Retry.Until("everything is delivered", () => setup.Scrape(agent)?.Sum("collector_records_uploaded_total") is > 0 and var sent && sent == setup.Scrape(agent)!.Sum("collector_records_read_total") && setup.Scrape(agent)!.Sum("collector_tail_lag_bytes") == 0, Patience);
        var before = ProcessLook.CpuSeconds(agent.Id);
        Thread.Sleep(settings.Idle);
        Table.Add($"idle for {settings.Idle.TotalSeconds:F0} s, {Files} files", (ProcessLook.CpuSeconds(agent.Id) - before) / settings.Idle.TotalSeconds * 100, Limit.AtMost(0.5, "% of a core"));
        Table.Add("  … RSS", ProcessLook.Rss(agent.Id) / (double)Table.Mebibyte, Limit.AtMost(56, "MiB"), $"{ProcessLook.Descriptors(agent.Id)} descriptors");
        Table.Add("  … of it anonymous", ProcessLook.AnonymousRss(agent.Id) / (double)Table.Mebibyte, Limit.AtMost(24, "MiB"));
        Table.Add("  … start to ready", ready.TotalSeconds, "s", "nothing in its data dir");
    }
}
