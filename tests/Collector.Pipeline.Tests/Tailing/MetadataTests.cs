using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Tailing;
using Collector.Testing.Storage;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>DESIGN.md, Whose log is it?</summary>
public sealed class MetadataTests : IDisposable
{
    private const double Timeout = 10;

    private readonly Dictionary<string, ContainerFacts> _known = new(StringComparer.Ordinal);
    private readonly TailHarness _tail;

    public MetadataTests() => _tail = Harness(outputs: 1);

    public void Dispose() => _tail.Dispose();

    private TailHarness Harness(int outputs, Func<string, RecordIdentity, bool>? match = null, bool flushesEnded = true, int seed = 1)
    {
        Assert.True(KeyTemplate.TryParse("""{.kubernetes.labels.team||"none"}/{.kubernetes.pod_name||"none"}/""", out var prefix, out _));
        return new TailHarness(new TailOptions
        {
            Outputs = outputs,
            Seed = seed,
            Facts = Describe,
            Match = match ?? ((_, _) => true),
            Output = (_, o) => o with { KeyPrefix = prefix, Batch = new() { FlushOnContainerEnd = flushesEnded } },
        });
    }

    private ContainerFacts Describe(ContainerRef container)
    {
        var path = TailHarness.IdentityOf(container);
        return _known.TryGetValue(container.Pod, out var facts)
            ? facts with { Identity = path with { Labels = facts.Identity.Labels } }
            : new ContainerFacts { Identity = path with { IsMetadataMissing = true }, IsPending = true };
    }

    private static ContainerFacts Facts(string team = "web") => new() { Identity = new RecordIdentity { Labels = LabelsOf(team) } };

    private static readonly Dictionary<string, Dictionary<string, string>> s_labels = [];

    private static Dictionary<string, string> LabelsOf(string team) =>
        s_labels.TryGetValue(team, out var labels) ? labels : s_labels[team] = new Dictionary<string, string>(StringComparer.Ordinal) { ["team"] = team };

    private void Know(KubeletLog log, ContainerFacts facts, TailHarness? tail = null)
    {
        _known[log.Prefix.Split('.')[1]] = facts;
        (tail ?? _tail).Worker.MetadataChanged(new HashSet<string> { log.Uid });
        (tail ?? _tail).Cycle();
    }

    private long WithoutMetadata => _tail.Books.Snapshot().FilesWithoutMetadata;

    private TailFigures Gauges
    {
        get
        {
            _tail.Advance(1);
            return _tail.Books.Snapshot().Tail;
        }
    }

    private List<(string Prefix, string Log)> Stored(TailHarness? tail = null, int output = 0) =>
        (tail ?? _tail).Stored(output).All.ConvertAll(r => (r.Prefix, r.Log));

    [Fact]
    public void A_new_file_waits_unread_while_the_others_go_on()
    {
        _known["known"] = Facts();
        _tail.Container("known").Write("a");
        var log = _tail.Container("new").Write("b");
        _tail.Advance(2);

        Assert.Equal([("web/known/", "a")], Stored());
        Assert.Equal((1, 1), (Gauges.Waiting, Gauges.Open));

        Know(log, Facts("data"));
        _tail.Run();
        Assert.Equal([("web/known/", "a"), ("data/new/", "b")], Stored());
        Assert.Equal(0, WithoutMetadata);
    }

    /// <summary>S-71: a pod that nobody ever tells of.</summary>
    [Fact]
    public void After_the_timeout_the_path_serves_and_is_counted_once()
    {
        var log = _tail.Container().Write("a");
        _tail.Advance(Timeout - 1);
        Assert.Empty(Stored());

        _tail.Advance(2);
        log.Write("b").Rotate().Write("c");
        _tail.Advance(5);

        Assert.Equal([("none/cart/", "a"), ("none/cart/", "b"), ("none/cart/", "c")], Stored());
        Assert.Equal(1, WithoutMetadata);
    }

