using System.Text;
using Collector.Pipeline.Tailing;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>From partial lines of a container's log to whole records.</summary>
public class JoiningTests
{
    private const int Max = 1000;
    private static readonly TailOptions s_small = new() { Containers = c => c with { MaxRecordSize = Max } };

    /// <summary>S-45.</summary>
    [Fact]
    public void Partials_and_their_end_are_one_record_with_the_first_ones_time()
    {
        using var tail = new TailHarness();
        var log = tail.Container();
        var first = log.Line("stdout", "P", "one ");
        log.Raw(first).Partial("two ").Partial("three ").Full("four");
        tail.Run();
        var record = tail.Stored().Single("one two three four");
        Assert.Equal(Encoding.UTF8.GetString(first)[..30], record.Time);
        Assert.False(record.IsPartial || record.IsTruncated);
    }

    /// <summary>S-46.</summary>
    [Fact]
    public void Partials_of_the_two_streams_between_each_other_are_two_records()
    {
        using var tail = new TailHarness();
        var log = tail.Container();
        log.Partial("o1 ").Partial("e1 ", "stderr").Partial("o2 ").Full("e2", "stderr").Write().Full("o3");
        tail.Run();
        Assert.Equal(["o1 o2 o3"], tail.Stored().Of(log, "stdout"));
        Assert.Equal(["e1 e2"], tail.Stored().Of(log, "stderr"));
    }

    /// <summary>S-47.</summary>
    [Theory]
    [InlineData("deleted", 3)]
    [InlineData("restarted", 3)]
    [InlineData("silent", 62)]
    public void Partials_whose_end_does_not_come_are_a_record_marked_partial(string how, int seconds)
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a").Partial("begun ").Partial("never ended");
        tail.Run();
        switch (how)
        {
            case "deleted":
                log.Delete();
                break;
            case "restarted":
                log.Restart().Write("of the next run");
                break;
        }

