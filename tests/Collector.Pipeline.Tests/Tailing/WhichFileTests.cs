using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Sources.Files;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>Design R1 to R7 from files to records: what a file is called proves nothing, what is in it does.</summary>
public class WhichFileTests
{
    /// <summary>S-123 for <c>file</c> sources.</summary>
    [Theory]
    [InlineData("app.log.old", false, false)]
    [InlineData("app.2.log", true, false)]
    [InlineData("app-2026-11-20T10-00-00.000.log", false, true)]
    [InlineData("@40000000673dc1a20c5e2e14.s", true, true)]
    [InlineData("archive/app.log", false, false)]
    [InlineData("archive/app.log", true, true)]
    [InlineData("app.log-1732096800", true, false)]
    public void A_followed_file_that_is_renamed_to_any_name_is_stored_once(string name, bool isDown, bool startsAtEnd)
    {
        using var tail = new TailHarness(TailOptions.Files(f => f with { StartAt = startsAtEnd ? StartAt.End : StartAt.Beginning }));
        Directory.CreateDirectory(Path.Join(tail.Node.Files, "archive"));
        var file = tail.File("files/app.log").Lines("there before");
        tail.Run();
        file.Lines("a");
        tail.Run();
        if (isDown)
        {
            tail.Stop(End.Kill);
        }

        file.Lines("b").Rename(name);
        file.Lines("late");
        tail.File("files/app.log").Lines("c");
        if (isDown)
        {
            tail.Start();
        }

        tail.Advance(90);
        Assert.Equal(startsAtEnd ? ["a", "b", "c", "late"] : ["a", "b", "c", "late", "there before"], tail.Stored().Logs.Order());
        tail.AssertNothingLost();
    }

    /// <summary>The inode of a known file holds other bytes under a name that nobody takes: the next look tells whose they are, though nothing changes any more.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_directory_whose_look_did_not_hold_is_looked_at_again_without_a_change(bool isDown)
    {
        using var tail = new TailHarness(TailOptions.Files());
        var file = tail.File("files/app.log").Lines("a");
        tail.Advance(10);
        if (isDown)
        {
            tail.Stop(End.Kill);
        }

        file.Truncate();
        file.Lines("other bytes").Rename("@40000000673dc1a20c5e2e14.s");
        tail.File("files/app.log").Lines("c");
        tail.Clock.Advance(TimeSpan.FromMinutes(1));
        if (isDown)
        {
            tail.Start();
        }

        tail.Advance(1);
        Assert.Contains("c", tail.Stored().Logs);
        tail.Advance(90);
        Assert.Equal(["a", "c", "other bytes"], tail.Stored().Logs.Order());
    }

    /// <summary>S-124: a log that equals another one is undecided for a minute. What becomes of it within that, its lines are stored.</summary>
    [Theory]
    [InlineData("deleted", 0)]
    [InlineData("deleted", 2)]
    [InlineData("deleted, and another takes its name", 0)]
    [InlineData("renamed", 0)]
    [InlineData("left", 0)]
    public void A_log_that_equals_another_is_stored_whatever_happens_to_it_within_a_minute(string what, int maxOpenFiles)
    {
        using var tail = new TailHarness(TailOptions.Files() with { Tail = t => t with { MaxOpenFiles = maxOpenFiles } });
        tail.File("files/first-job.log").Lines("started", "done");
        tail.Run();
        var second = tail.File("files/second-job.log").Lines("started", "done");
        tail.Advance(3);
        switch (what)
        {
            case "renamed":
                second.Rename("second-job.kept");
                break;
            case not "left":
                second.Delete();
                break;
        }

        var times = what.Contains("another", StringComparison.Ordinal) ? 3 : 2;
        if (times == 3)
        {
            var third = tail.File("files/second-job.log").Lines("started", "done");
            tail.Advance(3);
            third.Delete();
        }

        tail.Advance(90);
        tail.Outputs[0].Seal();
        var stored = tail.Outputs[0].Bodies().SelectMany(b => StoredRecords.ParseBody(b.Prefix, b.Body)).Select(r => r.Log);
        Assert.Equal(Enumerable.Repeat("done", times).Concat(Enumerable.Repeat("started", times)), stored.Order(StringComparer.Ordinal));
        tail.AssertNothingLost();
    }