    [Fact]
    public void What_is_deleted_while_it_waits_is_read_with_the_metadata_that_come()
    {
        var log = _tail.Container().Write("a", "b");
        _tail.Advance(1);
        log.Delete();
        _tail.Advance(3);
        Know(log, Facts());
        _tail.Advance(5);

        Assert.Equal([("web/cart/", "a"), ("web/cart/", "b")], Stored());
        _tail.AssertNothingLost();
    }

    [Fact]
    public void A_stop_does_not_lose_what_only_a_waiting_descriptor_holds()
    {
        var gone = _tail.Container("gone").Write("a");
        _tail.Container("there").Write("b");
        _tail.Advance(1);
        gone.Delete();
        _tail.Advance(1);
        _tail.Worker.EndWaits();
        _tail.Run();

        Assert.Equal([("none/gone/", "a")], Stored());
    }

    /// <summary>S-74: a pod that is told of after its file was begun without it.</summary>
    [Fact]
    public void Metadata_that_come_late_are_in_the_lines_behind()
    {
        var log = _tail.Container().Write("a");
        _tail.Advance(Timeout + 2);
        Know(log, Facts());
        log.Write("b");
        _tail.Advance(2);

        Assert.Equal([("none/cart/", "a"), ("web/cart/", "b")], Stored());
    }

    /// <summary>S-73: another label is another partition, and what stood in the old one stays there.</summary>
    [Fact]
    public void A_label_that_changes_is_in_the_lines_behind()
    {
        _known["cart"] = Facts();
        var log = _tail.Container().Write("a");
        _tail.Advance(1);
        Know(log, Facts("data"));
        log.Write("b");
        _tail.Advance(2);

        Assert.Equal([("web/cart/", "a"), ("data/cart/", "b")], Stored());
    }

    [Fact]
    public void What_is_known_is_not_forgotten_by_its_log()
    {
        _known["cart"] = Facts();
        var log = _tail.Container().Write("a");
        _tail.Advance(1);
        _known.Clear();
        _tail.Worker.MetadataChanged(null);
        log.Write("b");
        _tail.Advance(2);

        Assert.Equal([("web/cart/", "a"), ("web/cart/", "b")], Stored());
        Assert.Equal(0, WithoutMetadata);
    }

    /// <summary>S-77: what is written while it is excluded is never read.</summary>
    [Fact]
    public void An_exclusion_comes_and_goes_while_the_collector_runs()
    {
        _known["cart"] = Facts();
        var log = _tail.Container().Write("a");
        _tail.Advance(1);
        Know(log, Facts() with { Excluded = LogStreams.Both });
        log.Write("b").Rotate().Write("c");
        _tail.Advance(5);
        Assert.Equal((1, 0, 0), (Gauges.Excluded, Gauges.Open, Gauges.LagBytes));
        Assert.All(_tail.Worker.Chains, chain => Assert.Equal(0, chain.OpenFiles));

        Know(log, Facts());
        log.Write("d");
        _tail.Advance(2);
        Know(log, Facts() with { Excluded = LogStreams.Both });
        log.Write("e");
        _tail.Advance(2);

        Assert.Equal(["a", "d"], _tail.Stored().Logs);
        _tail.AssertNothingLost();
    }

    [Fact]
    public void An_excluded_file_is_not_opened_and_its_end_is_no_loss()
    {
        _known["cart"] = Facts() with { Excluded = LogStreams.Both };
        var log = _tail.Container().Write("a");
        _tail.Advance(3);
        Assert.Equal((1, 0), (Gauges.Excluded, Gauges.Open));
        Assert.Empty(_tail.Worker.Chains[0].Generations);

        log.Delete();
        _tail.Advance(120);

        Assert.Equal(0, Gauges.Excluded);
        Assert.Empty(Stored());
        _tail.AssertNothingLost();
    }

