using Collector.Pipeline.Positions;
using Collector.Pipeline.Running;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Sources.Files;
using Collector.Pipeline.Storage;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>The first start begins where another agent stopped: what that one has read is not read, all else is.</summary>
public sealed class HandOverTests : IDisposable
{
    private readonly TailHarness _tail = new();

    public void Dispose() => _tail.Dispose();

    [Theory]
    [InlineData(End.Clean)]
    [InlineData(End.Kill)]
    [InlineData(End.PowerLoss)]
    public void What_the_other_agent_has_read_is_not_read_and_the_rest_is(End end)
    {
        var log = _tail.Container().Write("theirs");
        var read = PositionOf(log.Live, log.Link);
        log.Write("ours");
        var unknown = _tail.Container("new").Write("all of it");
        TakeOver(read);
        Assert.Equal(["ours"], _tail.Stored().Of(log));
        Assert.Equal(["all of it"], _tail.Stored().Of(unknown));

        _tail.Restart(end);
        log.Write("later").Rotate().Write("last");
        _tail.Run();
        Assert.Equal(["ours", "later", "last"], _tail.Stored().Of(log));
        Assert.Equal(["all of it"], _tail.Stored().Of(unknown));
        _tail.AssertNothingLost();
    }

    /// <summary>By its inode, under whatever name; an older one had been read before it, and a newer one had not been seen.</summary>
    [Fact]
    public void A_file_that_was_rotated_since_is_gone_on_with()
    {
        var log = _tail.Container().Write("long ago").Rotate();
        log.Rotated.Gzip();
        log.Write("old").Rotate().Write("theirs");
        var read = PositionOf(log.Live, log.Link);
        log.Write("between").Rotate().Write("ours");
        TakeOver(read);
        Assert.Equal(["between", "ours"], _tail.Stored().Of(log));
        _tail.AssertNothingLost();
    }

    /// <summary>What stands before its line's end was not a record yet, or is in the other agent's memory and gone with it.</summary>
    [Fact]
    public void A_position_in_a_line_is_that_of_its_beginning()
    {
        var log = _tail.Container().Write("theirs", "cut in the middle", "ours");
        var line = log.Line("stdout", "F", "theirs").Length;
        TakeOver(PositionOf(log.Live, log.Link) with { Offset = line + 40 });
        Assert.Equal(["cut in the middle", "ours"], _tail.Stored().Of(log));
    }

    /// <summary>A record of several parts is stored whole; lines of the other stream between them are not stored again.</summary>
    [Fact]
    public void A_position_in_a_run_of_parts_is_that_of_its_first_part()
    {
        var log = _tail.Container().Write("theirs").Partial("one ").Full("between", "stderr").Partial("two ");
        var read = PositionOf(log.Live, log.Link);
        log.Full("three").Write("ours");
        TakeOver(read);
        Assert.Equal(["one two three", "ours"], _tail.Stored().Of(log, "stdout"));
        Assert.Empty(_tail.Stored().Of(log, "stderr"));

        _tail.Restart(End.Kill);
        log.Write("later");
        _tail.Run();
        Assert.Equal(["one two three", "ours", "later"], _tail.Stored().Of(log, "stdout"));
        Assert.Empty(_tail.Stored().Of(log, "stderr"));
    }

    /// <summary>The run is longer than what is looked at first.</summary>
    [Fact]
    public void A_long_run_of_parts_is_found_from_its_beginning()
    {
        var log = _tail.Container().Write("theirs");
        var parts = Enumerable.Range(0, 9).Select(i => new string((char)('a' + i), 16_000)).ToList();
        parts.ForEach(p => log.Partial(p));
        var read = PositionOf(log.Live, log.Link);
        log.Full("end");
        TakeOver(read);
        Assert.Equal([string.Concat(parts) + "end"], _tail.Stored().Of(log));
    }

    /// <summary>The inode is another file's by now: that one is read from its beginning.</summary>
    [Theory]
    [InlineData("shorter")]
    [InlineData("of another pod")]
    [InlineData("of another container of that pod's name")]
    [InlineData("younger than the position")]
    public void A_position_of_another_file_counts_for_nothing(string why)
    {
        var log = _tail.Container().Write("all", "of it");
        var read = PositionOf(log.Live, log.Link);
        TakeOver(why switch
        {
            "shorter" => read with { Offset = read.Offset + 1 },
            "of another pod" => read with { Path = read.Path.Replace("cart_", "other_", StringComparison.Ordinal) },
            "of another container of that pod's name" => read with { Path = read.Path.Replace(log.ContainerId, "0123456789ab", StringComparison.Ordinal) },
            _ => read with { KnownAt = 1 },
        });
        Assert.Equal(["all", "of it"], _tail.Stored().Of(log));
    }

    [Fact]
    public void A_position_by_the_rotated_files_own_path_counts()
    {
        var log = _tail.Container().Write("theirs").Rotate().Write("ours");
        TakeOver(PositionOf(log.Rotated, log.Rotated.FilePath));
        Assert.Equal(["ours"], _tail.Stored().Of(log));
    }