    /// <summary>S-123 for containers, whose runtime is slow to open the next file.</summary>
    [Theory]
    [InlineData("0.log.20261120-100000", false)]
    [InlineData("0.log.old", true)]
    [InlineData("0.log.7", true)]
    [InlineData("kept", false)]
    public void A_containers_log_that_is_renamed_to_any_name_is_stored_once(string name, bool isDown)
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a");
        tail.Run();
        if (isDown)
        {
            tail.Stop(End.Kill);
        }

        log.Write("b").Live.Rename(name);
        log.Write("late").Reopen().Write("c");
        if (isDown)
        {
            tail.Start();
        }

        tail.Advance(90);
        Assert.Equal(["a", "b", "late", "c"], tail.Stored().Of(log));
        tail.AssertNothingLost();
    }

    /// <summary>S-25: its copy was made, it was truncated and written again; then it is moved into another directory in the middle of a look, and written on.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_truncated_log_that_is_moved_away_while_a_look_is_under_way_is_read_on(int atListing)
    {
        var tree = new WatchedTree(LinuxTree.Instance);
        using var tail = new TailHarness(TailOptions.Files() with { Tail = t => t with { Tree = tree } });
        var old = Directory.CreateDirectory(Path.Join(tail.Node.Files, "old"));
        var file = tail.File("files/app.log").Lines("a");
        tail.Run();
        file.Copy("old/app.log-1");
        file.Truncate();
        file.Lines("b and more");
        var listings = 0;
        void MoveAway()
        {
            if (listings++ == atListing)
            {
                file.Rename("old/app.log-2");
            }
        }

        MoveAway();
        tree.Before = (call, path) =>
        {
            if (call == TreeCall.List && path.TrimEnd('/') == tail.Node.Files)
            {
                MoveAway();
            }
        };
        tail.Advance(100);
        Assert.True(File.Exists(Path.Join(old.FullName, "app.log-2")));
        file.Lines("c");
        tail.Advance(100);
        Assert.Equal(["a", "b and more", "c"], tail.Stored().Logs);
        tail.AssertNothingLost();
    }

    /// <summary>What was read and is in the copy is not lost, whenever the truncation comes.</summary>
    [Theory]
    [MemberData(nameof(Calls))]
    public void A_log_that_is_truncated_in_the_middle_of_a_look_counts_only_what_nobody_has(int atCall)
    {
        var tree = new WatchedTree(LinuxTree.Instance);
        using var tail = new TailHarness(TailOptions.Files() with { Tail = t => t with { Tree = tree } });
        var file = tail.File("files/app.log").Lines("a");
        tail.Run();
        file.Copy("app.log.1");
        file.Lines("b");
        var calls = 0;
        tree.Before = (_, _) =>
        {
            if (++calls == atCall)
            {
                file.Truncate();
            }
        };
        tail.Advance(100);
        Assert.True(calls >= atCall);
        var stored = tail.Stored().Logs;
        Assert.Contains(string.Concat(stored), (string[])["a", "ab"]);
        var lost = Enum.GetValues<BytesLostReason>().Sum(tail.LostBytes);
        Assert.InRange(lost, 0, stored.Count == 1 ? 2 : 0);
    }

    public static TheoryData<int> Calls => [.. Enumerable.Range(1, 25)];

    /// <summary>S-124: live files, rotated ones and compressed ones with one head.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(20)]
    public void Files_with_equal_heads_are_all_read(int banner)
    {
        using var tail = new TailHarness(TailOptions.Files());
        var head = Enumerable.Range(0, banner).Select(i => $"# banner line {i} {new string('=', 60)}").ToList();
        for (var i = 0; i < 4; i++)
        {
            tail.File($"files/live{i}.log").Lines([.. head, "equal"]);
        }

        for (var i = 3; i > 0; i--)
        {
            tail.File($"files/app.log.{i}").Lines([.. head, $"rotated {i}"]);
        }

        tail.File("files/app.log").Lines([.. head, "live"]);
        tail.File("files/app.log.2").Gzip();
        tail.Advance(70);
        tail.Restart(End.Kill);
        tail.Advance(70);
        Assert.Equal(["equal", "equal", "equal", "equal", "live", "rotated 1", "rotated 2", "rotated 3"], Texts(tail).Where(l => !l.StartsWith('#')).Order());
        Assert.Equal(8 * banner, Texts(tail).Count(l => l.StartsWith('#')));
        tail.AssertNothingLost();
    }

    /// <summary>S-125: what was half written was seen and is lost, to the byte; what was stored is not.</summary>
    [Theory]
    [InlineData("kubelet", false)]
    [InlineData("kubelet", true)]
    [InlineData("docker", false)]
    [InlineData("docker", true)]
    [InlineData("plain", false)]
    [InlineData("plain", true)]
    public void A_containers_log_that_is_truncated_and_written_again_gives_all_its_new_lines(string kind, bool isLonger)
    {
        const string Half = "2026-11-20T10:00:00Z stdout F half a l";
        using var tail = new TailHarness();
        var file = kind switch
        {
            "kubelet" => tail.Container().Live,
            "docker" => RuntimeFileTests.DockerContainer(tail, restart: 0),
            _ => tail.File("containers/cart_shop_app-0123456789ab.log"),
        };
        var (old, anew) = (Numbered("old", 20), Numbered("new", isLonger ? 40 : 10));
        file.Lines(old.Select(Line)).Append(Half);
        tail.Run();
        file.Truncate();
        file.Lines(anew.Select(Line));
        tail.Advance(5);
        Assert.Equal([.. old, .. anew], tail.Stored().Logs);
        Assert.Equal(Half.Length, tail.Books.Snapshot().BytesLost.Total);
        file.Lines(Line("on"));
        tail.Restart(End.Kill);
        tail.Advance(5);
        Assert.Equal("on", tail.Stored().Logs[^1]);
        tail.AssertNothingLost();

        string Line(string text) => kind == "docker" ? RuntimeFileTests.Docker($"{text}\\n") : $"2026-11-20T10:00:{(text.StartsWith("old", StringComparison.Ordinal) ? "00" : "01")}Z stdout F {text}";
    }

    /// <summary>S-126: a sibling holds them.</summary>
    [Theory]
    [InlineData("app.log.1")]
    [InlineData("app.log.old")]
    [InlineData("moved.txt")]
    [InlineData("archive/app.log")]
    [InlineData("COPY")]
    public void Unread_lines_that_a_sibling_of_any_name_holds_are_stored(string name)
    {
        using var tail = new TailHarness(TailOptions.Files());
        Directory.CreateDirectory(Path.Join(tail.Node.Files, "archive"));
        var file = tail.File("files/app.log").Lines("a line that is long enough to be known again, as lines are");
        tail.Run();
        tail.Stop(End.Kill);
        file.Lines("unread");
        if (name == "COPY")
        {
            file.Copy("app.log.copy");
            file.Delete();
        }
        else
        {
            file.Rename(name);
        }

        tail.File("files/app.log").Lines("next");
        tail.Start();
        tail.Advance(90);
        Assert.Equal(["next", "unread"], tail.Stored().Logs[1..].Order());
        tail.AssertNothingLost();
    }

    /// <summary>S-126: nothing holds them, and what the successor holds proves nothing.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Unread_lines_that_nothing_holds_any_more_are_a_file_lost_whatever_the_successor_holds(bool hasEqualHead)
    {
        const string Head = "a line that is long enough to be known again, as lines are";
        using var tail = new TailHarness(TailOptions.Files());
        var file = tail.File("files/app.log").Lines(Head);
        tail.Run();
        tail.Stop(End.Kill);
        file.Lines("never read").Delete();
        tail.File("files/app.log").Lines(hasEqualHead ? [Head, "next"] : ["next"]);
        tail.Start();
        tail.Advance(90);
        Assert.Equal("next", Texts(tail)[^1]);
        Assert.Equal((1, 0), (tail.LostFiles(FilesLostReason.MayHaveGrown), tail.LostFiles(FilesLostReason.GenerationGone)));
    }

    /// <summary>S-128.</summary>
    [Fact]
    public void A_file_with_two_names_is_read_once()
    {
        using var tail = new TailHarness(TailOptions.Files());
        var file = tail.File("files/a.log").Lines("a");
        Special.MakeLink(file.FilePath, Path.Join(tail.Node.Files, "b.log"));
        tail.Advance(5);
        file.Lines("b");
        tail.Restart(End.Kill);
        tail.Advance(70);
        file.Delete();
        tail.Advance(5);
        Assert.Equal(["a", "b"], tail.Stored().Logs);
        tail.AssertNothingLost();
    }

    /// <summary>S-129: the head is a hole, or gone, and what was read is where it was, or 4 KiB before that.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_file_whose_head_is_taken_away_is_not_read_again(bool isCollapsed, bool restarts)
    {
        const int Block = 4096;
        using var tail = new TailHarness(TailOptions.Files());
        var lines = Numbered(new string('x', 100), 200);
        var file = tail.File("files/app.log").Lines(lines);
        tail.Run();
        if (restarts)
        {
            tail.Stop(End.Kill);
        }

        if (isCollapsed)
        {
            var rest = File.ReadAllText(file.FilePath)[Block..];
            file.WriteAt(0, rest);
            file.Truncate(rest.Length);
        }
        else
        {
            file.WriteAt(0, new string('\0', Block));
        }

        if (restarts)
        {
            tail.Start();
        }

        tail.Advance(3);
        file.Lines("on");
        tail.Advance(10);
        Assert.Equal([.. lines, "on"], tail.Stored().Logs);
        Assert.Equal(0, tail.Books.Snapshot().BytesLost.Total);
    }

    /// <summary>R6: a copy of a known log counts under any name, also under one of which no source reads a new file.</summary>
    [Theory]
    [InlineData("app.log.tmp", true)]
    [InlineData("app.log.tmp", false)]
    [InlineData("app.tmp", true)]
    [InlineData("kept/app.log.tmp", true)]
    [InlineData("kept/app.log.tmp", false)]
    public void The_copy_of_a_truncated_log_is_read_on_under_a_name_that_ends_in_tmp(string name, bool isDown)
    {
        using var tail = new TailHarness(TailOptions.Files());
        Directory.CreateDirectory(Path.Join(tail.Node.Files, "kept"));
        var file = tail.File("files/app.log").Lines("a", "b");
        tail.Advance(3);
        if (isDown)
        {
            tail.Stop(End.Clean);
        }

        file.Lines("c");
        file.Copy(name);
        file.Truncate();
        file.Lines("d");
        if (isDown)
        {
            tail.Start();
        }

        tail.Advance(90);
        Assert.Equal(["a", "b", "c", "d"], tail.Stored().Logs);
        tail.AssertNothingLost();
        tail.File("files/new.log.tmp").Lines("never");
        tail.Restart(End.Kill);
        tail.Advance(90);
        Assert.Equal(["a", "b", "c", "d"], tail.Stored().Logs);
    }

    /// <summary>R2: a copy is equal over all that was read. The digest of that is durable with the last frame, also for a killed process.</summary>
    [Fact]
    public void A_file_that_equals_a_truncated_one_at_both_ends_alone_is_no_copy_after_a_kill()
    {
        using var tail = new TailHarness(TailOptions.Files());
        var (start, end) = (new string('s', 4096), new string('e', 4096));
        var file = tail.File("files/app.log").Lines(start, "one", end);
        tail.Run();
        tail.Stop(End.Kill);

        tail.File("files/app.log.1").Lines(start, "two", end);
        file.Truncate();
        tail.Start();
        tail.Advance(3);

        Assert.Equal([start, "one", end, start, "two", end], Texts(tail));
        Assert.Equal((1, 1, 0), (tail.LostFiles(FilesLostReason.MayHaveGrown), tail.Books.Snapshot().FilesLost.Total, tail.Books.Snapshot().BytesLost.Total));
    }

    private static List<string> Numbered(string text, int count) => [.. Enumerable.Range(0, count).Select(i => $"{text} {i}")];

    /// <summary>All texts, where equal ones are stored on purpose.</summary>
    private static List<string> Texts(TailHarness tail) => [.. tail.Outputs[0].Bodies().SelectMany(b => StoredRecords.ParseBody(b.Prefix, b.Body)).Select(r => r.Log)];
}
