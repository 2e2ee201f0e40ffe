using Collector.EndToEnd.Harness;
using Collector.Testing.Node;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Restarts;

/// <summary>Many lives on one data dir, on a node that goes on logging, rotating and compressing.</summary>
public sealed class RestartTests : IDisposable
{
    private const double BytesPerSecond = 3_000_000;

    private static readonly NodeOptions Busy = new()
    {
        Time = TimeProvider.System,
        Pods = 8,
        Containers = 16,
        MaxFileBytes = 200_000,
        CutRecords = false, // delivered only a minute after their container's end
    };

    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    /// <summary>S-57.</summary>
    [Fact]
    public void Clean_restarts_under_load_lose_and_double_nothing()
    {
        using var node = new NodeSimulator(stage.Tree.Root, Busy);
        using var clockwork = new NodeClockwork(node, BytesPerSecond);
        clockwork.Start();
        for (int life = 0; life < 5; life++)
        {
            Agent agent = stage.Start();
            agent.AwaitUploaded(1);
            agent.Scrape();
            agent.Stop();
        }

        clockwork.Stop();
        Agent last = stage.Start();
        stage.AwaitStored(node.Ledger);
        last.Scrape();
        last.Stop();
        Assert.NotEqual(0, node.Stats.Rotations);
        AssertNothingLeft();
    }

    /// <summary>
    /// S-58, as a process sees it: 20 kills at random moments of starting, reading, sealing and uploading, with everything else
    /// that hack/torture.sh does, but for the API server, pods that change and files of applications: with those it is not clean yet.
    /// </summary>
    [Fact]
    public void Kills_at_random_moments_lose_and_double_nothing()
    {
        string torture = Path.Combine(AppContext.BaseDirectory, "collector-torture");
        using CollectorProcess run = CollectorProcess.Start(
            torture, stage.Sub("torture"), "torture", "--collector", CollectorBinary.Path, "--dir", stage.Sub("run"), "--kills", "20", "--bytes", "60000000", "--steady");
        int code = run.WaitForExit(TimeSpan.FromMinutes(8));
        string summary = File.ReadAllText(stage.Sub("torture.out"));
        Assert.True(code == 0, summary + File.ReadAllText(stage.Sub("torture.err")));
        Console.WriteLine(summary);
    }

    private void AssertNothingLeft()
    {
        IReadOnlyList<string> keys = StoredRecords.Keys(stage.Objects);
        Assert.Equal(0, stage.RunOnce());
        Assert.Equal(keys, StoredRecords.Keys(stage.Objects));
    }
}
