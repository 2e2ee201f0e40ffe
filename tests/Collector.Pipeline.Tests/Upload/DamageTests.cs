using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Upload;
using Collector.Testing.Storage;
using Xunit;

namespace Collector.Pipeline.Tests.Upload;

/// <summary>I2: a damaged object is never sent.</summary>
public sealed class DamageTests
{
    [Fact]
    public async Task A_damaged_object_that_was_never_sent_is_read_again_if_its_sources_hold_it()
    {
        await using var bench = new UploadBench { Uncover = UncoverResult.Uncovered };
        var bad = bench.Add("a/", "one");
        bench.Append("a/", "two");
        bench.Damage(bad);
        bench.Start();
        await bench.UntilEmptyAsync();

        Assert.Equal(["two"], bench.Store.Lines);
        Assert.True(bad.Coverage.Contains(Assert.Single(bench.Uncovered)));
        Assert.Equal(1, bench.Figures.Dropped[DropReason.Reread]);
        Assert.Empty(bench.Files);
        Assert.Equal(0, bench.Buffer.Space.Used);
        await using var next = await bench.RestartAsync(LossMode.PowerLoss);
        Assert.False(next.Buffer.Positions.Contains(bad.Coverage));
    }

    /// <summary>Were the old one deleted later, a crash would find the records in two places.</summary>
    [Fact]
    public async Task A_damaged_object_is_given_up_for_good_before_its_sources_are_read_again()
    {
        for (var operation = 1; operation <= 3; operation++)
        {
            await using var bench = new UploadBench { Uncover = UncoverResult.Uncovered };
            bench.Damage(bench.Add("a/", "one"));
            bench.Disk.FailAt(bench.Disk.Operations + operation, DiskFault.Io);
            bench.Start();
            await bench.UntilEmptyAsync();

            Assert.InRange(bench.Uncovered.Count, 1, 2);
            Assert.Equal("sync directory /o", bench.Disk.Trace[^1]);
            Assert.Contains(bench.Disk.Trace.TakeLast(4), line => line.StartsWith("delete", StringComparison.Ordinal));
            Assert.True(bench.Buffer.Positions.IsStored(1));
        }
    }

    /// <summary>While the collector drains, nobody reads: the next start will.</summary>
    [Fact]
    public async Task A_damaged_object_waits_while_nobody_can_say_whether_its_sources_hold_it()
    {
        await using var bench = new UploadBench { Uncover = UncoverResult.NotNow };
        var bad = bench.Add("a/", "one");
        bench.Damage(bad);
        bench.Start();
        await bench.UntilAsync("the tail was asked, in vain", () => bench.Uncovered.Count > 2);

        Assert.Equal([FileNames.Format(bad.Seq, FileState.Object)], bench.Files);
    }

    [Fact]
    public async Task A_damaged_object_whose_sources_are_gone_is_quarantined()
    {
        await using var bench = new UploadBench();
        var bad = bench.Add("a/", "one");
        bench.Append("a/", "two");
        bench.Damage(bad);
        bench.Start();
        await bench.UntilEmptyAsync();

        Assert.Equal(["two"], bench.Store.Lines);
        Assert.Equal([FileNames.Format(bad.Seq, FileState.Quarantined)], bench.Files);
        Assert.Equal(1, bench.Figures.BufferRecords[BufferState.Quarantined]);
    }

    /// <summary>The store may have it: read again, its records might be there twice.</summary>
    [Fact]
    public async Task A_damaged_object_that_was_sent_in_an_earlier_life_is_quarantined()
    {
        await using var bench = new UploadBench();
        var bad = bench.Add("a/", "one");
        bench.Store.Script = _ => StoreAnswer.StoreAndLoseTheAnswer();
        bench.Start();
        await bench.UntilAsync("it was sent", () => bench.Store.Keys.Count == 1);
        await using var next = await bench.RestartAsync();
        next.Damage(bad);
        next.Uncover = UncoverResult.Uncovered;
        next.Start();
        await next.UntilEmptyAsync();

        Assert.Empty(next.Uncovered);
        Assert.Equal([FileNames.Format(bad.Seq, FileState.Quarantined)], next.Files);
    }

    [Fact]
    public async Task An_object_whose_header_is_damaged_is_quarantined_and_counted_until_the_cap_drops_it()
    {
        await using var bench = new UploadBench(UploadBench.Settings() with { Shared = new() { MinFreeDisk = default, QuarantineMaxSize = 4096 } });
        var (first, second) = (bench.Add("a/", "one", "two"), bench.Add("a/", "three"));
        bench.Damage(first, inHeader: true);
        bench.Damage(second, inHeader: true);
        bench.Start();
        await bench.UntilEmptyAsync();

        Assert.Equal([FileNames.Format(second.Seq, FileState.Quarantined)], bench.Files);
        Assert.Equal(1, bench.Figures.BufferRecords[BufferState.Quarantined]);
        Assert.Equal(2, bench.Figures.Dropped[DropReason.QuarantineFull]);
    }

    [Fact]
    public async Task A_quarantine_that_the_disk_refuses_at_first_is_gone_through_with()
    {
        for (var operation = 1; operation <= 4; operation++)
        {
            await using var bench = new UploadBench(UploadBench.Settings() with { Shared = new() { MinFreeDisk = default, QuarantineMaxSize = 1 } });
            bench.Damage(bench.Add("a/", "one"));
            bench.Append("a/", "two");
            bench.Disk.FailAt(bench.Disk.Operations + operation, DiskFault.Io);
            bench.Start();
            await bench.UntilEmptyAsync();

            Assert.Equal(["two"], bench.Store.Lines);
        }
    }

    [Fact]
    public async Task A_disk_that_cannot_be_read_for_a_moment_is_not_taken_for_damage()
    {
        await using var bench = new UploadBench();
        bench.Append("a/", "one");
        bench.Disk.FailReadAt(bench.Disk.Reads + 1);
        bench.Disk.FailReadAt(bench.Disk.Reads + 4);
        bench.Start();
        await bench.UntilEmptyAsync();

        Assert.Equal(["one"], bench.Store.Lines);
        Assert.Equal(0, bench.Log.Count("is damaged"));
    }
}
