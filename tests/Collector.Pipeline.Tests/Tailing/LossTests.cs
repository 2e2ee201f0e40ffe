using System.Text;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Tailing;
using Collector.Pipeline.Tests.Files;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>What was seen and can never be read is counted to the byte, once, and nothing else is (R4, R5, R7; DESIGN.md, What is lost); the catalog lists what is counted, which the harness compares at each question.</summary>
public class LossTests
{
    /// <summary>Of a file while nobody collects.</summary>
    public enum Fate
    {
        Deleted,
        Truncated,
        WrittenAgain,
    }

    private const string Half = "half a line";

    public static MatrixTheoryData<bool, int, bool, End, Fate> UnendedCases => new([true, false], [1, 2], [true, false], [End.Clean, End.Kill, End.PowerLoss], Enum.GetValues<Fate>());

    public static MatrixTheoryData<bool, Fate> ReadCases => new([true, false], Enum.GetValues<Fate>());

    /// <summary>R4: the rest of the file is as it was.</summary>
    [Fact]
    public void An_end_that_was_seen_and_cut_off_unread_is_lost()
    {
        using var tail = Files("*.log");
        var file = tail.File("files/app.log").Lines("a");
        var whole = file.Length;
        file.Append(Half);
        tail.Run();
        file.Truncate(whole);
        tail.Run();
        Assert.Equal(Half.Length, tail.LostBytes(BytesLostReason.SourceShrunk));
        file.Lines("b");
        tail.Run();
        Assert.Equal(["a", "b"], tail.Stored().Logs);
    }

