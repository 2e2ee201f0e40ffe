using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Upload;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Collector.Pipeline.Tests.Upload;

/// <summary>I5: what passes is waited for; the same bytes go to the same key, and nothing is dropped.</summary>
public sealed class BackPressureTests
{
    [Theory]
    [InlineData(nameof(PutStatus.Conflict), nameof(AttemptResult.Conflict))]
    [InlineData(nameof(PutStatus.Throttled), nameof(AttemptResult.Throttled))]
    [InlineData(nameof(PutStatus.Unauthorized), nameof(AttemptResult.Unauthorized))]
    [InlineData(nameof(PutStatus.Unavailable), nameof(AttemptResult.Unavailable))]
    public async Task What_passes_is_waited_for_with_the_same_key_and_bytes(string status, string result)
    {
        await using var bench = new UploadBench();
        var added = bench.Add("a/", "one", "two");
        bench.Store.Script = call => call.Number < 6 ? StoreAnswer.Refuse(Enum.Parse<PutStatus>(status)) : StoreAnswer.Store;
        bench.Start();
        await bench.UntilEmptyAsync();

        Assert.Equal([added.Key], bench.Store.Keys);
        Assert.Equal(6, bench.Store.Calls.Count);
        Assert.Equal(5, bench.Figures.Attempts[Enum.Parse<AttemptResult>(result)]);
        Assert.Equal(2, bench.Figures.UploadedRecords);
        Assert.Equal(0, bench.Figures.Dropped.Total);
        Assert.Equal(1, bench.Log.Count("the collector retries; nothing is dropped"));
        Assert.Equal(1, bench.Log.Count("uploads succeed again"));
        Assert.Empty(bench.Files);
    }

    [Fact]
    public async Task The_store_is_not_asked_again_before_the_time_that_it_asked_for()
    {
        await using var bench = new UploadBench();
        bench.Append("a/", "one");
        bench.Append("b/", "two");
        bench.Store.Script = call => call.At < TimeSpan.FromSeconds(1) ? StoreAnswer.Refuse(PutStatus.Throttled, TimeSpan.FromSeconds(90)) : StoreAnswer.Store;
        bench.Start();
        await bench.UntilAsync("both were tried", () => bench.Store.Calls.Count == 2, TimeSpan.FromTicks(1));
        await bench.UntilEmptyAsync();

        Assert.All(bench.Store.Calls.Skip(2), call => Assert.True(call.At >= TimeSpan.FromSeconds(90), $"{call}"));
    }

    /// <summary>The store is down for an hour: few attempts, and all is there afterwards.</summary>
    [Fact]
    public async Task A_store_that_is_down_for_an_hour_is_asked_about_twice_a_minute()
    {
        await using var bench = new UploadBench();
        for (var i = 0; i < 20; i++)
        {
            bench.Append($"{i % 4}/", $"line {i}");
        }

        var hour = TimeSpan.FromHours(1);
        bench.Store.Script = call => call.At < hour ? StoreAnswer.Refuse(PutStatus.Unavailable) : StoreAnswer.Store;
        bench.Start();
        await bench.UntilAsync("the backlog is empty", () => bench.IsEmpty, TimeSpan.FromSeconds(2));

        Assert.Equal(20, bench.Store.Lines.Count);
        Assert.InRange(bench.Store.Calls.Count(c => c.At < hour), 60, 4 * 60 * 60);
        Assert.Equal(0, bench.Figures.Dropped.Total);
    }

    [Fact]
    public async Task S83_an_attempt_that_hangs_is_aborted_at_its_timeout_and_made_again()
    {
        await using var bench = new UploadBench();
        bench.Append("a/", "one");
        bench.Store.Script = call => call.Number == 1 ? StoreAnswer.Hang : StoreAnswer.Store;
        bench.Start();
        await bench.UntilAsync("it is stored", () => bench.IsEmpty, TimeSpan.FromSeconds(1));

        var second = bench.Store.Calls[1];
        Assert.True(second.At >= bench.Buffer.Settings.Retry.AttemptTimeout, $"{second}");
        Assert.Equal(1, bench.Figures.Attempts[AttemptResult.Unavailable]);
    }

