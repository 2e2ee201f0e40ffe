using System.Diagnostics;
using Collector.EndToEnd.Harness;
using Collector.Testing.Node;
using Collector.Testing.Oracle;
using Xunit;

namespace Collector.EndToEnd.Telemetry;

/// <summary>A node on which hundreds of pods come and go.</summary>
public sealed class PodChurnTests : IDisposable
{
    private const int Pods = 300;

    private static readonly NodeOptions Churning = new()
    {
        Time = TimeProvider.System,
        Pods = 20,
        Containers = 30,
        MaxFileBytes = 100_000,
        LossAllowed = true,
        PodDeletionChance = 0.05,
        NewPodChance = 0.01,
        CutRecords = false,
    };

    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    /// <summary>S-103: the series stay the same, every scrape answers, and none of them names a pod.</summary>
    [Fact]
    public void Metrics_do_not_grow_with_pods_and_scrapes_answer_all_the_time()
    {
        using var node = new NodeSimulator(stage.Tree.Root, Churning);
        Agent agent = stage.Start();
        node.Write(200_000);
        agent.AwaitUploaded(1);
        IReadOnlyList<string> before = Series(agent);
        TimeSpan slowest = TimeSpan.Zero;
        int scrapes = 0;
        using (var clockwork = new NodeClockwork(node, 4_000_000))
        {
            clockwork.Start();
            while (node.Stats.NewPods < Pods)
            {
                Stopwatch watch = Stopwatch.StartNew();
                agent.Scrape();
                slowest = watch.Elapsed > slowest ? watch.Elapsed : slowest;
                scrapes++;
            }

            clockwork.Stop();
        }

        // What was deleted may have been read or not. What is still there must come.
        OracleReport report = stage.AwaitStored(node.Ledger);
        Figures.Print("S-103", $"{node.Stats.NewPods} pods came, {node.Stats.DeletedPods} went; {scrapes} scrapes, the slowest took {slowest.TotalMilliseconds:0} ms; {report.Excused} records of deleted logs not stored");
        Assert.Equal(before, Series(agent));
        agent.Stop();
    }

    private static IReadOnlyList<string> Series(Agent agent)
    {
        IEnumerable<string> names = agent.Get("/metrics").Body.Split('\n')
            .Where(l => l.StartsWith("collector_", StringComparison.Ordinal))
            .Select(l => l[..l.LastIndexOf(' ')]);
        return [.. names.Order(StringComparer.Ordinal)];
    }
}
