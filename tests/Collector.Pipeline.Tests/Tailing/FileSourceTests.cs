using System.Text.Json;
using Collector.Pipeline.Sources;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>Files that are no container's, and what logrotate does to them.</summary>
public class FileSourceTests
{
    private const string Long = "a line of more than sixty-four bytes, so that its copy can be told by its first bytes";

    /// <summary>S-31.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Copytruncate_with_all_data_read_gives_only_new_lines(bool restarts)
    {
        using var tail = Files();
        var file = tail.File("files/app.log").Lines(Long, "b");
        tail.Run();
        if (restarts)
        {
            tail.Stop(End.Kill);
        }

        file.Copy("app.log.1");
        file.Truncate();
        if (restarts)
        {
            tail.Start();
        }

        tail.Run();
        file.Lines("c");
        tail.Advance(3);
        Assert.Equal([Long, "b", "c"], tail.Stored().Logs);
        tail.AssertNothingLost();
    }

    /// <summary>The names in the order of writing; a minute apart, or all in one second (restored from a backup without times).</summary>
    [Theory]
    [InlineData(false, "app.log.10", "app.log.2", "app.log.1", "app.log")]
    [InlineData(true, "app.log.10", "app.log.2", "app.log.1", "app.log")]
    [InlineData(false, "app-1.log", "app-2.log", "app-10.log", "app.log")]
    [InlineData(true, "app-1.log", "app-2.log", "app-10.log", "app.log")]
    [InlineData(true, "app-10.log", "app-2.log", "app-1.log", "app.log")]
    [InlineData(true, "app-10.log.gz", "app-2.log.gz", "app-1.log", "app.log")]
    [InlineData(false, "app.10.log", "app.2.log", "app.1.log", "app.log")]
    [InlineData(true, "app.10.log", "app.2.log", "app.1.log", "app.log")]
    [InlineData(true, "app.0.log", "app.2.log", "app.10.log", "app.log")]
    [InlineData(false, "app-2026-11-29.9.log", "app-2026-11-29.10.log", "app-2026-11-30.1.log", "app.log")]
    [InlineData(true, "app.log.2026-11-29-9", "app.log.2026-11-29-10", "app.log.2026-11-30-1", "app.log")]
    public void Rotated_files_that_are_found_together_are_read_in_the_order_of_writing(bool haveTimes, params string[] names)
    {
        using var tail = Files();
        foreach (var (i, name) in names.Index().OrderBy(n => n.Item, StringComparer.Ordinal))
        {
            var file = tail.File($"files/{(name.EndsWith(".gz", StringComparison.Ordinal) ? name[..^3] : name)}").Lines($"line {i}");
            if (name.EndsWith(".gz", StringComparison.Ordinal))
            {
                file.Gzip();
            }

            File.SetLastWriteTimeUtc(Path.Join(tail.Node.Files, name), tail.Clock.GetUtcNow().UtcDateTime.AddMinutes(haveTimes ? i - 10 : -10));
        }

        tail.Run();
        tail.Advance(3);
        Assert.Equal(names.Select((_, i) => $"line {i}"), tail.Stored().Logs);
        tail.AssertNothingLost();
    }

    /// <summary>S-32.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Copytruncate_with_an_unread_tail_is_read_from_the_copy_once(bool restarts, bool isCompressed)
    {
        using var tail = Files();
        var file = tail.File("files/app.log").Lines(Long, "b");
        tail.Run();
        if (restarts)
        {
            tail.Stop(End.Kill);
        }

        file.Lines("c", "d");
        var copy = file.Copy("app.log.1");
        if (!restarts)
        {
            tail.Worker.PollAll();
            tail.Cycle();
        }

        file.Truncate();
        if (isCompressed)
        {
            copy.Gzip();
        }

        file.Lines("e");
        if (restarts)
        {
            tail.Start();
        }

        tail.Advance(3);
        Assert.Equal([Long, "b", "c", "d", "e"], tail.Stored().Logs);
        tail.AssertNothingLost();
    }