    /// <summary>Files of any kind: a sibling that was read before is passed over, and the last line that is there is read when it is whole.</summary>
    [Fact]
    public void Other_files_are_taken_over_with_their_siblings()
    {
        _tail.Options = TailOptions.Files();
        var old = _tail.File("files/a.log").Append("long ago\n").Rename("a.log.2");
        var rotated = _tail.File("files/a.log").Append("theirs\nunread\n");
        var read = PositionOf(rotated, rotated.FilePath) with { Offset = "theirs\n".Length };
        rotated.Rename("a.log.1");
        _tail.File("files/a.log").Append("ours\n");
        TakeOver(read);
        Assert.Equal(["unread", "ours"], _tail.Stored().Logs);
        Assert.NotNull(old);
    }

    /// <summary>Whatever startAt says: that agent would have read them. Where it read nothing, startAt decides.</summary>
    [Fact]
    public void Files_that_it_did_not_know_are_read_from_their_beginning_in_its_sources_alone()
    {
        _tail.Options = TailOptions.Files(f => f with { StartAt = StartAt.End }) with { Containers = c => c with { StartAt = StartAt.End } };
        _tail.File("files/a.log").Append("nobody's\n");
        var log = _tail.Container().Write("theirs");
        var read = PositionOf(log.Live, log.Link);
        var unknown = _tail.Container("new").Write("new");
        TakeOver(read);
        Assert.Equal(["new"], _tail.Stored().Logs);
        Assert.Equal(["new"], _tail.Stored().Of(unknown));
    }

    [Fact]
    public void Every_output_begins_there_and_a_later_one_where_startAt_says()
    {
        _tail.Options = new TailOptions { Outputs = 2 };
        var log = _tail.Container().Write("theirs");
        var read = PositionOf(log.Live, log.Link);
        log.Write("ours");
        TakeOver(read);
        Assert.Equal(["ours"], _tail.Stored(0).Logs);
        Assert.Equal(["ours"], _tail.Stored(1).Logs);

        _tail.Options = _tail.Options with { Outputs = 3 };
        _tail.Restart(End.Clean);
        _tail.Run();
        Assert.Equal(["theirs", "ours"], _tail.Stored(2).Logs);
        Assert.Equal(["ours"], _tail.Stored(0).Logs);
    }

    /// <summary>It is put aside when all have begun: given again, by an init container at each start, it would begin twice.</summary>
    [Fact]
    public void It_is_put_aside_when_it_is_taken()
    {
        var log = _tail.Container().Write("theirs");
        TakeOver(PositionOf(log.Live, log.Link));
        Assert.Equal([HandOver.TakenName], _tail.Disk.Root.ListFiles());
    }

    [Fact]
    public void Damage_of_it_is_told_and_not_begun_anywhere()
    {
        HandOver.Write(_tail.Disk.Root, [new HandedPosition("/a", 1, 2, 3)]);
        Assert.Equal([new HandedPosition("/a", 1, 2, 3)], HandOver.Open(_tail.Disk.Root).Positions);
        using (var file = _tail.Disk.Root.Open(HandOver.Name, writable: true))
        {
            file.Write([0xFF], file.Length - 1);
            file.Sync();
        }

        Assert.Contains("is damaged", Assert.Throws<DataDirException>(() => HandOver.Open(_tail.Disk.Root)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_again_before_the_start_the_newer_counts_and_after_it_nothing_does()
    {
        var directory = Directory.CreateTempSubdirectory("collector-handover-").FullName;
        var position = new HandedPosition("/a", 1, 2, 3);
        Assert.Equal(HandOverResult.Given, HandOver.Give(directory, [position]));
        Assert.Equal(HandOverResult.Given, HandOver.Give(directory, [position with { Offset = 5 }]));
        var root = FileSystemDirectory.Open(directory);
        var given = HandOver.Open(root);
        Assert.Equal(5, Assert.Single(given.Positions).Offset);

        root.OpenDirectory("outputs").OpenDirectory("default");
        Assert.Equal(HandOverResult.AlreadyTaken, HandOver.Give(directory, [position]));
        given.SetAside();
        Assert.Empty(HandOver.Open(root).Positions);
        Assert.Equal(HandOverResult.AlreadyTaken, HandOver.Give(directory, [position]));
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public void A_data_dir_that_was_used_is_refused()
    {
        var directory = Directory.CreateTempSubdirectory("collector-handover-").FullName;
        FileSystemDirectory.Open(directory).OpenDirectory("outputs").OpenDirectory("default");
        Assert.Equal(HandOverResult.Refused, HandOver.Give(directory, [new HandedPosition("/a", 1, 2, 3)]));
        Assert.DoesNotContain(HandOver.Name, FileSystemDirectory.Open(directory).ListFiles());
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>Where the file ends now is where the other agent has read to.</summary>
    private static HandedPosition PositionOf(NodeFile file, string path)
    {
        using var root = LinuxTree.Instance.Open(Path.GetDirectoryName(file.FilePath)!, "");
        Assert.True(root.TryGetStatus(Path.GetFileName(file.FilePath), out var status));
        return new HandedPosition(path, status.Inode, status.Size, 0);
    }

    /// <summary>The first start, of a collector that has not run a cycle before, and all that it reads.</summary>
    private void TakeOver(params HandedPosition[] positions)
    {
        _tail.Stop(End.Kill);
        HandOver.Write(_tail.Disk.Root, positions);
        _tail.Options = _tail.Options with { Tail = t => t with { HandOver = HandOver.Open(_tail.Disk.Root) } };
        _tail.Start();
        _tail.Run();
    }
}
