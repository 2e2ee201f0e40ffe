using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Upload;
using Xunit;

namespace Collector.Pipeline.Tests.Upload;

public sealed class PoisonTests
{
    private static readonly TimeSpan LongStep = TimeSpan.FromSeconds(1);

    /// <summary>An answer that crosses a rejection proves nothing, so one object after the other is added until one does.</summary>
    /// <returns>How many were added.</returns>
    private static async Task<int> UntilSettledAsync(UploadBench bench, string prefix)
    {
        var (stored, others) = (bench.Store.Lines.Count, 0);
        await bench.UntilAsync("all is settled", AddAnotherWhenTheLastIsStored, LongStep);
        return others;

        bool AddAnotherWhenTheLastIsStored()
        {
            if (!bench.IsEmpty && bench.Store.Lines.Count == stored + others)
            {
                bench.Append(prefix, $"another {others++}");
            }

            return bench.IsEmpty;
        }
    }

    [Fact]
    public async Task S95_an_object_that_is_rejected_while_others_are_stored_is_quarantined_and_its_prefix_goes_on()
    {
        await using var bench = new UploadBench();
        var bad = bench.Add("a/", "bad", "bad");
        bench.Append("a/", "good");
        bench.Append("b/", "other");
        bench.Store.Script = call => call.Key == bad.Key ? StoreAnswer.Refuse(PutStatus.Rejected) : StoreAnswer.Store;
        bench.Start();

        await bench.UntilAsync("b is stored", () => bench.Store.Keys.Count == 1);

        var others = await UntilSettledAsync(bench, "b/");
        Assert.Equal(2 + others, bench.Store.Lines.Count);
        Assert.Contains("good", bench.Store.Lines);
        Assert.Equal([FileNames.Format(bad.Seq, FileState.Quarantined)], bench.Files);
        Assert.Equal(2, bench.Figures.BufferRecords[BufferState.Quarantined]);
        Assert.Equal(0, bench.Figures.Dropped.Total);
        Assert.Equal(0, bench.Buffer.Space.Used);
    }

    [Fact]
    public async Task S114_while_every_object_is_rejected_none_is_quarantined()
    {
        await using var bench = new UploadBench();
        for (var i = 0; i < 10; i++)
        {
            bench.Append($"{i}/", $"line {i}");
        }

        var hour = TimeSpan.FromHours(1);
        bench.Store.Script = call => call.At < hour ? StoreAnswer.Refuse(PutStatus.Rejected) : StoreAnswer.Store;
        bench.Start();
        await bench.UntilAsync("the hour is nearly over", () => bench.Clock.Elapsed > hour - TimeSpan.FromMinutes(1), LongStep);
        Assert.Equal(10, bench.Buffer.Backlog.Count);

        await bench.UntilAsync("all is stored", () => bench.IsEmpty, LongStep);
        Assert.Equal(10, bench.Store.Keys.Count);
        Assert.Equal(0, bench.Figures.BufferRecords[BufferState.Quarantined]);
    }

    [Fact]
    public void What_was_sent_before_the_first_rejection_proves_nothing()
    {
        var test = new PoisonTest();
        var item = new BacklogItem(1, 1, PrefixId.Of("a/"));
        var begun = test.Begin();
        Assert.False(test.Rejected(item));
        test.Stored(begun);
        Assert.False(test.Rejected(item));

        test.Stored(test.Begin());
        Assert.True(test.Rejected(item));
    }

    /// <summary>A store may say "already there" before it looks at what it would reject.</summary>
    [Fact]
    public async Task That_an_object_is_there_already_does_not_make_another_one_poison()
    {
        await using var first = new UploadBench();
        first.Append("a/", "one");
        first.Store.Script = _ => StoreAnswer.StoreAndLoseTheAnswer();
        first.Start();
        await first.UntilAsync("it is stored", () => first.Store.Keys.Count == 1);

        await using var second = await first.RestartAsync();
        second.Store.Script = call => second.Store.Keys.Contains(call.Key) ? StoreAnswer.Store : StoreAnswer.Refuse(PutStatus.Rejected);
        second.Append("b/", "two");
        second.Start();
        await second.UntilAsync("the other was rejected often", () => second.Figures.Attempts[AttemptResult.Rejected] > 5, LongStep);

        Assert.Equal(1, second.Figures.Attempts[AttemptResult.AlreadyThere]);
        Assert.Equal(1, second.Figures.BufferRecords[BufferState.Sealed]);
    }

    [Fact]
    public async Task Beyond_its_cap_the_quarantine_drops_its_oldest_counted_and_covered()
    {
        await using var bench = new UploadBench(UploadBench.Settings() with { Shared = new() { MinFreeDisk = default, QuarantineMaxSize = 8192 } });
        var bad = Enumerable.Range(0, 3).Select(i => bench.Add($"bad-{i}/", $"bad {i}")).ToList();
        bench.Store.Script = call => call.Key.StartsWith("bad", StringComparison.Ordinal) ? StoreAnswer.Refuse(PutStatus.Rejected) : StoreAnswer.Store;
        bench.Start();
        await bench.UntilAsync(
            "each of the three was rejected",
            () => bench.Store.Calls.Select(c => c.Key).Distinct(StringComparer.Ordinal).Count() == 3 && bench.Figures.Attempts[AttemptResult.Rejected] == bench.Store.Calls.Count);

        await UntilSettledAsync(bench, "good/");

        Assert.Equal(2, bench.Files.Count);
        Assert.Equal(1, bench.Figures.Dropped[DropReason.QuarantineFull]);
        Assert.Equal(2, bench.Figures.BufferRecords[BufferState.Quarantined]);
        var dropped = bad.Single(b => !bench.Files.Contains(FileNames.Format(b.Seq, FileState.Quarantined)));
        Assert.True(bench.Buffer.Positions.Contains(dropped.Coverage));
        await using var next = await bench.RestartAsync();
        Assert.Equal(2, next.Figures.BufferRecords[BufferState.Quarantined]);
        Assert.True(next.Buffer.Positions.Contains(dropped.Coverage));
    }
}