    /// <summary>Between two looks a file is written anew, put aside and compressed: the descriptor and the compressed file have the same lines.</summary>
    [Theory]
    [InlineData("short")]
    [InlineData("longer than all that was read of the file before it was truncated, by far")]
    public void A_file_that_was_truncated_put_aside_and_compressed_between_two_looks_is_read_once(string text)
    {
        using var tail = Files();
        var file = tail.File("files/app.log").Lines("read before");
        tail.Run();
        file.Truncate();
        file.Lines(text, "and more");
        file.Rename("app.log-20261102").Gzip();
        tail.File("files/app.log").Lines("on");
        tail.Advance(70);

        Assert.Equal(["read before", text, "and more", "on"], tail.Stored().Logs);
        tail.AssertNothingLost();
    }

    /// <summary>S-33.</summary>
    [Theory]
    [InlineData("another head, which is long enough", false)]
    [InlineData(Long, false)]
    [InlineData("another head, which is long enough", true)]
    [InlineData(Long, true)]
    public void A_file_truncated_and_refilled_beyond_its_position_is_read_from_its_beginning(string head, bool restarts)
    {
        using var tail = Files();
        var file = tail.File("files/app.log").Lines(Long, new string('b', 300));
        tail.Run();
        if (restarts)
        {
            tail.Stop(End.Kill);
        }

        file.Truncate();
        tail.Clock.Advance(TimeSpan.FromSeconds(1));
        file.Lines(head == Long ? $"{Long} and more of it" : head, new string('c', 300), new string('d', 300));
        if (restarts)
        {
            tail.Start();
        }

        tail.Advance(3);
        Assert.Equal([new string('c', 300), new string('d', 300)], tail.Stored().Logs.TakeLast(2));
        Assert.Equal(5, tail.Stored().All.Count);
    }

    /// <summary>S-33: the clock of file system times ticks every 1 to 10 ms. Whatever is written within one tick leaves the same time of modification.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    public void A_file_that_is_written_again_with_as_many_bytes_within_a_tick_is_read_from_its_beginning(int milliseconds)
    {
        using var tail = Files();
        var file = tail.File("files/app.log").Lines("before");
        var modified = File.GetLastWriteTimeUtc(file.FilePath);
        tail.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        tail.Run();
        file.Truncate();
        file.Lines("behind");
        File.SetLastWriteTimeUtc(file.FilePath, modified);
        tail.Advance(3);
        Assert.Equal(["before", "behind"], tail.Stored().Logs);
    }

    /// <summary>S-34.</summary>
    [Fact]
    public void A_hole_that_a_stale_writer_leaves_is_no_line()
    {
        using var tail = Files();
        var file = tail.File("files/app.log").Lines(Long, new string('b', 2000));
        tail.Run();
        var offset = file.Length;
        file.Truncate();
        tail.Run();
        file.WriteAt(offset, "behind the hole\nnext\n");
        tail.Run();
        Assert.Equal([Long, new string('b', 2000), "behind the hole", "next"], tail.Stored().Logs);
    }

    /// <summary>S-35 for <c>file</c> sources; containers: S-113.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_truncated_to_a_smaller_size_is_read_from_its_beginning_once(bool restarts)
    {
        using var tail = Files();
        var file = tail.File("files/app.log").Lines("kept", "b", "c");
        tail.Run();
        tail.Outputs[0].Upload();
        tail.Outputs[0].Uploaded.Clear();
        if (restarts)
        {
            tail.Stop(End.Kill);
        }

        file.Truncate(5);
        if (restarts)
        {
            tail.Start();
        }

        tail.Advance(3);
        file.Lines("d");
        tail.Advance(3);
        Assert.Equal(["kept", "d"], tail.Stored().Logs);
    }

