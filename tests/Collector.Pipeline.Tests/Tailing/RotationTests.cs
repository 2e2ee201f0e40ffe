using Collector.Pipeline.Diagnostics;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>What kubelet does to a container's log.</summary>
public class RotationTests
{
    /// <summary>S-19.</summary>
    [Fact]
    public void A_log_renamed_while_it_is_being_read_is_read_to_its_end_before_the_new_one()
    {
        using var tail = new TailHarness();
        var log = tail.Container();
        var lines = Enumerable.Range(0, 4000).Select(i => $"{i:d5} {new string('x', 1000)}").ToList();
        log.Write(lines.Take(3000));
        tail.Cycle();
        Assert.True(tail.Outputs[0].Buffer.OpenChunks > 0);
        log.Rotate().Write(lines.Skip(3000));
        tail.Run();
        Assert.Equal(lines, tail.Stored().Of(log));
    }

    /// <summary>S-20.</summary>
    [Fact]
    public void A_line_that_is_finished_in_the_renamed_file_is_one_record()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a");
        var line = log.Line("stdout", "F", "begun here, finished there");
        log.Raw(line[..25]);
        tail.Run();
        log.Rotate().Write("c");
        tail.Advance(5);
        log.Late(line[25..]);
        tail.Advance(2);
        Assert.Equal(["a", "begun here, finished there", "c"], tail.Stored().Of(log));
    }

    /// <summary>S-21, S-116: a wall clock that is set an hour ahead in between is no silence of an hour.</summary>
    [Fact]
    public void A_partial_waits_for_its_end_whatever_the_wall_clock_says()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Partial("a1 ");
        tail.Run();
        log.Rotate();
        tail.Advance(2);
        tail.Clock.StepWallClock(TimeSpan.FromHours(1));
        tail.Advance(2);
        log.Full("a2");
        tail.Advance(2);
        Assert.Equal(["a1 a2"], tail.Stored().Of(log));
    }

    /// <summary>S-21.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_partial_whose_end_lands_in_the_new_file_is_one_record(bool restarts)
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a").Partial("b1 ");
        tail.Run();
        log.Rotate();
        tail.Advance(2);
        if (restarts)
        {
            tail.Restart(End.Kill);
        }

        log.Full("b2").Write("c");
        tail.Advance(2);
        Assert.Equal(["a", "b1 b2", "c"], tail.Stored().Of(log));
        Assert.False(tail.Stored().Single("b1 b2").IsPartial);
        tail.AssertNothingLost();
    }

    [Fact]
    public void A_partial_whose_end_comes_late_to_the_old_file_is_not_joined_with_a_line_of_the_new_one()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Partial("b1 ");
        tail.Run();
        log.Rotate().Write("c");
        tail.Run();
        log.Late("b2");
        tail.Advance(3);
        Assert.Equal(["b1 b2", "c"], tail.Stored().Of(log));
    }

    /// <summary>S-22.</summary>
    [Fact]
    public void What_is_written_to_the_renamed_file_for_a_minute_is_all_read()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a");
        tail.Run();
        log.Rotate().Write("new");
        for (var i = 0; i < 60; i++)
        {
            tail.Advance(1);
            log.Late($"late {i}");
        }

        tail.Advance(2);
        Assert.Equal([.. Enumerable.Range(0, 60).Select(i => $"late {i}"), "a", "new"], tail.Stored().Of(log).OrderBy(l => l[0] == 'l' ? int.Parse(l[5..]) : 99));
    }

    /// <summary>A writer that was not told of the rotation may have slept for long: a file that was rotated minutes ago is looked at once a minute.</summary>
    [Theory]
    [InlineData(60)]
    [InlineData(130)]
    [InlineData(600)]
    public void What_is_written_to_the_renamed_file_after_minutes_is_read_within_a_minute(double silence)
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a");
        tail.Run();
        log.Rotate().Write("b");
        tail.Advance(silence);
        log.Late("c");
        tail.Advance(62);
        Assert.Equal(["a", "b", "c"], tail.Stored().Of(log));
    }

    /// <summary>S-23.</summary>
    [Fact]
    public void A_log_that_was_renamed_and_has_no_successor_is_read_on()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a");
        tail.Run();
        log.Rename().Write("b");
        tail.Advance(90);
        log.Write("c");
        tail.Advance(2);
        Assert.Equal(["a", "b", "c"], tail.Stored().Of(log));
        Assert.Empty(tail.Log.Warnings);
    }

    /// <summary>S-24 and S-30.</summary>
    [Fact]
    public void Several_rotations_before_the_first_is_drained_are_read_in_order()
    {
        using var tail = new TailHarness();
        var log = tail.Container();
        var lines = Enumerable.Range(0, 5000).Select(i => $"{i:d5} {new string('x', 600)}").ToList();
        log.Write(lines.Take(2000));
        tail.Cycle();
        log.Rotate().Write(lines.Skip(2000).Take(1000)).Rotate().Write(lines.Skip(3000).Take(1000)).Rotate().Write(lines.Skip(4000));
        tail.Run();
        Assert.Equal(lines, tail.Stored().Of(log));
    }

    /// <summary>S-30: all of it was written while nobody collected, and kubelet's stamps go back an hour.</summary>
    [Fact]
    public void A_backlog_of_rotated_siblings_is_read_oldest_first_by_the_times_in_it()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("1").Rotate();
        log.Rotated.Rename("0.log.20261025-025959").Gzip();
        tail.Clock.Advance(TimeSpan.FromMinutes(1));
        log.Write("2").Rotate();
        log.Rotated.Rename("0.log.20261025-020059");
        tail.Clock.Advance(TimeSpan.FromMinutes(1));
        log.Write("3");
        tail.Run();
        Assert.Equal(["1", "2", "3"], tail.Stored().Of(log));
    }

    /// <summary>S-25.</summary>
    [Fact]
    public void A_log_renamed_to_a_name_of_no_known_form_is_drained_through_its_descriptor()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a");
        tail.Run();
        log.Write("b").Live.Rename("backup");
        log.Write("c").Reopen().Write("d");
        tail.Advance(5);
        Assert.Equal(["a", "b", "c", "d"], tail.Stored().Of(log));
        tail.AssertNothingLost();
    }

    /// <summary>S-26 and S-28.</summary>
    [Fact]
    public void A_log_compressed_while_it_is_open_is_read_from_its_descriptor_and_not_again()
    {
        using var tail = new TailHarness();
        var lines = Enumerable.Range(0, 3000).Select(i => $"{i:d5} {new string('x', 600)}").ToList();
        var log = tail.Container().Write(lines);
        tail.Cycle();
        log.Rotate().Write("new");
        log.Rotated.BeginGzip();
        tail.Cycle();
        log.Rotated.FinishGzip();
        tail.Cycle();
        log.Rotated.Delete();
        tail.Run();
        tail.Advance(10);
        Assert.Equal([.. lines, "new"], tail.Stored().Of(log));
        tail.Advance(300);
        tail.Restart(End.Kill);
        tail.Run();
        Assert.Equal(3001, tail.Stored().All.Count);
        tail.AssertNothingLost();
    }

    /// <summary>S-27.</summary>
    [Theory]
    [InlineData(End.Clean)]
    [InlineData(End.Kill)]
    [InlineData(End.PowerLoss)]
    public void A_log_rotated_and_compressed_while_nobody_collected_is_read_on_inside_the_compressed_file(End end)
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a", "b");
        tail.Run();
        tail.Stored();
        tail.Stop(end);
        log.Write("c", "d").Rotate().Write("e");
        log.Rotated.Gzip();
        tail.Start();
        tail.Run();
        Assert.Equal(["a", "b", "c", "d", "e"], tail.Stored().Of(log));
        tail.AssertNothingLost();
    }

    /// <summary>S-29.</summary>
    [Fact]
    public void A_rotated_log_deleted_before_it_was_read_is_counted()
    {
        using var tail = new TailHarness(new TailOptions { Output = (_, o) => o with { Buffer = new() { MaxSize = 400_000 } } });
        var log = tail.Container();
        log.Write(Enumerable.Range(0, 1000).Select(i => $"{i:d5} {new string('x', 1000)}"));
        var size = log.Live.Length;
        tail.Run();
        tail.Stop(End.Kill);
        log.Rotate().Rotated.Delete();
        log.Write("new");
        tail.Options = tail.Options with { Output = (_, o) => o };
        tail.Start();
        tail.Run();
        tail.Advance(3);
        var stored = tail.Stored().Of(log);
        Assert.Equal("new", stored[^1]);
        Assert.InRange(stored.Count, 2, 999);
        Assert.Equal(1, tail.LostFiles(FilesLostReason.GenerationGone));
        Assert.InRange(tail.LostBytes(BytesLostReason.RotatedAway), 1, size);
        Assert.Single(tail.Log.Warnings, w => w.Contains("counted as lost", StringComparison.Ordinal));
    }

    /// <summary>S-38.</summary>
    [Fact]
    public void A_deleted_log_is_drained_before_it_is_closed()
    {
        using var tail = new TailHarness();
        var log = tail.Container();
        var lines = Enumerable.Range(0, 3000).Select(i => $"{i:d5} {new string('x', 1000)}").ToList();
        log.Write(lines);
        tail.Cycle();
        log.Delete();
        tail.Run();
        log.Write("after the deletion");
        tail.Run();
        tail.Advance(5);
        Assert.Equal([.. lines, "after the deletion"], tail.Stored().Of(log));
        Assert.Equal(0, tail.Worker.Chains.Sum(c => c.OpenFiles));
        tail.AssertNothingLost();
    }

    /// <summary>S-40, at a hundredth of its size.</summary>
    [Fact]
    public void A_burst_with_a_rotation_behind_it_loses_nothing()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("first");
        tail.Run();
        var lines = Enumerable.Range(0, 3000).Select(i => $"{i:d5} {new string('x', 1000)}").ToList();
        log.Write(lines).Rotate().Write("last");
        log.Rotated.Gzip();
        tail.Run();
        Assert.Equal(["first", .. lines, "last"], tail.Stored().Of(log));
    }

    /// <summary>S-41, with two hundred files.</summary>
    [Fact]
    public void Many_logs_rotated_at_one_moment_lose_nothing()
    {
        using var tail = new TailHarness();
        var logs = Enumerable.Range(0, 200).Select(i => tail.Container($"pod{i}").Write("a")).ToList();
        tail.Run();
        logs.ForEach(l => l.Write("b"));
        logs.ForEach(l => l.Rename());
        logs.ForEach(l => l.Write("c"));
        logs.ForEach(l => l.Reopen().Write("d"));
        tail.Run();
        var stored = tail.Stored();
        Assert.All(logs, l => Assert.Equal(["a", "b", "c", "d"], stored.Of(l)));
        tail.AssertNothingLost();
    }

    /// <summary>S-112.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_rotation_that_kubelet_undoes_stores_nothing_twice(bool restarts)
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a");
        tail.Run();
        log.Rename().Write("b");
        tail.Run();
        log.UndoRename();
        if (restarts)
        {
            tail.Restart(End.Kill);
        }

        log.Write("c");
        tail.Run();
        log.Rotate().Write("d");
        tail.Run();
        Assert.Equal(["a", "b", "c", "d"], tail.Stored().Of(log));
        tail.AssertNothingLost();
    }

    /// <summary>S-113.</summary>
    [Theory]
    [InlineData(End.Kill)]
    [InlineData(End.PowerLoss)]
    public void A_log_that_lost_its_tail_in_a_power_failure_goes_on_at_its_new_end(End end)
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a", "b");
        var kept = log.Live.Length;
        log.Write("c", "d");
        tail.Run();
        tail.Stored();
        tail.Stop(end);
        log.Live.Truncate(kept);
        tail.Start();
        tail.Run();
        log.Write("e", "f");
        tail.Run();
        Assert.Equal(["a", "b", "c", "d", "e", "f"], tail.Stored().Of(log));
        tail.AssertNothingLost();
        Assert.Contains(tail.Log.Lines, l => l.Message.Contains("as after a power failure", StringComparison.Ordinal));
        tail.Restart(End.Kill);
        log.Write("g");
        tail.Run();
        Assert.Equal(["a", "b", "c", "d", "e", "f", "g"], tail.Stored().Of(log));
        tail.AssertNothingLost();
    }

    /// <summary>S-120.</summary>
    [Theory]
    [InlineData(End.Clean)]
    [InlineData(End.Kill)]
    [InlineData(End.PowerLoss)]
    public void Rotations_compression_and_a_restart_while_nobody_collected_are_caught_up_in_order(End end)
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("0", "1");
        tail.Run();
        tail.Stored();
        tail.Stop(end);
        log.Write("2").Rotate().Rotated.Gzip();
        tail.Clock.Advance(TimeSpan.FromSeconds(10));
        log.Write("3").Rotate().Rotated.Gzip();
        tail.Clock.Advance(TimeSpan.FromSeconds(10));
        log.Write("4").Rotate().Write("5");
        log.Restart().Write("6");
        tail.Clock.Advance(TimeSpan.FromSeconds(10));
        tail.Start();
        tail.Run();
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6"], tail.Stored().Of(log));
        Assert.Equal((0, 1), (tail.Stored().Single("5").Restart, tail.Stored().Single("6").Restart));
        tail.AssertNothingLost();
    }
}
