using System.Text;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>From bytes of a container's log to records.</summary>
public class LineTests
{
    private const int Max = 1000;
    private static readonly TailOptions s_small = new() { Containers = c => c with { MaxRecordSize = Max } };

    /// <summary>S-42.</summary>
    [Fact]
    public void A_line_split_over_two_writes_is_one_record()
    {
        using var tail = new TailHarness();
        var log = tail.Container();
        var line = log.Line("stdout", "F", "in two writes");
        for (var cut = 1; cut < line.Length; cut++)
        {
            var copy = log.Line("stdout", "F", $"in two writes {cut}");
            log.Raw(copy[..cut]);
            tail.Run();
            log.Raw(copy[cut..]);
            tail.Run();
        }

        Assert.Equal(Enumerable.Range(1, line.Length - 1).Select(i => $"in two writes {i}"), tail.Stored().Of(log));
    }

    /// <summary>S-42 at the end of the read buffer.</summary>
    [Fact]
    public void A_line_over_the_end_of_the_read_buffer_is_one_record()
    {
        using var tail = new TailHarness();
        var log = tail.Container();
        var lines = Enumerable.Range(0, 600).Select(i => $"{i} {new string((char)('a' + (i % 26)), 900 + i)}").ToList();
        log.Write(lines);
        tail.Run();
        Assert.Equal(lines, tail.Stored().Of(log));
    }