    /// <summary>S-36.</summary>
    [Fact]
    public void A_file_moved_away_truncated_and_moved_back_gives_each_line_once()
    {
        using var tail = Files();
        var file = tail.File("files/app.log").Lines(Long, "b");
        tail.Run();
        file.Rename("elsewhere");
        tail.Run();
        file.Truncate();
        tail.Run();
        file.Rename("app.log");
        file.Lines("c");
        tail.Advance(3);
        Assert.Equal([Long, "b", "c"], tail.Stored().Logs);
    }

    /// <summary>S-37.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_deleted_and_made_again_in_the_same_second_gives_both_contents(bool restarts)
    {
        using var tail = Files();
        var file = tail.File("files/app.log").Lines(Long, "b");
        tail.Run();
        if (restarts)
        {
            tail.Stop(End.Kill);
        }

        file.Delete();
        file.Lines("c", "d");
        if (restarts)
        {
            tail.Start();
        }

        tail.Advance(3);
        Assert.Equal([Long, "b", "c", "d"], tail.Stored().Logs);
    }

    /// <summary>S-39.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_replaced_by_one_with_the_same_head_is_another_file(bool restarts)
    {
        using var tail = Files();
        var file = tail.File("files/app.log").Lines(Long, "b");
        tail.Run();
        tail.Outputs[0].Upload();
        tail.Outputs[0].Uploaded.Clear();
        if (restarts)
        {
            tail.Stop(End.Kill);
        }

        tail.File("files/new").Lines(Long, "b", "c").Rename("app.log");
        if (restarts)
        {
            tail.Start();
        }

        tail.Advance(3);
        Assert.Equal([Long, "b", "c"], tail.Stored().Logs);
    }

    /// <summary>S-43 for <c>file</c> sources.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_unterminated_last_line_is_a_record_after_flushPartialAfter_and_its_newline_is_none(bool restarts)
    {
        using var tail = Files();
        var file = tail.File("files/app.log").Lines("a").Append("no newline");
        tail.Run();
        tail.Advance(4);
        Assert.Equal(["a"], tail.Stored().Logs);
        tail.Advance(2);
        Assert.Equal(["a", "no newline"], tail.Stored().Logs);
        if (restarts)
        {
            tail.Restart(End.Kill);
        }

        file.Append("\n").Lines("b");
        tail.Run();
        Assert.Equal(["a", "no newline", "b"], tail.Stored().Logs);
        Assert.Equal(restarts ? 1 : 3, tail.Source("files").Records);
    }

    /// <summary>S-51 for <c>file</c> sources.</summary>
    [Fact]
    public void Carriage_returns_are_cut_and_empty_lines_are_no_records()
    {
        using var tail = Files();
        tail.File("files/app.log").Append("a\r\n\r\n\n  \nb\n\n");
        tail.Run();
        Assert.Equal(["a", "  ", "b"], tail.Stored().Logs);
        Assert.Equal(3, tail.Source("files").Records);
        tail.Restart(End.Clean);
        tail.Run();
        Assert.Equal(3, tail.Stored().All.Count);
        Assert.Equal(0, tail.Source("files").Records);
    }

    [Fact]
    public void Numbered_siblings_are_read_from_the_highest_number_to_the_base()
    {
        using var tail = Files();
        tail.File("files/app.log.3").Lines("1").Gzip();
        tail.File("files/app.log.2").Lines("2");
        tail.File("files/app.log.1").Lines("3");
        tail.File("files/app.log").Lines("4");
        tail.Run();
        Assert.Equal(["1", "2", "3", "4"], tail.Stored().Logs);
    }