        tail.Advance(seconds);
        var record = tail.Stored().Single("begun never ended");
        Assert.True(record.IsPartial);
        Assert.Equal(0, record.Restart);
        Assert.Equal("begun never ended", tail.Stored().Of(log)[1]);
        tail.AssertNothingLost();
    }

    /// <summary>S-48.</summary>
    [Fact]
    public void A_joined_record_beyond_the_limit_is_cut_marked_and_counted_and_its_neighbours_are_whole()
    {
        using var tail = new TailHarness(s_small);
        var log = tail.Container().Write("before");
        log.Partial(new string('x', 600)).Partial(new string('y', 600)).Full(new string('z', 600)).Write("after");
        tail.Run();
        var stored = tail.Stored();
        Assert.Equal(["before", new string('x', 600) + new string('y', 400), "after"], stored.Of(log));
        Assert.True(stored.All[1].IsTruncated);
        Assert.Equal(1, tail.Source().Truncated);
    }

    [Fact]
    public void Partials_without_end_are_closed_at_a_limit_and_what_follows_is_another_record()
    {
        using var tail = new TailHarness(s_small);
        var log = tail.Container();
        for (var i = 0; i < 40; i++)
        {
            log.Partial($"{i} {new string('x', 900)}");
        }

        log.Full("end").Write("after");
        tail.Run();
        tail.Restart(End.Kill);
        tail.Run();
        var stored = tail.Stored();
        Assert.Equal(4, stored.All.Count);
        Assert.All(stored.All[..^1], r => Assert.True(r.IsTruncated));
        Assert.Equal("after", stored.Logs[^1]);
    }

    [Fact]
    public void Partials_between_too_many_lines_of_the_other_stream_are_closed()
    {
        using var tail = new TailHarness();
        var log = tail.Container();
        for (var i = 0; i < PartialRun.MostRuns; i++)
        {
            log.Partial(i == 0 ? "begun " : ".").Full($"line {i}", "stderr");
        }

        log.Full("end");
        tail.Run();
        Assert.Equal(PartialRun.MostRuns, tail.Stored().Of(log, "stderr").Count);
        var stored = tail.Stored().All.FindAll(r => r.Stream == "stdout");
        Assert.Equal([true, false], stored.Select(r => r.IsTruncated));
        Assert.Equal(["begun " + new string('.', PartialRun.MostRuns - 1), "end"], stored.Select(r => r.Log));
    }

    [Fact]
    public void What_is_pending_over_all_chains_has_a_limit()
    {
        using var tail = new TailHarness();
        var logs = Enumerable.Range(0, 40).Select(i => tail.Container($"pod{i:d2}")).ToList();
        foreach (var log in logs)
        {
            for (var i = 0; i < 60; i++)
            {
                log.Partial($"{i:d2} {new string('x', 16_000)}");
            }
        }

        tail.Run();
        tail.Advance(1);
        Assert.InRange(tail.Worker.PendingBytes, 1, 32 << 20);
        logs.ForEach(l => l.Full("end"));
        tail.Run();
        var stored = tail.Stored();
        Assert.All(logs, l => Assert.EndsWith("end", stored.Of(l)[^1], StringComparison.Ordinal));
        Assert.All(logs, l => Assert.Equal((60 * 16_003) + 3, stored.Of(l).Sum(t => t.Length)));
    }

    /// <summary>S-50.</summary>
    [Fact]
    public void A_character_split_over_two_partials_is_whole_after_joining()
    {
        using var tail = new TailHarness();
        var log = tail.Container();
        var smile = Encoding.UTF8.GetBytes("😀");
        log.Raw([.. Encoding.UTF8.GetBytes($"{log.Time()} stdout P a"), .. smile[..2], (byte)'\n']);
        log.Raw([.. Encoding.UTF8.GetBytes($"{log.Time()} stdout F "), .. smile[2..], (byte)'b', (byte)'\n']);
        tail.Run();
        Assert.Equal(["a😀b"], tail.Stored().Of(log));
        Assert.Equal(0, tail.Source().InvalidUtf8);
    }

    /// <summary>S-108.</summary>
    [Fact]
    public void A_kill_at_every_byte_of_interleaved_partials_over_a_rotation_gives_each_record_whole_and_once()
    {
        using var probe = new TailHarness();
        var total = Interleave(probe.Container()).Sum(p => p.Length);
        for (var at = 1; at <= total; at++)
        {
            using var tail = new TailHarness();
            var log = tail.Container();
            var left = at;
            var rotateAfter = 4;
            foreach (var (piece, index) in Interleave(log).Select((p, i) => (p, i)))
            {
                if (index == rotateAfter)
                {
                    log.Rotate();
                }

                var now = Math.Min(left, piece.Length);
                log.Raw(piece[..now]);
                if (left > 0 && now == left)
                {
                    tail.Run();
                    tail.Restart(at % 2 == 0 ? End.Kill : End.PowerLoss);
                    tail.Run();
                }

                left -= now;
                log.Raw(piece[now..]);
            }

            tail.Advance(3);
            Assert.Equal(["o1 o2 o3 o4", "out"], tail.Stored().Of(log, "stdout"));
            Assert.Equal(["err 1", "e1 e2", "err 2"], tail.Stored().Of(log, "stderr"));
            tail.AssertNothingLost();
        }
    }

    private static IEnumerable<byte[]> Interleave(KubeletLog log)
    {
        yield return log.Line("stdout", "P", "o1 ");
        yield return log.Line("stderr", "F", "err 1");
        yield return log.Line("stdout", "P", "o2 ");
        yield return log.Line("stderr", "P", "e1 ");
        yield return log.Line("stdout", "P", "o3 ");
        yield return log.Line("stderr", "F", "e2");
        yield return log.Line("stderr", "F", "err 2");
        yield return log.Line("stdout", "F", "o4");
        yield return log.Line("stdout", "F", "out");
    }

    /// <summary>S-137: half of them are partials, half are lines without an end.</summary>
    [Fact]
    public void Three_hundred_containers_with_a_megabyte_of_unfinished_line_take_bounded_memory_and_stop_nobody()
    {
        const int Containers = 300;
        const long Limit = 32 << 20;
        using var tail = new TailHarness(new TailOptions { Match = (_, identity) => identity.PodName == "neighbour" });
        var neighbour = tail.Container("neighbour");
        var logs = Enumerable.Range(0, Containers).Select(i => tail.Container($"pod{i}")).ToList();
        byte[] partials = [.. Enumerable.Repeat(logs[0].Line("stdout", "P", new string('x', 16 << 10)), 64).SelectMany(l => l)];
        var unfinished = logs[0].Line("stdout", "F", new string('y', 1 << 20))[..^1];
        for (var i = 0; i < Containers; i++)
        {
            logs[i].Raw(i % 2 == 0 ? partials : unfinished);
        }

        for (var round = 0; round < 10; round++)
        {
            neighbour.Write($"round {round}");
            tail.Worker.PollAll();
            tail.Cycle();
            Assert.InRange(tail.Worker.PendingBytes, 0, Limit + (1 << 20));
        }

        logs.ForEach(l => l.Raw("\n").Full("the end").Full("another"));
        tail.Run();
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"round {i}"), tail.Stored().Of(neighbour));
        Assert.All(tail.Worker.Chains, c => Assert.Equal(0, c.Generations.Single().Unread(c.Outputs)));
        Assert.All(tail.Worker.Chains.Where(c => c.Outputs.Count == 0), c => Assert.Equal(c.Generations.Single().Size, c.Generations.Single().Unwanted.FirstGap(0)));
    }
}
