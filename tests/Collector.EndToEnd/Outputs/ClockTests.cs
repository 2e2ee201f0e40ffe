using System.Globalization;
using Collector.EndToEnd.Harness;
using Collector.Testing.Node;
using Collector.Testing.Oracle;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Outputs;

/// <summary>Keys and the wall clock, which <c>faketime</c> sets for the collector alone.</summary>
public sealed class ClockTests : IDisposable
{
    private readonly Stage stage = new();
    private readonly FakeTime clock;

    public ClockTests() => clock = FakeClock.OrSkip(stage);

    public void Dispose() => stage.Dispose();

    /// <summary>S-116.</summary>
    [Fact]
    public void Keys_keep_their_order_when_the_clock_steps_an_hour_back_and_forth()
    {
        using var node = new NodeSimulator(stage.Tree.Root, new NodeOptions { Pods = 2, Containers = 3, CutRecords = false });
        Agent agent = stage.Start();
        foreach (string offset in (string[])["+0", "-3600s", "+1800s", "-7200s", "+0"])
        {
            clock.Set(offset);
            node.Write(60_000);
            node.Finish();
            agent.AwaitUploaded(node.Ledger.Records);
        }

        agent.Stop();
        clock.Set("-86400s");
        node.Write(60_000);
        node.Finish();
        agent = stage.Start();
        OracleReport report = stage.AwaitStored(node.Ledger);
        agent.Stop();

        Assert.True(report.Objects >= 6, report.ToString());
        foreach (IGrouping<string, string> prefix in StoredRecords.Keys(stage.Objects).GroupBy(k => Path.GetDirectoryName(k)!))
        {
            List<long> opened = [.. prefix.OrderBy(k => ChunkId(k), StringComparer.Ordinal).Select(OpenedAt)];
            Assert.Equal(opened.Order(), opened);
        }
    }

    /// <summary>Keys do not go back, so whoever looks at them later wonders.</summary>
    [Fact]
    public void A_time_far_in_the_future_is_told_when_the_clock_is_right_again()
    {
        clock.Set("+3000000s");
        new PodLog(stage.Tree).Write("first");
        Assert.Equal(0, stage.RunOnce());
        clock.Set("+0");

        Agent agent = stage.Start();

        agent.AwaitSaid("34 days ahead of this node's clock");
        agent.Stop();
    }

    /// <summary>S-115: with a clock that stands still and numbers that are known, the next key can be foretold.</summary>
    [Fact]
    public void A_key_that_is_there_before_any_attempt_is_given_up_for_a_new_one()
    {
        clock.Set("2026-11-21 00:00:00");
        PodLog log = new PodLog(stage.Tree).Write("first");
        Assert.Equal(0, stage.RunOnce());
        string first = Assert.Single(StoredRecords.Keys(stage.Objects));
        foreach (string foretold in Foretell(first)) File.WriteAllText(Path.Combine(stage.Objects, foretold), "somebody else's\n");
        int theirs = StoredRecords.Keys(stage.Objects).Count;

        log.Write("second");
        Agent agent = stage.Start();
        agent.AwaitUploaded(1);
        agent.AwaitMetric("collector_upload_attempts_total", v => v >= 1, ("result", "key_collision"));
        agent.Stop();

        Assert.Contains(agent.Log, l => l.Level == "error" && l.Message.Contains("the object is sent again under another key", StringComparison.Ordinal));
        IReadOnlyList<string> keys = StoredRecords.Keys(stage.Objects);
        Assert.Equal(theirs + 1, keys.Count);
        string[] own = [.. keys.Where(k => File.ReadAllBytes(Path.Combine(stage.Objects, k))[0] == 0x1f)];
        Assert.Equal(["first", "second"], own.SelectMany(k => StoredRecords.LinesOf(stage.Objects, k)).Select(l => l.Contains("first", StringComparison.Ordinal) ? "first" : "second"));
        Assert.Equal(theirs - 1, keys.Count(k => File.ReadAllText(Path.Combine(stage.Objects, k)) == "somebody else's\n"));
    }

    // The clock stands at the first key's time; the next chunk has the next number, and was opened then or a little later.
    private static IEnumerable<string> Foretell(string first)
    {
        string id = ChunkId(first);
        long seq = long.Parse(id[..12], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        for (long opened = OpenedAt(first); opened < OpenedAt(first) + 20; opened++)
            yield return first.Replace($"{OpenedAt(first)}", $"{opened}", StringComparison.Ordinal).Replace(id, $"{seq + 1:x12}{id[12..]}", StringComparison.Ordinal);
    }

    private static string ChunkId(string key) => Path.GetFileName(key).Split('-')[^1].Split('.')[0];

    private static long OpenedAt(string key) => long.Parse(Path.GetFileName(key)[..13], CultureInfo.InvariantCulture);
}