    [Fact]
    public async Task An_attempt_that_does_not_hear_its_cancellation_is_left_behind()
    {
        await using var bench = new UploadBench();
        bench.Append("a/", "one");
        bench.Store.Script = call => call.Number == 1 ? StoreAnswer.HangForever : StoreAnswer.Store;
        bench.Start();
        await bench.UntilAsync("it is stored", () => bench.IsEmpty, TimeSpan.FromSeconds(1));

        Assert.Equal(["one"], bench.Store.Lines);
    }

    /// <summary>S-117</summary>
    [Fact]
    public async Task The_first_of_five_objects_of_a_prefix_fails_for_a_minute_and_the_others_appear_after_it()
    {
        await using var bench = new UploadBench();
        var first = bench.Add("a/", "a0");
        for (var i = 1; i < 5; i++)
        {
            bench.Append("a/", $"a{i}");
        }

        for (var i = 0; i < 12; i++)
        {
            bench.Append($"other-{i % 3}/", $"other {i}");
        }

        var minute = TimeSpan.FromMinutes(1);
        bench.Store.Script = call => call.Key == first.Key && call.At < minute ? StoreAnswer.Refuse(PutStatus.Unavailable) : StoreAnswer.Store;
        bench.Start();
        await bench.UntilAsync("the other prefixes are stored", () => bench.Store.Keys.Count == 12);
        Assert.True(bench.Clock.Elapsed < minute, "the other prefixes waited, too");

        await bench.UntilEmptyAsync();
        Assert.Equal(["a0", "a1", "a2", "a3", "a4"], bench.Store.Lines.Take(5));
    }

    [Fact]
    public async Task One_object_that_always_hangs_does_not_keep_the_others_waiting()
    {
        await using var bench = new UploadBench();
        var bad = bench.Add("bad/", "bad");
        for (var i = 0; i < 40; i++)
        {
            bench.Append($"{i}/", $"line {i}");
        }

        bench.Store.Script = call => call.Key == bad.Key ? StoreAnswer.Hang : StoreAnswer.Store;
        bench.Start();
        await bench.UntilAsync("all the others are stored", () => bench.Store.Keys.Count == 40);

        Assert.Equal(1, bench.Buffer.Backlog.Count);
    }

    [Fact]
    public async Task An_exception_parks_its_object_and_the_others_go_on()
    {
        await using var bench = new UploadBench();
        var bad = bench.Add("bad/", "bad");
        bench.Append("good/", "good");
        bench.Store.Script = call => call.Key == bad.Key && call.Number < 4 ? StoreAnswer.Throw(new FormatException("a bug")) : StoreAnswer.Store;
        bench.Start();
        await bench.UntilEmptyAsync();

        Assert.Equal(2, bench.Figures.UploadedRecords);
        Assert.Equal(3, bench.Figures.Attempts[AttemptResult.Broken]);
        Assert.Equal(3, bench.Log.Entries.Count(e => e.Level == LogLevel.Error && e.Text.Contains("FormatException: a bug", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_store_without_the_condition_gets_plain_puts_and_that_is_told_once()
    {
        await using var bench = new UploadBench();
        for (var i = 0; i < 8; i++)
        {
            bench.Append($"{i}/", $"line {i}");
        }

        bench.Store.Script = call => call.OnlyIfAbsent ? StoreAnswer.Refuse(PutStatus.ConditionUnsupported) : StoreAnswer.Store;
        bench.Start();
        await bench.UntilEmptyAsync();

        Assert.Equal(8, bench.Store.Keys.Count);
        Assert.InRange(bench.Store.Calls.Count(c => c.OnlyIfAbsent), 1, 4);
        Assert.Equal(1, bench.Log.Count("from now on objects are sent without this condition"));
    }

    /// <summary>A reader that a time-out left behind took the wakes for itself: then only the poll once a second went on.</summary>
    [Fact]
    public async Task After_a_long_idle_time_a_new_object_is_sent_at_once()
    {
        await using var bench = new UploadBench();
        bench.Start();
        for (var i = 0; i < 100; i++)
        {
            bench.Clock.Advance(TimeSpan.FromSeconds(2));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        bench.Append("a/", "one");
        await bench.UntilAsync("it is stored", () => bench.IsEmpty, TimeSpan.FromTicks(1));
    }
}
