using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Upload;
using Collector.Testing.Storage;
using Xunit;

namespace Collector.Pipeline.Tests.Upload;

public sealed class KeyCollisionTests
{
    [Fact]
    public async Task S82_an_object_whose_answer_was_lost_is_there_already_and_done()
    {
        await using var bench = new UploadBench();
        var added = bench.Add("a/", "one");
        bench.Store.Script = call => call.Number == 1 ? StoreAnswer.StoreAndLoseTheAnswer() : StoreAnswer.Store;
        bench.Start();
        await bench.UntilEmptyAsync();

        Assert.Equal([added.Key], bench.Store.Keys);
        Assert.Equal(1, bench.Figures.Attempts[AttemptResult.AlreadyThere]);
        Assert.Equal(0, bench.Figures.Attempts[AttemptResult.KeyCollision]);
        Assert.Equal(1, bench.Figures.UploadedRecords);
    }

    [Fact]
    public async Task S115_an_object_that_is_there_before_it_was_ever_sent_gets_a_new_chunk_id()
    {
        await using var bench = new UploadBench(UploadBench.Settings() with { Catalog = new() { Enabled = true, Prefix = "_catalog/" } });
        var first = bench.Add("a/", "one");
        bench.Append("a/", "two");
        bench.Store.PutForeign(first.Key);
        bench.Start();
        await bench.UntilEmptyAsync();

        Assert.Equal(["foreign", "one", "two"], bench.Store.Lines);
        Assert.Equal(1, bench.Figures.Attempts[AttemptResult.KeyCollision]);
        Assert.Equal(2, bench.Figures.UploadedRecords);
        Assert.Equal(1, bench.Log.Count("the object is sent again under another key"));
        Assert.Empty(bench.Files);

        // The seq of the old key is done with, too: the catalog says so of every seq.
        Assert.Empty(bench.Buffer.Positions.WaitingLines(long.MaxValue)!.Settled!.Pending);
    }

    /// <summary>The disk is full, or fails: the foreign object must never be taken for ours.</summary>
    [Theory]
    [InlineData(DiskFault.NoSpace)]
    [InlineData(DiskFault.Io)]
    public async Task S115_when_the_disk_fails_at_any_step_of_the_renaming_nothing_is_lost(DiskFault fault)
    {
        for (var operation = 1; operation <= 16; operation++)
        {
            await using var bench = new UploadBench();
            var added = bench.Add("a/", "one");
            bench.Store.PutForeign(added.Key);
            bench.Disk.FailAt(bench.Disk.Operations + operation, fault);
            bench.Start();
            await bench.UntilEmptyAsync();

            Assert.Equal(["foreign", "one"], bench.Store.Lines);
            Assert.Empty(bench.Files);
        }
    }

    /// <summary>Without a crash in the very request, which DESIGN.md gives as a known limitation.</summary>
    [Theory]
    [InlineData(LossMode.ProcessCrash)]
    [InlineData(LossMode.PowerLoss)]
    public async Task S115_a_crash_after_the_collision_was_noticed_loses_nothing(LossMode mode)
    {
        for (var operation = 4; operation <= 16; operation++)
        {
            await using var bench = new UploadBench();
            var added = bench.Add("a/", "one");
            bench.Store.PutForeign(added.Key);
            bench.Disk.FailAt(bench.Disk.Operations + operation, DiskFault.CrashAfter);
            bench.Start();
            await bench.UntilAsync("it is stored or dead", () => bench.IsEmpty || bench.IsDead);

            await using var next = await bench.RestartAsync(mode, operation);
            next.Start();
            await next.UntilEmptyAsync();
            Assert.Equal(["foreign", "one"], next.Store.Lines);
            Assert.Empty(next.Files);
        }
    }

    /// <summary>S-142: nginx's default before two gateways, Envoy's retries: the first answer that we get is that it is there.</summary>
    [Fact]
    public async Task S142_our_own_request_that_was_sent_twice_is_done_where_we_may_look()
    {
        await using var bench = new UploadBench();
        var added = bench.Add("a/", "one");
        bench.Store.MayLook = true;
        bench.Store.Script = _ => StoreAnswer.Repeat;
        bench.Start();
        await bench.UntilEmptyAsync();

        Assert.Equal([added.Key], bench.Store.Keys);
        Assert.Equal(1, bench.Figures.Attempts[AttemptResult.AlreadyThere]);
        Assert.Equal(1, bench.Figures.UploadedRecords);
        Assert.Equal(0, bench.Figures.MaybeTwice);
    }

    [Fact]
    public async Task S142_where_we_may_not_look_it_goes_under_one_more_key_and_is_counted()
    {
        await using var bench = new UploadBench();
        bench.Append("a/", "one");
        var isFirst = true;
        bench.Store.Script = _ =>
        {
            var answer = isFirst ? StoreAnswer.Repeat : StoreAnswer.Store;
            isFirst = false;
            return answer;
        };
        bench.Start();
        await bench.UntilEmptyAsync();

        Assert.Equal(["one", "one"], bench.Store.Lines);
        Assert.Equal(1, bench.Figures.MaybeTwice);
        Assert.Equal(1, bench.Figures.UploadedRecords);
    }