    /// <summary>R4, S-113: of what the power took only that is lost which nobody had read.</summary>
    [Fact]
    public void Of_a_tail_that_the_power_took_the_unread_bytes_are_lost()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a");
        var kept = log.Live.Length;
        log.Write("b").Raw(Half);
        tail.Run();
        log.Live.Truncate(kept);
        tail.Run();
        Assert.Equal(Half.Length, tail.LostBytes(BytesLostReason.SourceShrunk));
        Assert.Equal(["a", "b"], tail.Stored().Of(log));
    }

    /// <summary>R4: what was stored is not called lost.</summary>
    [Fact]
    public void Of_a_file_that_was_truncated_and_written_again_the_unread_bytes_are_lost()
    {
        using var tail = Files("*.log");
        var file = tail.File("files/app.log").Lines("a", "b").Append(Half);
        tail.Run();
        file.Truncate();
        file.Lines("c");
        tail.Advance(3);
        Assert.Equal(["a", "b", "c"], tail.Stored().Logs);
        Assert.Equal((Half.Length, 1), (tail.LostBytes(BytesLostReason.Unreadable), tail.LostFiles(FilesLostReason.GenerationGone)));
    }

    /// <summary>R4: what was seen after a copy was made is not in the copy. The copy may be found by this run, or by the next one.</summary>
    [Theory]
    [InlineData("app.log.1", false)]
    [InlineData("app.log.1", true)]
    [InlineData("kept/app.log", false)]
    [InlineData("kept/app.log", true)]
    public void What_was_seen_and_not_read_is_lost_if_the_copy_of_a_truncated_file_lacks_it(string copy, bool isDown)
    {
        using var tail = Files("*.log");
        Directory.CreateDirectory(Path.Join(tail.Node.Files, "kept"));
        var file = tail.File("files/app.log").Lines("a", "b");
        tail.Run();
        file.Copy(copy);
        file.Append($"c\n{Half}");
        tail.Run();
        if (isDown)
        {
            tail.Stop(End.Clean);
        }

        file.Truncate();
        file.Lines("d");
        if (isDown)
        {
            tail.Start();
        }

        tail.Advance(90);
        Assert.Equal(["a", "b", "c", "d"], tail.Stored().Logs);
        Assert.Equal(Half.Length, Enum.GetValues<BytesLostReason>().Sum(tail.LostBytes));
    }

    /// <summary>R2: the first bytes of a log are known when it is seen, and not only when it is read: its copy has what the output had no room for.</summary>
    [Fact]
    public void Nothing_is_lost_of_a_log_that_was_empty_in_an_earlier_life_and_is_copied_and_truncated_before_it_is_read()
    {
        using var tail = new TailHarness(TailOptions.Files(f => f with { StartAt = StartAt.End }));
        var file = tail.File("files/app.log").Append("");
        tail.Run();
        tail.Stop(End.Clean);
        file.Lines("a", "b");
        tail.Start();
        CopyAndTruncateUnread(tail, file, "c");
        Assert.Equal(["a", "b", "c"], tail.Stored().Logs);
        tail.AssertNothingLost();
    }

    /// <summary>R2, R4: the same for a log that was written again before a full disk could note that the output begins at its end.</summary>
    [Fact]
    public void Nothing_is_lost_of_a_log_that_was_written_again_before_its_beginning_was_noted_and_is_copied_and_truncated_before_it_is_read()
    {
        using var tail = new TailHarness(TailOptions.Files(f => f with { StartAt = StartAt.End }));
        var file = tail.File("files/app.log").Lines("before the start, and longer");
        var capacity = tail.Disk.CapacityBytes;
        tail.Disk.CapacityBytes = 0;
        tail.Advance(3);
        file.Truncate();
        file.Lines("a", "b");
        tail.Disk.CapacityBytes = capacity;
        CopyAndTruncateUnread(tail, file, "c");
        Assert.Equal(["a", "b", "c"], tail.Stored().Logs);
        tail.AssertNothingLost();
    }

    /// <summary>R5: exactly what was unread, and not again at every turn.</summary>
    [Fact]
    public void A_file_that_was_read_and_is_gone_with_half_a_line_is_lost_by_that_half()
    {
        using var tail = Files("*.log");
        var file = tail.File("files/app.log").Lines("a").Append(Half);
        tail.Run();
        tail.Stop(End.Clean);
        file.Delete();
        tail.File("files/other.log").Lines("b");
        tail.Start();
        tail.Advance(90);
        Assert.Equal((Half.Length, 1), (tail.LostBytes(BytesLostReason.RotatedAway), tail.LostFiles(FilesLostReason.GenerationGone)));
    }

    /// <summary>R4, R5: what was seen behind the last record, too, whatever the end of the run and of the file.</summary>
    [Theory]
    [MemberData(nameof(UnendedCases))]
    public void What_was_seen_without_an_end_is_lost_if_its_file_goes_or_is_truncated_while_down(bool isContainer, int outputs, bool hasRead, End end, Fate fate)
    {
        using var tail = new TailHarness(TailOptions.Files(f => f with { FlushPartialAfter = TimeSpan.FromHours(1) }) with { Outputs = outputs });
        var log = isContainer ? tail.Container() : null;
        var file = log is null ? tail.File("files/app.log").Lines(hasRead ? ["a"] : []) : log.Write(hasRead ? ["a"] : []).Live;
        tail.Run();
        var before = file.Length;
        if (log is not null)
        {
            log.Partial("begun").Raw(Half);
        }
        else
        {
            file.Append(Half);
        }

        var seen = file.Length - before;
        tail.Advance(60);
        tail.Sync();
        tail.Stop(end);
        switch (fate)
        {
            case Fate.Deleted:
                file.Delete();
                break;
            case Fate.Truncated:
                file.Truncate();
                break;
            case Fate.WrittenAgain:
                file.Truncate();
                file.Append(log is null ? "c\n" : Encoding.UTF8.GetString(log.Line("stdout", "F", "c")));
                break;
        }

        tail.Start();
        tail.Advance(90);

        Assert.Equal(hasRead ? fate == Fate.WrittenAgain ? ["a", "c"] : ["a"] : fate == Fate.WrittenAgain ? ["c"] : (string[])[], tail.Stored().Logs);
        Assert.Equal(seen, Enum.GetValues<BytesLostReason>().Sum(reason => tail.Books.Snapshot().BytesLost[reason]));
        Assert.Equal((1, 0), (tail.LostFiles(FilesLostReason.GenerationGone), tail.LostFiles(FilesLostReason.MayHaveGrown)));
    }

    /// <summary>What stood behind it when it was truncated is known as little as what stood in a file that is gone.</summary>
    [Theory]
    [MemberData(nameof(ReadCases))]
    public void A_file_that_was_read_and_is_truncated_while_down_may_have_grown(bool isContainer, Fate fate)
    {
        using var tail = new TailHarness(TailOptions.Files());
        var log = isContainer ? tail.Container().Write("a") : null;
        var file = log?.Live ?? tail.File("files/app.log").Lines("a");
        tail.Run();
        tail.Stop(End.Clean);
        file.Truncate();
        if (fate == Fate.Deleted)
        {
            file.Delete();
        }
        else if (fate == Fate.WrittenAgain)
        {
            file.Append(log is null ? "c\n" : Encoding.UTF8.GetString(log.Line("stdout", "F", "c")));
        }

        tail.Start();
        tail.Advance(90);

        Assert.Equal(fate == Fate.WrittenAgain ? ["a", "c"] : ["a"], tail.Stored().Logs);
        Assert.Equal((1, 0), (tail.LostFiles(FilesLostReason.MayHaveGrown), tail.LostFiles(FilesLostReason.GenerationGone)));
        Assert.Equal(0, tail.Books.Snapshot().BytesLost.Total);
    }

    /// <summary>
    /// Every pod that is deleted during a rollout: all that was seen of it is stored, and what it wrote later cannot be known. Its link
    /// may be left for a moment, or be gone with it.
    /// </summary>
    [Theory]
    [InlineData("", false, 1, 0)]
    [InlineData("", true, 1, 0)]
    [InlineData(Half, false, 0, 1)]
    [InlineData(Half, true, 0, 1)]
    public void A_log_that_goes_while_down_is_counted_by_what_was_seen_of_it_and_not_read(string unread, bool isLinkGone, int mayHaveGrown, int gone)
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a").Raw(unread);
        tail.Run();
        tail.Stop(End.Clean);
        Directory.Delete(log.Directory, recursive: true);
        if (isLinkGone)
        {
            File.Delete(log.Link);
        }

        tail.Start();
        tail.Advance(90);

        Assert.Equal((mayHaveGrown, gone, unread.Length), (tail.LostFiles(FilesLostReason.MayHaveGrown), tail.LostFiles(FilesLostReason.GenerationGone), tail.LostBytes(BytesLostReason.RotatedAway)));
    }

    /// <summary>The newest file of a log was seen to go, and an older one is still written to: it is the one that may have grown.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_older_file_that_goes_while_down_behind_one_that_was_seen_to_go_may_have_grown(bool hasNewFile)
    {
        using var tail = Files("*.log");
        var older = tail.File("files/app.log").Lines("a");
        tail.Run();
        older.Rename("app.log.1");
        var newest = tail.File("files/app.log").Lines("b");
        tail.Run();
        newest.Delete();
        tail.Advance(90);
        tail.Stop(End.Clean);
        older.Lines("never seen").Delete();
        if (hasNewFile)
        {
            tail.File("files/app.log").Lines("c");
        }

        tail.Start();
        tail.Advance(90);

        Assert.Equal((1, 0, 0), (tail.LostFiles(FilesLostReason.MayHaveGrown), tail.LostFiles(FilesLostReason.GenerationGone), tail.LostBytes(BytesLostReason.RotatedAway)));
    }

    /// <summary>A completed Job's log, say, that kubelet collects: it was read to its end after its end, and nothing of it is lost.</summary>
    [Theory]
    [InlineData(End.Clean, true)]
    [InlineData(End.Kill, true)]
    [InlineData(End.Clean, false)]
    public void A_log_of_a_container_that_had_ended_when_it_was_read_to_its_end_is_not_lost(End end, bool isDirectoryGone)
    {
        using var tail = new TailHarness(new TailOptions { Facts = c => new ContainerFacts { Identity = TailHarness.IdentityOf(c), HasEnded = true } });
        var log = tail.Container().Write("a");
        tail.Advance(65);
        tail.Stop(end);
        if (isDirectoryGone)
        {
            Directory.Delete(log.Directory, recursive: true);
        }
        else
        {
            log.Live.Delete();
        }

        tail.Start();
        tail.Advance(90);

        tail.AssertNothingLost();
        Assert.Equal(["a"], tail.Stored().Of(log));
    }

    /// <summary>What was noted as ended is read on all the same, where there is more of it.</summary>
    [Fact]
    public void A_log_that_was_noted_as_ended_and_has_more_is_read_on()
    {
        using var tail = new TailHarness(new TailOptions { Facts = c => new ContainerFacts { Identity = TailHarness.IdentityOf(c), HasEnded = true } });
        var log = tail.Container().Write("a");
        tail.Advance(65);
        log.Write("b");
        tail.Advance(5);
        tail.Stop(End.Kill);
        log.Write("c");
        tail.Start();
        tail.Advance(5);

        Assert.Equal(["a", "b", "c"], tail.Stored().Of(log));
        tail.AssertNothingLost();
    }

    /// <summary>R7: its trailer tells how much there was. (What is given before the damage is noticed may be any bytes.)</summary>
    [Fact]
    public void What_a_damaged_gzip_file_does_not_give_is_lost_and_its_neighbours_go_on()
    {
        using var tail = Files("*.log*");
        var lines = GzipSamples.Lines(20_000);
        var bytes = GzipSamples.Compress(lines);
        bytes.AsSpan(bytes.Length / 2, 64).Fill(0xFF);
        tail.File("files/app.log.1.gz").Append(bytes);
        tail.File("files/app.log").Lines("next");
        tail.Advance(90);
        Assert.Equal(1, tail.LostFiles(FilesLostReason.Unreadable));
        tail.AssertFilesListed(FilesLostReason.Unreadable, 1);
        Assert.Equal(lines.Length + "next\n".Length, tail.Source("files").Bytes + tail.LostBytes(BytesLostReason.Unreadable));
    }

    /// <summary>R6, S-131.</summary>
    [Theory]
    [InlineData("app.log.1.xz", "FD377A585A00")]
    [InlineData("app.log.1.zst", "28B52FFD")]
    [InlineData("app.log.1.bz2", "425A68393141")]
    [InlineData("app.log.1", "28B52FFD")]
    public void A_file_that_is_compressed_in_another_way_is_no_text_and_lost_once(string name, string head)
    {
        using var tail = Files("*.log*");
        tail.File("files/app.log").Lines("live");
        tail.File($"files/{name}").Append(Convert.FromHexString(head)).Append("\nwhatever it holds\n");
        tail.Advance(3);
        tail.File("files/app.log").Lines("on");
        tail.Advance(90);
        Assert.Equal(["live", "on"], tail.Stored().Logs);
        Assert.Equal(1, tail.LostFiles(FilesLostReason.Unreadable));
        tail.AssertFilesListed(FilesLostReason.Unreadable, 1);
    }

    /// <summary>I6, R7: each run meets what cannot be read, tells it and counts it no second time; another one is counted.</summary>
    [Theory]
    [InlineData("gzip", "is lost and counted as a lost file")]
    [InlineData("no gzip", "is lost and counted as a lost file")]
    [InlineData("fifo", "is not read")]
    [InlineData("link", "is not read")]
    public void What_stays_unreadable_is_told_by_each_run_and_counted_by_the_first(string kind, string told)
    {
        using var tail = Files("*.log*");
        Make(1);
        tail.File("files/app.log").Lines("a");
        tail.Advance(90);
        var bytes = tail.LostBytes(BytesLostReason.Unreadable);
        Assert.Equal((1, kind == "gzip"), (tail.LostFiles(FilesLostReason.Unreadable), bytes > 0));
        foreach (var end in (End[])[End.Clean, End.Kill, End.PowerLoss, End.Clean])
        {
            tail.Sync();
            tail.Restart(end);
            tail.Advance(90);
            Assert.Equal((0, 0), CountedNow());
        }

        Assert.Equal(5, tail.Log.Warnings.Count(line => line.Contains(told, StringComparison.Ordinal)));
        Make(2);
        tail.Advance(90);
        Assert.Equal((1, bytes), CountedNow());
        Assert.Equal(kind == "gzip", tail.Source("files").Records > 0);

        (long Files, long Bytes) CountedNow() => (tail.Books.Snapshot().FilesLost[FilesLostReason.Unreadable], tail.Books.Snapshot().BytesLost[BytesLostReason.Unreadable]);

        void Make(int number)
        {
            var path = $"files/old.{number}.log";
            var whole = GzipSamples.Compress(GzipSamples.Lines(20_000));
            whole.AsSpan(whole.Length / 2, 64).Fill(0xFF);
            switch (kind)
            {
                case "gzip":
                    tail.File($"{path}.gz").Append(whole);
                    break;
                case "no gzip":
                    tail.File($"{path}.gz").Append("no gzip");
                    break;
                case "fifo":
                    Special.MakeFifo(Path.Join(tail.Node.Root, path));
                    break;
                case "link":
                    File.CreateSymbolicLink(Path.Join(tail.Node.Root, path), "/etc/hostname");
                    break;
            }
        }
    }

    /// <summary>S-129: a range that was read is taken out of the front (<c>fallocate</c>); what stands behind it has moved.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_that_lost_a_range_of_its_head_is_read_on_behind_what_was_read(bool restarts)
    {
        using var tail = Files("*.log");
        var file = tail.File("files/app.log").Lines(Enumerable.Range(0, 300).Select(i => $"line {i} {new string('x', 60)}"));
        tail.Run();
        if (restarts)
        {
            tail.Stop(End.Kill);
        }

        var rest = File.ReadAllBytes(file.FilePath)[8192..];
        file.Truncate();
        file.Append(rest).Lines("behind");
        if (restarts)
        {
            tail.Start();
        }

        tail.Run();
        Assert.Equal(301, tail.Stored().All.Count);
        Assert.Equal("behind", tail.Stored().Logs[^1]);
        tail.AssertNothingLost();
    }

    /// <summary>While the output has no room, so that the log is seen and not read.</summary>
    private static void CopyAndTruncateUnread(TailHarness tail, NodeFile file, string next)
    {
        const long Waiting = 1L << 50;
        tail.Outputs[0].Buffer.Space.Add(Waiting);
        tail.Advance(3);
        file.Copy($"{file.Name}.1");
        file.Truncate();
        file.Lines(next);
        tail.Advance(3);
        tail.Outputs[0].Buffer.Space.Add(-Waiting);
        tail.Advance(3);
    }

    private static TailHarness Files(string glob) => new(TailOptions.Files(f => f with { Path = Path.Join(Path.GetDirectoryName(f.Path), glob) }));
}