    [Fact]
    public void An_exclusion_that_ended_leaves_nothing_for_the_next_life_to_read()
    {
        _known["cart"] = Facts() with { Excluded = LogStreams.Both };
        var log = _tail.Container().Write("a", "b");
        _tail.Advance(1);
        Know(log, Facts());
        _tail.Advance(1);
        _tail.Restart(End.PowerLoss);
        log.Write("c");
        _tail.Advance(3);

        Assert.Equal(["c"], _tail.Stored().Logs);
    }

    /// <summary>S-133: what was wanted and is pending is no gap, so no beginning skips it: what the power takes of it is read again.</summary>
    [Fact]
    public void What_waited_before_an_exclusion_came_and_went_is_stored_whatever_the_power_takes()
    {
        _known["cart"] = Facts();
        for (var attempt = 0; attempt < 12; attempt++)
        {
            using var tail = Harness(outputs: 1, seed: attempt);
            var log = tail.Container().Write("a");
            tail.Run();
            Know(log, Facts() with { Excluded = LogStreams.Both }, tail);
            log.Write("b");
            Know(log, Facts(), tail);
            tail.Run();
            tail.Restart(End.PowerLoss);
            tail.Run();
            Assert.Equal(["a"], tail.Stored().Logs);
        }
    }

    /// <summary>An output's beginning is durable before a byte behind it is read.</summary>
    [Fact]
    public void An_exclusion_ends_when_the_disk_has_noted_it()
    {
        _known["cart"] = Facts() with { Excluded = LogStreams.Both };
        var log = _tail.Container().Write("a");
        _tail.Advance(1);
        _tail.Disk.FailAt(_tail.Disk.Operations + 1, DiskFault.Io, times: 3);
        Know(log, Facts());
        log.Write("b");
        _tail.Advance(5);
        log.Write("c");
        _tail.Advance(1);
        _tail.Restart(End.Kill);
        _tail.Advance(3);

        Assert.Equal("c", _tail.Stored().Logs[^1]);
        Assert.DoesNotContain("a", _tail.Stored().Logs);
    }

    /// <summary>I9: a container's next life goes on in another prefix only when its former life's records are durable.</summary>
    [Fact]
    public void A_restart_with_another_label_keeps_the_order_whatever_the_power_takes()
    {
        for (var attempt = 0; attempt < 12; attempt++)
        {
            _known["cart"] = Facts();
            using var tail = Harness(outputs: 1, flushesEnded: false, seed: attempt);
            var log = tail.Container().Write("a");
            tail.Run();
            _known["cart"] = Facts("data");
            log.Restart().Write("b");
            tail.Advance(3);
            tail.Restart(End.PowerLoss);
            tail.Advance(3);
            Assert.Equal([("web/cart/", "a"), ("data/cart/", "b")], tail.Stored().All.OrderBy(r => r.Log, StringComparer.Ordinal).Select(r => (r.Prefix, r.Log)));
        }
    }

    /// <summary>S-77: one stream alone is read, and its records are counted and left out.</summary>
    [Fact]
    public void An_excluded_stream_is_counted_and_its_sibling_is_stored()
    {
        _known["cart"] = Facts() with { Excluded = LogStreams.Stderr };
        var log = _tail.Container().Write("a").Full("b", "stderr").Partial("c", "stderr").Full("d", "stderr").Write("e");
        _tail.Advance(1);
        Assert.Equal(["a", "e"], _tail.Stored().Logs);
        Assert.Equal((4, 2), (_tail.Source().Records, _tail.Source().Excluded[ExclusionReason.Annotation]));

        Know(log, Facts());
        log.Full("f", "stderr");
        _tail.Restart(End.Clean);
        _tail.Run();

        Assert.Equal(["a", "e", "f"], _tail.Stored().Logs);
    }