    /// <summary>A look that nobody answers is made again, and nothing is sent under another key meanwhile; also over a restart.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S142_a_look_that_is_not_answered_is_made_again(bool restarts)
    {
        await using var first = new UploadBench();
        var added = first.Add("a/", "one");
        first.Store.MayLook = true;
        first.Store.BlindLooks = restarts ? int.MaxValue : 3;
        first.Store.Script = call => call.Number == 1 ? StoreAnswer.Repeat : StoreAnswer.Store;
        first.Start();
        await first.UntilAsync("it was tried three times", () => first.Store.Calls.Count >= 3);
        await using var bench = restarts ? await first.RestartAsync() : first;
        if (restarts)
        {
            Assert.Equal(1, bench.Buffer.Backlog.Count);
            bench.Store.BlindLooks = 0;
            bench.Start();
        }

        await bench.UntilEmptyAsync();
        Assert.Equal([added.Key], bench.Store.Keys);
        Assert.Equal(0, bench.Figures.MaybeTwice);
    }

    /// <summary>An object of other bytes is another's, whoever shows it.</summary>
    [Fact]
    public async Task S142_what_we_see_there_and_is_not_ours_is_another_s()
    {
        await using var bench = new UploadBench();
        var added = bench.Add("a/", "one");
        bench.Store.PutForeign(added.Key);
        bench.Store.MayLook = true;
        bench.Start();
        await bench.UntilEmptyAsync();

        Assert.Equal(["foreign", "one"], bench.Store.Lines);
    }

    /// <summary>S-143: nothing is deleted, no key is burnt beyond the second, and it is asked no oftener than a store that is down.</summary>
    [Fact]
    public async Task S143_a_store_that_says_there_to_everything_gets_the_requests_of_ordinary_back_off()
    {
        await using var bench = new UploadBench();
        for (var i = 0; i < 8; i++)
        {
            bench.Append($"{i % 4}/", $"line {i}");
        }

        var hour = TimeSpan.FromHours(1);
        bench.Store.Script = call => call.At < hour ? StoreAnswer.Refuse(PutStatus.AlreadyThere) : StoreAnswer.Store;
        bench.Start();
        await bench.UntilAsync("the hour is nearly over", () => bench.Clock.Elapsed > hour - TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(1));

        Assert.Equal(8, bench.Buffer.Backlog.Count);
        Assert.InRange(bench.Store.Calls.Count, 8, 1200);
        Assert.InRange(bench.Store.Calls.Select(call => call.Key).Distinct(StringComparer.Ordinal).Count(), 4, 6);
        Assert.Equal(2, bench.Figures.MaybeTwice);
        Assert.True(bench.Log.Count("does not support") > 0);

        await bench.UntilAsync("all is stored", () => bench.IsEmpty, TimeSpan.FromSeconds(1));
        Assert.Equal(8, bench.Store.Lines.Count);
    }

    /// <summary>A store whose word counts for nothing is not believed about what had an attempt, either; when it stores again, it is.</summary>
    [Fact]
    public async Task S143_while_the_store_contradicts_itself_an_attempted_object_stays_until_it_is_seen_there()
    {
        await using var bench = new UploadBench();
        var attempted = bench.Add("a/", "one");
        bench.Append("b/", "two");
        bench.Append("c/", "three");
        var isLying = true;
        bench.Store.Script = call => isLying switch
        {
            true when call.Key == attempted.Key && call.Number == 1 => StoreAnswer.Refuse(PutStatus.Unavailable),
            true when call.Key == attempted.Key && bench.Figures.MaybeTwice < 2 => StoreAnswer.Refuse(PutStatus.Unavailable),
            true => StoreAnswer.Refuse(PutStatus.AlreadyThere),
            _ => StoreAnswer.Store,
        };
        bench.Start();
        await bench.UntilAsync("it was told so of it", () => bench.Store.Calls.Count(call => call.Key == attempted.Key && bench.Figures.MaybeTwice == 2) > 6, TimeSpan.FromSeconds(1));

        Assert.Equal(3, bench.Buffer.Backlog.Count);
        isLying = false;
        await bench.UntilAsync("all is stored", () => bench.IsEmpty, TimeSpan.FromSeconds(1));
        Assert.Equal(3, bench.Store.Lines.Count);
    }

    /// <summary>After a restart the object is as if never sent.</summary>
    [Fact]
    public async Task S143_what_was_said_to_be_there_and_never_sent_is_not_taken_for_ours_after_a_restart()
    {
        await using var bench = new UploadBench();
        bench.Append("a/", "one");
        bench.Store.Script = _ => StoreAnswer.Refuse(PutStatus.AlreadyThere);
        bench.Start();
        await bench.UntilAsync("it is told", () => bench.Log.Count("does not support") > 0);

        await using var next = await bench.RestartAsync();
        next.Start();
        await next.UntilAsync("it was tried again", () => next.Log.Count("does not support") > 0);
        Assert.Equal(1, next.Buffer.Backlog.Count);
        Assert.Equal(0, next.Figures.UploadedRecords);
    }

    /// <summary>Whatever the answer: what is not stored goes through back-off, also with as many objects as prefixes.</summary>
    [Theory]
    [InlineData(nameof(PutStatus.Conflict))]
    [InlineData(nameof(PutStatus.Rejected))]
    [InlineData(nameof(PutStatus.Unavailable))]
    [InlineData(nameof(PutStatus.AlreadyThere))]
    public async Task S143_many_prefixes_are_no_storm(string status)
    {
        await using var bench = new UploadBench();
        for (var i = 0; i < 200; i++)
        {
            bench.Append($"{i}/", $"line {i}");
        }

        bench.Store.Script = _ => StoreAnswer.Refuse(Enum.Parse<PutStatus>(status));
        bench.Start();
        await bench.UntilAsync("ten minutes are over", () => bench.Clock.Elapsed > TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(1));

        Assert.InRange(bench.Store.Calls.Count, 4, 4 * 120);
    }
}
