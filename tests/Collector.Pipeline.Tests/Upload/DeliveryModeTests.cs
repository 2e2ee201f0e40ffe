using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Upload;
using Collector.Testing.Storage;
using Xunit;

namespace Collector.Pipeline.Tests.Upload;

public sealed class DeliveryModeTests
{
    [Fact]
    public async Task At_most_once_folds_the_positions_before_its_one_attempt()
    {
        await using var bench = AtMostOnce();
        var added = bench.Add("a/", "one");
        var wasCovered = false;
        bench.Store.Script = _ =>
        {
            wasCovered = bench.Buffer.Positions.Contains(added.Coverage) && bench.Disk.Trace[^1].StartsWith("sync /o/positions", StringComparison.Ordinal);
            return StoreAnswer.Store;
        };
        bench.Start();
        await bench.UntilEmptyAsync();

        Assert.True(wasCovered);
        Assert.Equal(1, bench.Figures.UploadedRecords);
    }

    [Theory]
    [InlineData(nameof(PutStatus.Conflict))]
    [InlineData(nameof(PutStatus.Throttled))]
    [InlineData(nameof(PutStatus.Unavailable))]
    [InlineData(nameof(PutStatus.Unauthorized))]
    [InlineData(nameof(PutStatus.Rejected))]
    [InlineData("exception")]
    [InlineData("hang")]
    public async Task At_most_once_a_failure_is_a_counted_drop(string failure)
    {
        await using var bench = AtMostOnce();
        bench.Append("a/", "one", "two");
        bench.Store.Script = _ => failure switch
        {
            "exception" => StoreAnswer.Throw(new FormatException("a bug")),
            "hang" => StoreAnswer.Hang,
            _ => StoreAnswer.Refuse(Enum.Parse<PutStatus>(failure)),
        };
        bench.Start();
        await bench.UntilAsync("it is given up", () => bench.IsEmpty, TimeSpan.FromSeconds(1));

        Assert.Single(bench.Store.Calls);
        Assert.Equal(2, bench.Figures.Dropped[DropReason.AttemptFailed]);
        Assert.Empty(bench.Files);
        Assert.Equal(0, bench.Buffer.Space.Used);
    }

    [Fact]
    public async Task At_most_once_a_shutdown_in_the_attempt_is_a_counted_drop()
    {
        await using var bench = AtMostOnce();
        bench.Append("a/", "one");
        bench.Store.Script = _ => StoreAnswer.Hang;
        bench.Start();
        await bench.UntilAsync("it is being sent", () => bench.Store.Calls.Count == 1);
        await bench.StopAsync();

        Assert.Equal(1, bench.Figures.Dropped[DropReason.AttemptFailed]);
        Assert.Empty(bench.Files);
    }

    [Fact]
    public async Task At_most_once_a_drop_that_the_disk_refuses_at_first_is_not_sent_again()
    {
        await using var bench = AtMostOnce();
        bench.Append("a/", "one");
        bench.Store.Script = _ =>
        {
            bench.Disk.FailAt(bench.Disk.Operations + 1, DiskFault.Io, times: 3);
            return StoreAnswer.Refuse(PutStatus.Unavailable);
        };
        bench.Start();
        await bench.UntilEmptyAsync();

        Assert.Single(bench.Store.Calls);
    }

    /// <summary>The store has kept nothing of what it did not understand.</summary>
    [Fact]
    public async Task At_most_once_a_store_without_the_condition_costs_nothing()
    {
        await using var bench = AtMostOnce();
        bench.Append("a/", "one");
        bench.Append("a/", "two");
        bench.Store.Script = call => call.OnlyIfAbsent ? StoreAnswer.Refuse(PutStatus.ConditionUnsupported) : StoreAnswer.Store;
        bench.Start();
        await bench.UntilEmptyAsync();

        Assert.Equal(["one", "two"], bench.Store.Lines);
    }

    [Fact]
    public async Task At_least_once_sends_without_a_condition()
    {
        await using var bench = new UploadBench(UploadBench.Settings() with { DeliveryMode = DeliveryMode.AtLeastOnce });
        bench.Append("a/", "one");
        bench.Store.Script = call => call.Number == 1 ? StoreAnswer.StoreAndLoseTheAnswer() : StoreAnswer.Store;
        bench.Start();
        await bench.UntilEmptyAsync();

        Assert.Equal([false, false], bench.Store.Calls.Select(c => c.OnlyIfAbsent));
        Assert.Equal(["one"], bench.Store.Lines);
    }

    private static UploadBench AtMostOnce() => new(UploadBench.Settings() with { DeliveryMode = DeliveryMode.AtMostOnce });
}