    /// <summary>S-43 for containers.</summary>
    [Fact]
    public void An_unterminated_last_line_of_a_container_waits_for_the_end_of_its_file()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a");
        log.Raw(log.Line("stdout", "F", "no newline")[..^1]);
        tail.Advance(300);
        Assert.Equal(["a"], tail.Stored().Of(log));
        log.Rotate().Write("next");
        tail.Advance(50);
        Assert.Equal(["a"], tail.Stored().Of(log));
        tail.Advance(20);
        Assert.Equal(["a", "no newline", "next"], tail.Stored().Of(log));
        Assert.True(tail.Stored().Single("no newline").IsPartial);
        Assert.Equal(1, tail.Source().Partial);
    }

    [Fact]
    public void An_unterminated_last_line_of_a_deleted_container_is_a_record_after_a_moment()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a");
        log.Raw(log.Line("stdout", "F", "no newline")[..^1]);
        tail.Run();
        log.Delete();
        tail.Advance(3);
        Assert.Equal(["a", "no newline"], tail.Stored().Of(log));
        tail.AssertNothingLost();
    }

    /// <summary>S-44.</summary>
    [Theory]
    [InlineData(End.Clean)]
    [InlineData(End.Kill)]
    [InlineData(End.PowerLoss)]
    public void A_line_that_is_begun_before_a_restart_and_ended_after_it_is_one_record(End end)
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a");
        var line = log.Line("stdout", "F", "one line");
        log.Raw(line[..30]);
        tail.Run();
        tail.Restart(end);
        tail.Run();
        log.Raw(line[30..]);
        tail.Run();
        Assert.Equal(["a", "one line"], tail.Stored().Of(log));
    }

    /// <summary>S-49.</summary>
    [Theory]
    [InlineData(5_000)]
    [InlineData(300_000)]
    [InlineData(3_000_000)]
    public void A_single_line_beyond_the_limit_is_cut_and_the_file_is_read_on(int length)
    {
        using var tail = new TailHarness(s_small);
        var log = tail.Container().Write("before");
        log.Full(new string('x', length)).Write("after");
        log.Raw(new string('n', length) + "\n").Write("last");
        tail.Run();
        var stored = tail.Stored();
        Assert.Equal(["before", new string('x', Max), "after", new string('n', Max), "last"], stored.Of(log));
        Assert.Equal([false, true, false, true, false], stored.All.Select(r => r.IsTruncated));
        Assert.True(stored.All[3].IsUnparsed);
    }

    [Fact]
    public void A_text_is_cut_between_two_characters()
    {
        using var tail = new TailHarness(s_small);
        var log = tail.Container();
        for (var shift = 1; shift <= 4; shift++)
        {
            log.Full(new string('x', shift) + string.Concat(Enumerable.Repeat("😀", 300)));
            log.Partial(new string('y', shift) + string.Concat(Enumerable.Repeat("😀", 200))).Full(string.Concat(Enumerable.Repeat("😀", 200)));
            log.Raw(new string('z', shift) + string.Concat(Enumerable.Repeat("☃", 400)) + "\n");
        }

        tail.Run();
        Assert.Equal(0, tail.Source().InvalidUtf8);
        Assert.Equal(12, tail.Source().Truncated);
        Assert.All(tail.Stored().Logs, l => Assert.InRange(Encoding.UTF8.GetByteCount(l), Max - 3, Max));
        Assert.DoesNotContain(tail.Stored().Logs, l => l.Contains('�', StringComparison.Ordinal));
    }

    /// <summary>S-51 for containers: what the runtime wrote is the text, whatever it is.</summary>
    [Fact]
    public void Empty_texts_blanks_and_carriage_returns_of_a_container_are_kept()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a", "", "  ", "b\r", "c");
        tail.Run();
        Assert.Equal(["a", "", "  ", "b\r", "c"], tail.Stored().Of(log));
    }

    /// <summary>S-52.</summary>
    [Fact]
    public void A_malformed_line_is_kept_whole_marked_and_counted()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a").Raw("no time stdout F x\n").Raw("2026-11-20T10:00:00Z stdnone F y\n").Raw("2026-11-20T10:00:00Z stdout\n").Write("b");
        tail.Run();
        Assert.Equal(["a", "no time stdout F x", "2026-11-20T10:00:00Z stdnone F y", "2026-11-20T10:00:00Z stdout", "b"], tail.Stored().Of(log));
        Assert.Equal(3, tail.Source().Unparsed);
        Assert.Equal(3, tail.Stored().All.Count(r => r.IsUnparsed));
    }

    /// <summary>S-54.</summary>
    [Fact]
    public void Further_flags_behind_the_tag_are_accepted()
    {
        using var tail = new TailHarness();
        var log = tail.Container();
        log.Raw(log.Line("stdout", "P:x", "one ")).Raw(log.Line("stdout", "F:y:z", "record"));
        tail.Run();
        Assert.Equal(["one record"], tail.Stored().Of(log));
    }

    /// <summary>S-55.</summary>
    [Fact]
    public void Times_that_go_back_change_nothing_in_the_order()
    {
        using var tail = new TailHarness();
        var log = tail.Container();
        foreach (var hour in (int[])[10, 12, 9, 11])
        {
            log.Raw($"2026-11-20T{hour:d2}:00:00Z stdout F at {hour}\n");
        }

        tail.Run();
        Assert.Equal(["at 10", "at 12", "at 9", "at 11"], tail.Stored().Of(log));
        Assert.Single(tail.Outputs[0].Bodies());
    }

    /// <summary>S-56: the lines of an exception stay records, in order, over a rotation and a restart.</summary>
    [Theory]
    [InlineData(End.Clean)]
    [InlineData(End.Kill)]
    public void An_exception_over_a_rotation_and_a_restart_keeps_its_lines_in_order(End end)
    {
        using var tail = new TailHarness();
        var trace = Enumerable.Range(0, 9).Select(i => i == 0 ? "java.lang.Exception: x" : $"\tat frame {i}").ToList();
        var log = tail.Container().Write(trace.Take(3));
        tail.Run();
        log.Write(trace.Skip(3).Take(2)).Rotate().Write(trace.Skip(5).Take(2));
        tail.Restart(end);
        log.Write(trace.Skip(7));
        tail.Run();
        Assert.Equal(trace, tail.Stored().Of(log));
    }

    [Fact]
    public void NULs_at_the_end_of_a_log_do_not_stop_what_comes_behind_them()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a").Raw(new byte[5000]);
        tail.Run();
        log.Rotate().Write("b");
        tail.Advance(70);
        Assert.Equal(["a", "b"], tail.Stored().Of(log));
        Assert.Equal(2, tail.Source().Records);
    }
}