    [Fact]
    public void Dated_siblings_are_read_from_the_oldest_to_the_base()
    {
        using var tail = Files();
        tail.File("files/app.log-20261102").Lines("2");
        tail.File("files/app.log-20261101").Lines("1").Gzip();
        tail.File("files/app-20261103.log").Lines("3");
        tail.File("files/app.log").Lines("4");
        tail.Run();
        Assert.Equal(["1", "2", "3", "4"], tail.Stored().Logs);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Logrotate_with_delayed_compression_stores_each_line_once(bool isDown)
    {
        using var tail = Files(path: "app.log*");
        var expected = new List<string>();
        var live = tail.File("files/app.log");
        NodeFile? one = null, two = null;
        for (var round = 0; round < 6; round++)
        {
            var lines = Enumerable.Range(0, 5).Select(i => $"round {round} line {i} {Long}").ToList();
            expected.AddRange(lines);
            live.Lines(lines.Take(3));
            tail.Run();
            if (isDown)
            {
                tail.Stop(End.Kill);
            }

            live.Lines(lines.Skip(3));
            two?.Rename("app.log.3.gz").Delete();
            two = one?.Rename("app.log.2").Gzip();
            one = live.Rename("app.log.1");
            if (isDown)
            {
                tail.Start();
                tail.Run();
            }

            live = tail.File("files/app.log");
        }

        tail.Advance(3);
        Assert.Equal(expected, tail.Stored().Logs);
        tail.AssertNothingLost();
    }

    [Fact]
    public void Json_lines_keep_their_fields_and_their_own_time()
    {
        using var tail = new TailHarness(TailOptions.Files(f => f with { Parser = FileParser.Json, TimeField = "ts" }));
        tail.File("files/app.log").Lines("""{"ts":"2026-01-02T03:04:05Z","level":"info","log":"hello"}""", "not json", """{"log":"no time"}""");
        tail.Run();
        var stored = tail.Stored().All;
        using var first = JsonDocument.Parse(stored[0].Json);
        Assert.Equal("info", first.RootElement.GetProperty("level").GetString());
        Assert.StartsWith("2026-01-02T03:04:05", stored[0].Time, StringComparison.Ordinal);
        Assert.Equal("not json", stored[1].Log);
        Assert.StartsWith("2026-11-20T", stored[2].Time, StringComparison.Ordinal);
        Assert.Equal(2, tail.Source("files").TimeUnparsed);
    }

    /// <summary>One read makes more than an object of it holds.</summary>
    [Fact]
    public void No_object_is_larger_than_configured()
    {
        const int Lines = 10_000;
        const int MaxSize = 100_000;
        using var tail = new TailHarness(TailOptions.Files() with { Output = (_, output) => output with { Batch = new() { MaxSize = MaxSize } } });
        tail.File("files/app.log").Lines(Enumerable.Range(0, Lines).Select(i => $"{i}"));
        tail.Run();
        Assert.Equal(Lines, tail.Stored().Logs.Count);
        Assert.All(tail.Outputs[0].Bodies(), stored => Assert.InRange(stored.Body.Length, 1, MaxSize));
    }

    [Fact]
    public void Records_say_the_path_that_is_written_to_and_the_source_where_wanted()
    {
        using var tail = new TailHarness(TailOptions.Files(f => f with { NamesSource = true }));
        tail.File("files/app.log").Lines("a").Rename("app.log.1");
        tail.File("files/app.log").Lines("b");
        tail.Run();
        foreach (var stored in tail.Stored().All)
        {
            using var record = JsonDocument.Parse(stored.Json);
            Assert.EndsWith("files/app.log", record.RootElement.GetProperty("file").GetString(), StringComparison.Ordinal);
            Assert.Equal("files", record.RootElement.GetProperty("source").GetString());
        }

        Assert.Equal(["a", "b"], tail.Stored().Logs);
    }

    [Fact]
    public void Text_lines_have_the_time_of_their_reading()
    {
        using var tail = Files();
        tail.File("files/app.log").Lines("a");
        tail.Run();
        Assert.StartsWith("2026-11-20T11:00:00", tail.Stored().All[0].Time, StringComparison.Ordinal);
    }

    private static TailHarness Files(string path = "*.log") => new(TailOptions.Files(f => f with { Path = Path.Join(Path.GetDirectoryName(f.Path), path) }));
}
