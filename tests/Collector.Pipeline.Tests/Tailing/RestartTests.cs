using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>Restarts, outputs that take nothing, failures of one file's step.</summary>
public class RestartTests
{
    /// <summary>S-57.</summary>
    [Theory]
    [InlineData(End.Clean)]
    [InlineData(End.Kill)]
    [InlineData(End.PowerLoss)]
    public void Restarts_lose_nothing_and_store_nothing_twice(End end)
    {
        using var tail = new TailHarness();
        var log = tail.Container();
        var expected = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            expected.Add($"line {i}");
            log.Write($"line {i}");
            if (i % 3 == 0)
            {
                tail.Run();
            }

            if (i % 5 == 0)
            {
                tail.Outputs[0].Upload();
            }

            tail.Restart(end);
        }

        tail.Run();
        Assert.Equal(expected, tail.Stored().Of(log));
        tail.AssertNothingLost();
    }

    /// <summary>S-66.</summary>
    [Fact]
    public void What_was_read_but_is_in_no_frame_before_a_kill_is_read_again()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a").Partial("in memory only ");
        tail.Run();
        tail.Restart(End.Kill);
        log.Full("and then not");
        tail.Run();
        Assert.Equal(["a", "in memory only and then not"], tail.Stored().Of(log));
    }

    /// <summary>S-66 after a power loss: nothing was synced.</summary>
    [Fact]
    public void What_a_power_loss_took_from_the_buffer_is_read_again()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write(Enumerable.Range(0, 3000).Select(i => $"line {i} {new string('x', 500)}"));
        for (var i = 0; i < 5; i++)
        {
            tail.Worker.PollAll();
            tail.Cycle();
            tail.Restart(End.PowerLoss);
        }

        tail.Run();
        Assert.Equal(3000, tail.Stored().Of(log).Count);
        Assert.Equal(Enumerable.Range(0, 3000).Select(i => $"line {i} {new string('x', 500)}"), tail.Stored().Of(log));
    }

    [Fact]
    public void An_output_that_is_full_gets_everything_once_when_it_has_room_again_and_the_other_is_not_held_up()
    {
        using var tail = new TailHarness(new TailOptions { Outputs = 2, Output = (i, o) => i == 0 ? o with { Buffer = new() { MaxSize = 700_000 } } : o });
        var log = tail.Container();
        var lines = Enumerable.Range(0, 5000).Select(i => $"line {i} {new string('x', 500)}").ToList();
        log.Write(lines.Take(2500)).Partial("begun ");
        tail.Run();
        log.Full("ended").Write(lines.Skip(2500)).Rotate().Write("last");
        tail.Advance(3);
        var expected = (List<string>)[.. lines.Take(2500), "begun ended", .. lines.Skip(2500), "last"];
        Assert.Equal(expected, tail.Stored(1).Of(log));
        Assert.InRange(tail.Stored(0).All.Count, 1, 2499);
        for (var i = 0; i < 20; i++)
        {
            tail.Outputs[0].Upload();
            tail.Advance(2);
        }

        Assert.Equal(expected, tail.Stored(0).Of(log));
        Assert.Equal(expected, tail.Stored(1).Of(log));
        Assert.Equal(expected.Count, tail.Source().Records);
        Assert.Single(tail.Worker.Chains.Single().Cursors);
        tail.AssertNothingLost();
    }

    [Fact]
    public void What_one_output_has_of_an_earlier_life_is_not_read_while_the_other_cannot_take_it()
    {
        using var tail = new TailHarness(new TailOptions { Outputs = 2, Output = (i, o) => i == 0 ? o with { Buffer = new() { MaxSize = 1 } } : o });
        var log = tail.Container().Write("a", "b");
        tail.Run();
        Assert.Equal(["a", "b"], tail.Stored(1).Of(log));
        tail.Stop(End.Kill);
        tail.Options = new TailOptions { Outputs = 2 };
        tail.Start();

        var capacity = tail.Disk.CapacityBytes;
        tail.Disk.CapacityBytes = tail.Disk.UsedBytes;
        tail.Run();
        Assert.Empty(tail.Stored(0).All);
        Assert.Equal(0, tail.Source().Records);

        tail.Disk.CapacityBytes = capacity;
        tail.Advance(10);
        Assert.Equal(["a", "b"], tail.Stored(0).Of(log));
        Assert.Equal(2, tail.Source().Records);
    }

    [Fact]
    public void Two_outputs_that_were_at_different_places_before_a_restart_both_get_everything_once()
    {
        using var tail = new TailHarness(new TailOptions { Outputs = 2, Output = (i, o) => i == 0 ? o with { Buffer = new() { MaxSize = 700_000 } } : o });
        var log = tail.Container();
        var expected = new List<string>();
        for (var round = 0; round < 6; round++)
        {
            var lines = Enumerable.Range(0, 900).Select(i => $"{round} {i} {new string('x', 500)}").ToList();
            log.Write(lines).Partial($"{round} o ").Full($"{round} e", "stderr");
            tail.Run();
            tail.Restart(round % 2 == 0 ? End.Kill : End.PowerLoss);
            log.Full("end");
            expected.AddRange([.. lines, $"{round} e", $"{round} o end"]);
        }

        for (var i = 0; i < 20; i++)
        {
            tail.Outputs[0].Upload();
            tail.Advance(2);
        }

        Assert.Equal(expected.Order(), tail.Stored(0).Of(log).Order());
        Assert.Equal(expected.Order(), tail.Stored(1).Of(log).Order());
        Assert.Equal(expected.Where(l => !l.EndsWith(" e", StringComparison.Ordinal)), tail.Stored(0).Of(log, "stdout"));
        Assert.Equal(expected.Where(l => !l.EndsWith(" e", StringComparison.Ordinal)), tail.Stored(1).Of(log, "stdout"));
    }

    /// <summary>I4: that the other output has a record of an earlier life does not mean that anybody took it in this one.</summary>
    [Fact]
    public void What_a_full_output_did_not_take_is_not_counted_as_read()
    {
        using var tail = new TailHarness(new TailOptions { Outputs = 2, Output = (i, o) => i == 0 ? o with { Buffer = new() { MaxSize = 700_000 } } : o });
        var log = tail.Container().Write(Enumerable.Range(0, 2500).Select(i => $"line {i} {new string('x', 500)}"));
        tail.Run();
        tail.Restart(End.Kill);
        for (var i = 0; i < 20; i++)
        {
            tail.Advance(2);
            Assert.Equal(tail.Books.Snapshot().Outputs[0].Figures.Matched, tail.Source().Records);
            tail.Outputs[0].Upload();
        }

        Assert.Equal(2500, tail.Stored(0).Of(log).Count);
        Assert.NotEqual(0, tail.Source().Records);
    }

    [Fact]
    public void A_full_output_says_so_between_two_tries_as_well()
    {
        using var tail = new TailHarness(new TailOptions { Output = (_, o) => o with { Buffer = new() { MaxSize = 700_000 } } });
        tail.Container().Write(Enumerable.Range(0, 2500).Select(i => $"line {i} {new string('x', 500)}"));
        tail.Run();
        for (var i = 0; i < 20; i++)
        {
            tail.Advance(0.25);
            Assert.NotNull(tail.Books.Snapshot().Outputs[0].Figures.Full);
        }

        for (var i = 0; i < 5; i++)
        {
            tail.Outputs[0].Upload();
            tail.Advance(2);
        }

        Assert.Null(tail.Books.Snapshot().Outputs[0].Figures.Full);
    }

    [Fact]
    public void An_output_that_drops_the_oldest_keeps_the_newest_and_counts_the_rest()
    {
        using var tail = new TailHarness(new TailOptions { Output = (_, o) => o with { Buffer = new() { MaxSize = 300_000, WhenFull = WhenFull.DropOldest }, Batch = new() { MaxSize = 50_000 } } });
        var log = tail.Container();
        for (var i = 0; i < 20; i++)
        {
            log.Write(Enumerable.Range(0, 100).Select(n => $"{i} {n} {new string('x', 500)}"));
            tail.Advance(1);
            tail.Outputs[0].Seal();
        }

        tail.Advance(2);
        var stored = tail.Stored().Of(log);
        var dropped = tail.Books.Snapshot().Outputs[0].Figures.Dropped[DropReason.BufferFull];
        Assert.True(dropped > 0);
        Assert.Equal(2000, stored.Count + dropped);
        Assert.Equal($"19 99 {new string('x', 500)}", stored[^1]);
        Assert.Equal(2000, tail.Source().Records);
    }

    /// <summary>A flood delays others by its budget of a turn, whatever it has.</summary>
    [Fact]
    public void A_quiet_log_gets_its_turn_between_two_turns_of_a_flooding_one()
    {
        using var tail = new TailHarness();
        var flood = tail.Container("flood");
        var block = string.Concat(Enumerable.Range(0, 1000).Select(i => System.Text.Encoding.UTF8.GetString(flood.Line("stdout", "F", $"{new string('x', 1000)}"))));
        for (var i = 0; i < 30; i++)
        {
            flood.Raw(block);
        }

        var quiet = Enumerable.Range(0, 20).Select(i => tail.Container($"quiet{i}")).ToList();
        tail.Cycle();
        for (var round = 0; round < 10; round++)
        {
            quiet.ForEach(q => q.Write($"round {round}"));
            tail.Worker.PollAll();
            tail.Cycle();
            var stored = tail.Outputs[0].Bodies().SelectMany(b => StoredRecords.ParseBody(b.Prefix, b.Body)).ToList();
            Assert.Equal(20 * (round + 1), stored.Count(r => r.Prefix != flood.Prefix));
            Assert.InRange(stored.Count(r => r.Prefix == flood.Prefix), 1, 29_000);
        }
    }

    /// <summary>S-118.</summary>
    [Fact]
    public void Of_deleted_unread_files_beyond_the_limit_the_largest_is_given_up_and_counted()
    {
        using var tail = new TailHarness(new TailOptions { Tail = t => t with { Buffer = new() { MaxDeletedUnread = 200_000 } }, Output = (_, o) => o with { Buffer = new() { MaxSize = 700_000 } } });
        var filler = tail.Container("filler").Write(Enumerable.Range(0, 700).Select(i => $"{i} {new string('x', 1000)}"));
        tail.Run();
        var small = tail.Container("small").Write(Enumerable.Range(0, 120).Select(i => $"{i} {new string('x', 1000)}"));
        var large = tail.Container("large").Write(Enumerable.Range(0, 300).Select(i => $"{i} {new string('x', 1000)}"));
        tail.Run();
        var size = large.Live.Length;
        small.Delete();
        large.Delete();
        tail.Advance(2);
        Assert.Equal(size, tail.LostBytes(BytesLostReason.DeletedUnread));
        Assert.Single(tail.Log.Warnings, w => w.Contains("given up", StringComparison.Ordinal));
        for (var i = 0; i < 20; i++)
        {
            tail.Outputs[0].Upload();
            tail.Advance(1);
        }

        Assert.Equal(120, tail.Stored().Of(small).Count);
        Assert.Equal(700, tail.Stored().Of(filler).Count);
        Assert.Empty(tail.Stored().Of(large));
    }

    /// <summary>Where descriptors are few they are closed to be opened again; what no name leads to could not be.</summary>
    [Fact]
    public void A_deleted_unread_file_keeps_its_descriptor_however_few_there_are()
    {
        using var tail = new TailHarness(new TailOptions { Tail = t => t with { MaxOpenFiles = 2 }, Output = (_, o) => o with { Buffer = new() { MaxSize = 700_000 } } });
        tail.Container("filler").Write(Enumerable.Range(0, 700).Select(i => $"{i} {new string('x', 1000)}"));
        tail.Run();
        var deleted = tail.Container("deleted").Write(Enumerable.Range(0, 100).Select(i => $"{i} {new string('x', 1000)}"));
        tail.Run();
        deleted.Delete();
        tail.Container("another").Write("a");
        tail.Container("third").Write("b");
        for (var i = 0; i < 20; i++)
        {
            tail.Advance(1);
            tail.Outputs[0].Upload();
        }

        Assert.Equal(100, tail.Stored().Of(deleted).Count);
        tail.AssertNothingLost();
    }

    /// <summary>A rotated file is deleted while one of two outputs, which is full, has not got its lines; the other one goes on to its successor.</summary>
    [Fact]
    public void A_deleted_file_keeps_its_descriptor_for_the_output_that_has_not_got_it()
    {
        using var tail = new TailHarness(new TailOptions { Outputs = 2, Tail = t => t with { MaxOpenFiles = 2 }, Output = (i, o) => i == 0 ? o with { Buffer = new() { MaxSize = 700_000 } } : o });
        tail.Container("filler").Write(Enumerable.Range(0, 700).Select(i => $"{i} {new string('x', 1000)}"));
        tail.Run();
        var log = tail.Container("deleted").Write(Enumerable.Range(0, 100).Select(i => $"{i} {new string('x', 1000)}"));
        tail.Run();
        log.Rotate();
        log.Rotated.Delete();
        log.Write("new");
        tail.Advance(5);
        Assert.Equal((0, 101), (tail.Stored(0).Of(log).Count, tail.Stored(1).Of(log).Count));
        for (var i = 0; i < 20; i++)
        {
            tail.Advance(1);
            tail.Outputs[0].Upload();
        }

        Assert.Equal((101, 101), (tail.Stored(0).Of(log).Count, tail.Stored(1).Of(log).Count));
        tail.AssertNothingLost();
    }

    /// <summary>S-119.</summary>
    [Fact]
    public void An_exception_in_one_files_step_parks_that_file_until_it_passes()
    {
        var isBroken = true;
        using var tail = new TailHarness(new TailOptions
        {
            Identify = c => c.Pod == "broken" && c.Restart == 1 && isBroken ? throw new InvalidOperationException("broken") : TailHarness.IdentityOf(c),
        });
        var broken = tail.Container("broken").Write("a");
        var whole = tail.Container("whole").Write("b");
        tail.Run();
        broken.Write("c").Restart().Write("d");
        for (var i = 0; i < 20; i++)
        {
            whole.Write($"goes on {i}");
            tail.Advance(1);
        }

        Assert.Equal(["a", "c"], tail.Stored().Of(broken));
        Assert.Equal(21, tail.Stored().Of(whole).Count);
        Assert.Equal(1, tail.Books.Snapshot().Tail.Parked);
        Assert.Single(tail.Log.Warnings);
        isBroken = false;
        tail.Advance(61);
        Assert.Equal(["a", "c", "d"], tail.Stored().Of(broken));
        Assert.Equal(0, tail.Books.Snapshot().Tail.Parked);
    }

    [Fact]
    public void An_exception_while_a_container_is_taken_up_leaves_the_others_alone()
    {
        var isBroken = true;
        using var tail = new TailHarness(new TailOptions { Identify = c => c.Pod == "broken" && isBroken ? throw new InvalidOperationException("broken") : TailHarness.IdentityOf(c) });
        var broken = tail.Container("broken").Write("a");
        var whole = tail.Container("whole").Write("b");
        tail.Advance(60);
        Assert.Equal(["b"], tail.Stored().Of(whole));
        Assert.Single(tail.Log.Warnings);
        isBroken = false;
        tail.Advance(31);
        Assert.Equal(["a"], tail.Stored().Of(broken));
    }

    [Fact]
    public void A_full_disk_does_not_end_the_tail_whatever_it_was_about_to_note()
    {
        using var tail = new TailHarness(TailOptions.Files());
        var log = tail.Container().Write("a");
        var file = tail.File("files/app.log").Lines("b", "", "");
        tail.Run();
        var capacity = tail.Disk.CapacityBytes;
        tail.Disk.CapacityBytes = 0;
        log.Write("c").Delete();
        file.Lines("", "d");
        tail.Advance(120);
        tail.Disk.CapacityBytes = capacity;
        tail.Advance(40);
        Assert.Equal(["a", "b", "c", "d"], tail.Stored().Logs.Order());
        tail.AssertNothingLost();
    }

    [Fact]
    public void Ended_generations_are_forgotten_in_time()
    {
        using var tail = new TailHarness();
        var log = tail.Container();
        for (var i = 0; i < 5; i++)
        {
            log.Write($"line {i}").Rotate();
            tail.Run();
            log.Rotated.Delete();
        }

        log.Write("last");
        tail.Advance(130);
        tail.Outputs[0].Upload();
        tail.Clock.Advance(TimeSpan.FromHours(2));
        tail.Advance(60);
        Assert.Single(tail.Worker.Chains.Single().Generations);
        Assert.Single(tail.Outputs[0].Buffer.Positions.Snapshot().Entries);
        log.Delete();
        tail.Advance(5);
        tail.Outputs[0].Upload();
        tail.Clock.Advance(TimeSpan.FromHours(2));
        tail.Advance(60);
        Assert.Empty(tail.Worker.Chains);
        Assert.Equal(6, tail.Stored().All.Count);
        tail.AssertNothingLost();
    }
}