    /// <summary>What was left out between two records is durable with the second, so that a killed process's successor neither reads nor counts it.</summary>
    [Fact]
    public void An_excluded_record_is_not_counted_again_after_a_kill()
    {
        _known["cart"] = Facts() with { Excluded = LogStreams.Stderr };
        var log = _tail.Container().Write("first");
        _tail.Run();
        log.Write("a").Full("b", "stderr").Write("c");
        _tail.Run();
        Assert.Equal((4, 1), (_tail.Source().Records, _tail.Source().Excluded[ExclusionReason.Annotation]));

        _tail.Restart(End.Kill);
        _tail.Run();

        Assert.Equal((0, 0), (_tail.Source().Records, _tail.Source().Excluded[ExclusionReason.Annotation]));
        Assert.Equal(["first", "a", "c"], _tail.Stored().Logs);
    }

    [Fact]
    public void Several_outputs_count_an_excluded_record_once()
    {
        using var tail = Harness(outputs: 2);
        _known["cart"] = Facts() with { Excluded = LogStreams.Stderr };
        tail.Container().Write("a").Full("b", "stderr");
        tail.Advance(1);

        Assert.Equal(["a"], tail.Stored(1).Logs);
        Assert.Equal((2, 1, 1), (tail.Source().Records, tail.Source().Excluded.Total, tail.Source().Matched));
    }

    [Fact]
    public void A_label_that_changes_takes_a_log_from_one_output_to_another()
    {
        using var web = Harness(outputs: 1, (_, identity) => identity.Labels.GetValueOrDefault("team") == "web");
        _known["cart"] = Facts("data");
        var log = web.Container().Write("a");
        web.Advance(1);
        Know(log, Facts(), web);
        log.Write("b");
        web.Advance(2);
        Know(log, Facts("data"), web);
        log.Write("c");
        web.Advance(2);

        Assert.Equal(["b"], web.Stored().Logs);
        Assert.Equal((3, 2), (web.Source().Records, web.Source().Unmatched));
    }

    [Fact]
    public void Json_is_parsed_where_the_pod_asks_for_it()
    {
        _known["cart"] = Facts() with { ParseJson = true };
        _tail.Container().Write("""{"level":"info"}""");
        _tail.Run();

        Assert.Contains("\"fields\":{\"level\":\"info\"}", System.Text.Encoding.UTF8.GetString(Assert.Single(_tail.Outputs[0].Bodies()).Body), StringComparison.Ordinal);
    }

    [Fact]
    public void The_end_of_a_container_closes_what_it_left_open()
    {
        _known["cart"] = Facts();
        var log = _tail.Container().Write("a").Partial("b");
        _tail.Advance(2);
        Assert.Equal((0, 1), (_tail.Outputs[0].Buffer.Backlog.Count, _tail.Outputs[0].Buffer.OpenChunks));

        Know(log, Facts() with { HasEnded = true });
        _tail.Advance(3);

        Assert.Equal(0, _tail.Outputs[0].Buffer.OpenChunks);
        var stored = _tail.Stored();
        Assert.Equal(["a", "b"], stored.Logs);
        Assert.True(stored.Single("b").IsPartial);
    }

    [Fact]
    public void The_end_of_one_life_is_not_the_end_of_the_next()
    {
        _known["cart"] = Facts() with { HasEnded = true };
        using var tail = new TailHarness(new TailOptions { Facts = c => Describe(c) with { HasEnded = c.Restart == 0 } });
        var log = tail.Container().Write("a");
        tail.Advance(3);
        log.Restart().Partial("b");
        tail.Advance(5);
        Assert.Equal(["a"], tail.Stored().Logs);

        log.Full("c");
        tail.Advance(1);
        Assert.Equal(["a", "bc"], tail.Stored().Logs);
    }

    [Fact]
    public void Pods_whose_logs_there_are_are_told()
    {
        IReadOnlySet<string> inUse = new HashSet<string>();
        _known["cart"] = Facts();
        using var tail = new TailHarness(new TailOptions { Facts = Describe, Tail = t => t with { PodsInUse = pods => inUse = pods } });
        var log = tail.Container();
        tail.Advance(40);

        Assert.Equal([log.Uid], inUse);
    }
}
