using System.Runtime.Versioning;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Sources.Files;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Tests.Files;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>Which files are read, and from where.</summary>
public class DiscoveryTests
{
    private static readonly TailOptions s_fromEnd = new() { Containers = c => c with { StartAt = StartAt.End } };

    /// <summary>S-1.</summary>
    [Fact]
    public void Files_that_were_there_before_the_start_are_read_from_the_beginning()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a", "b");
        tail.Run();
        Assert.Equal(["a", "b"], tail.Stored().Of(log));
    }

    /// <summary>S-2.</summary>
    [Fact]
    public void A_file_that_appears_after_the_start_is_read_from_its_beginning_even_with_startAt_end()
    {
        using var tail = new TailHarness(s_fromEnd);
        tail.Run();
        var log = tail.Container().Write("a");
        tail.Run();
        Assert.Equal(["a"], tail.Stored().Of(log));
    }

    /// <summary>S-3.</summary>
    [Theory]
    [InlineData(End.Clean)]
    [InlineData(End.Kill)]
    public void With_startAt_end_what_is_there_at_the_first_start_is_skipped_and_then_followed(End end)
    {
        using var tail = new TailHarness(s_fromEnd);
        var log = tail.Container().Write("old").Rotate().Write("old too");
        var live = log.Live;
        tail.Run();
        Assert.Empty(tail.Stored().All);
        log.Write("new");
        live.Append("");
        tail.Run();
        Assert.Equal(["new"], tail.Stored().Of(log));
        tail.Restart(end);
        log.Write("newer").Rotate().Write("newest");
        tail.Run();
        Assert.Equal(["new", "newer", "newest"], tail.Stored().Of(log));
    }

    [Fact]
    public void With_startAt_end_compressed_siblings_are_skipped_too_and_stay_skipped()
    {
        using var tail = new TailHarness(s_fromEnd);
        var log = tail.Container().Write("old").Rotate();
        log.Rotated.Gzip();
        log.Write("old too");
        tail.Run();
        tail.Restart(End.Kill);
        log.Write("new");
        tail.Run();
        Assert.Equal(["new"], tail.Stored().Of(log));
        tail.AssertNothingLost();
    }

    [Fact]
    public void With_startAt_end_a_line_that_is_just_being_written_is_read_whole()
    {
        using var tail = new TailHarness(s_fromEnd);
        var log = tail.Container().Write("old");
        var line = log.Line("stdout", "F", "in the middle");
        log.Raw(line[..20]);
        tail.Run();
        log.Raw(line[20..]);
        tail.Run();
        Assert.Equal(["in the middle"], tail.Stored().Of(log));
        Assert.Equal(0, tail.Source().Unparsed);
    }

    /// <summary>S-4.</summary>
    [Fact]
    public void An_empty_file_gives_nothing_and_its_first_line_arrives_when_it_is_written()
    {
        using var tail = new TailHarness();
        var log = tail.Container();
        tail.Run();
        tail.Advance(10);
        Assert.Empty(tail.Stored().All);
        log.Write("first");
        tail.Advance(1);
        Assert.Equal(["first"], tail.Stored().Of(log));
    }

    /// <summary>S-11.</summary>
    [Fact]
    public void When_the_link_leads_to_the_next_restart_the_old_log_is_drained_first()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a");
        tail.Run();
        log.Write("b").Restart().Write("c");
        tail.Run();
        Assert.Equal(["a", "b", "c"], tail.Stored().Of(log));
        Assert.Equal((0, 1), (tail.Stored().Single("b").Restart, tail.Stored().Single("c").Restart));
        Assert.Equal(log.ContainerId, tail.Stored().Single("c").ContainerId);
    }

    /// <summary>S-12.</summary>
    [Fact]
    public void A_dangling_link_is_no_error_and_is_read_when_its_target_appears()
    {
        using var tail = new TailHarness();
        var log = tail.Container();
        var hidden = Path.Join(tail.Node.Root, "hidden");
        Directory.Move(log.Directory, hidden);
        tail.Run();
        tail.Advance(60);
        Assert.Empty(tail.Log.Warnings);
        Directory.Move(hidden, log.Directory);
        log.Write("there");
        tail.Advance(2);
        Assert.Equal(["there"], tail.Stored().Of(log));
        tail.AssertNothingLost();
    }

    /// <summary>Kubelet has another <c>podLogsDir</c> than the configuration says.</summary>
    [Fact]
    public void Links_to_logs_outside_podLogs_are_told_and_read_once_podLogs_has_their_directories()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a");
        var link = Assert.Single(Directory.GetFiles(tail.Node.Containers));
        var text = new FileInfo(link).LinkTarget!;
        File.Delete(link);
        File.CreateSymbolicLink(link, text.Replace(tail.Node.Pods, "/data/pods", StringComparison.Ordinal));
        var hidden = Path.Join(tail.Node.Root, "hidden");
        Directory.Move(log.Directory, hidden);
        tail.Run();
        tail.Advance(60);
        Assert.Contains($"which is not in podLogs ({tail.Node.Pods}); set podLogs of the source to /data/pods,", Assert.Single(tail.Log.Warnings), StringComparison.Ordinal);
        Assert.Equal(1, tail.LostFiles(FilesLostReason.Unreadable));
        Directory.Move(hidden, log.Directory);
        tail.Advance(31);
        Assert.Equal(["a"], tail.Stored().Of(log));
    }

    /// <summary>The node's <c>/var/log</c> is mounted elsewhere, so the texts of links name another directory.</summary>
    [Fact]
    public void A_dangling_link_is_no_error_where_other_links_show_that_podLogs_is_right()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a");
        tail.Container("gone");
        foreach (var link in Directory.GetFiles(tail.Node.Containers))
        {
            var text = new FileInfo(link).LinkTarget!;
            File.Delete(link);
            File.CreateSymbolicLink(link, text.Replace(tail.Node.Pods, "/var/log/pods", StringComparison.Ordinal));
        }

        Directory.Delete(Assert.Single(Directory.GetDirectories(tail.Node.Pods, "shop_gone_*")), recursive: true);
        tail.Run();
        tail.Advance(60);
        Assert.Empty(tail.Log.Warnings);
        Assert.Equal(["a"], tail.Stored().Of(log));
        tail.AssertNothingLost();
    }

    /// <summary>glog's <c>app.INFO</c>, Airflow's <c>latest</c>: each line is stored from the file itself, and nothing is lost.</summary>
    [Theory]
    [InlineData("*.log", "now.log", "2026.log", "2026.log")]
    [InlineData("*.log", "now.log", "./2026.log", "2026.log")]
    [InlineData("*.log", "now.log", "{files}/2026.log", "2026.log")]
    [InlineData("*.log", "now.log", "then.log", "2026.log")]
    [InlineData("*.log", "now.log", "2026.log.1", "2026.log.1")]
    [InlineData("*/*.log", "now/app.log", "../a/2026.log", "a/2026.log")]
    [InlineData("**", "latest", "a", "a/2026.log")]
    [InlineData("*/app.log", "latest", "release-12", "release-12/app.log")]
    [InlineData("**/*.log", "a/latest", "../b/c", "b/c/d/app.log")]
    public void A_link_to_what_is_read_by_its_own_name_is_no_loss(string pattern, string link, string text, string file)
    {
        using var tail = new TailHarness(TailOptions.Files(f => f with { Path = $"{Path.GetDirectoryName(f.Path)}/{pattern}" }));
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Join(tail.Node.Files, file))!);
        tail.File($"files/{file}").Lines("a");
        if (file == "2026.log.1")
        {
            tail.File("files/2026.log").Lines("b");
        }

        if (text == "then.log")
        {
            File.CreateSymbolicLink(Path.Join(tail.Node.Files, text), "2026.log");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.Join(tail.Node.Files, link))!);
        File.CreateSymbolicLink(Path.Join(tail.Node.Files, link), text.Replace("{files}", tail.Node.Files, StringComparison.Ordinal));
        tail.Run();
        tail.Advance(60);
        Assert.Single(tail.Stored().Logs, "a");
        Assert.Empty(tail.Log.Warnings);
        tail.AssertNothingLost();
    }

    [Theory]
    [InlineData("*.log", "now.log", "/etc/passwd")]
    [InlineData("*.log", "now.log", "../files2/a.log")]
    [InlineData("*.log", "now.log", "a.txt")]
    [InlineData("*.log", "now.log", "now.log")]
    [InlineData("*.log", "now.log", "missing.log")]
    [InlineData("*/*.log", "latest", "a/b")]
    [InlineData("*/*.log", "latest", ".")]
    [InlineData("a/**/*.log", "a/latest", "../b")]
    public void A_link_to_what_no_pattern_takes_is_told_once(string pattern, string link, string text)
    {
        using var tail = new TailHarness(TailOptions.Files(f => f with { Path = $"{Path.GetDirectoryName(f.Path)}/{pattern}" }));
        Directory.CreateDirectory(Path.Join(tail.Node.Files, "a/b"));
        Directory.CreateDirectory(Path.Join(tail.Node.Files, "b"));
        tail.File("files/a.txt").Lines("a");
        tail.File("files/a/b/c.log").Lines("b");
        tail.File("files/b/c.log").Lines("c");
        File.CreateSymbolicLink(Path.Join(tail.Node.Files, link), text);
        tail.Run();
        tail.Advance(60);
        Assert.Contains($"is a link to {text}, and the collector does not follow links", Assert.Single(tail.Log.Warnings), StringComparison.Ordinal);
        Assert.Equal(1, tail.LostFiles(FilesLostReason.Unreadable));
        Assert.Equal(Path.Join(tail.Node.Files, link), Assert.Single(tail.Worker.Status().Unreadable).Path);
    }

    /// <summary>S-13.</summary>
    [Fact]
    [SupportedOSPlatform("linux")]
    public void A_file_without_permission_is_told_once_and_read_as_soon_as_it_has_it()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a");
        File.SetUnixFileMode(log.Live.FilePath, UnixFileMode.None);
        using (new WithoutOverride())
        {
            tail.Run();
            tail.Advance(10);
            Assert.Empty(tail.Stored().All);
            Assert.Single(tail.Log.Warnings, w => w.Contains("permission", StringComparison.Ordinal));
            File.SetUnixFileMode(log.Live.FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            tail.Advance(1);
        }

        Assert.Equal(["a"], tail.Stored().Of(log));
    }

    /// <summary>S-14.</summary>
    [Fact]
    public void Excluded_paths_win_and_names_may_have_commas_spaces_and_any_letters()
    {
        using var tail = new TailHarness(TailOptions.Files(f => f with { ExcludePaths = [$"{Path.GetDirectoryName(f.Path)}/not*"] }));
        tail.File("files/a, b ü ☃.log").Lines("odd");
        tail.File("files/not this.log").Lines("excluded");
        tail.Run();
        Assert.Equal(["odd"], tail.Stored().Logs);
        var excluded = Assert.Single(tail.Worker.Status().Excluded);
        Assert.Equal((Path.Join(tail.Node.Files, "not this.log"), $"excludePaths of source {excluded.Source} matches it"), (excluded.Path, excluded.Why));
        Assert.Equal(1, tail.Books.Snapshot().Tail.Excluded);
    }

    /// <summary>S-14 over a restart: what is excluded by now is not remembered.</summary>
    [Fact]
    public void A_container_that_is_excluded_since_the_restart_is_read_no_more()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a");
        tail.Run();
        tail.Options = tail.Options with { Containers = c => c with { ExcludePaths = [$"{tail.Node.Containers}/*_shop_*"] } };
        tail.Restart(End.Clean);
        log.Write("b");
        tail.Run();
        Assert.Equal(["a"], tail.Stored().Of(log));
        tail.AssertNothingLost();
    }

    /// <summary>S-15.</summary>
    [Fact]
    public void What_is_no_regular_file_is_told_once_and_not_read_but_a_directory_that_a_pattern_matches()
    {
        using var tail = new TailHarness(TailOptions.Files());
        Directory.CreateDirectory(Path.Join(tail.Node.Files, "directory.log"));
        Special.MakeFifo(Path.Join(tail.Node.Files, "fifo.log"));
        using var socket = Special.Bind(Path.Join(tail.Node.Files, "socket.log"));
        var log = tail.Container();
        Special.MakeFifo(Path.Join(log.Directory, "1.log"));
        Directory.CreateDirectory(Path.Join(log.Directory, "2.log"));
        log.Write("a");
        tail.File("files/a.log").Lines("b");
        tail.Run();
        tail.Advance(60);
        Assert.Equal(["a", "b"], tail.Stored().Logs.Order());
        foreach (var name in new[] { "fifo.log", "socket.log" })
        {
            Assert.Single(tail.Log.Warnings, w => w.Contains($"{name} is not read: it is a FIFO, a socket or a device", StringComparison.Ordinal));
        }

        // In a container's directory nothing else than logs has such a name.
        Assert.Single(tail.Log.Warnings, w => w.Contains("1.log is not read: it is a FIFO, a socket or a device", StringComparison.Ordinal));
        Assert.Single(tail.Log.Warnings, w => w.Contains("2.log is not read: it is a directory", StringComparison.Ordinal));
        Assert.Equal(4, tail.LostFiles(FilesLostReason.Unreadable));
    }

    [Fact]
    public void The_containers_directory_may_appear_later_and_be_replaced()
    {
        using var tail = new TailHarness();
        Directory.Delete(tail.Node.Containers);
        Directory.Delete(tail.Node.Pods);
        tail.Run();
        Directory.CreateDirectory(tail.Node.Containers);
        var log = tail.Container().Write("a");
        tail.Advance(1);
        Assert.Equal(["a"], tail.Stored().Of(log));
        Directory.Delete(tail.Node.Containers, recursive: true);
        Directory.CreateDirectory(tail.Node.Containers);
        log.LinkIt();
        var another = tail.Container("another").Write("b");
        tail.Advance(1);
        Assert.Equal(["b"], tail.Stored().Of(another));
    }

    [Fact]
    public void The_containers_directory_may_itself_be_a_link()
    {
        using var tail = new TailHarness();
        Directory.Move(tail.Node.Containers, tail.Node.Containers + ".real");
        File.CreateSymbolicLink(tail.Node.Containers, tail.Node.Containers + ".real");
        var log = tail.Container().Write("a");
        tail.Run();
        Assert.Equal(["a"], tail.Stored().Of(log));
    }

    [Fact]
    public void A_container_directory_that_vanishes_and_reappears_is_read_on_where_it_was()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a");
        tail.Run();
        var hidden = Path.Join(tail.Node.Root, "hidden");
        Directory.Move(log.Directory, hidden);
        tail.Advance(120);
        Directory.Move(hidden, log.Directory);
        log.Write("b");
        tail.Advance(61);
        Assert.Equal(["a", "b"], tail.Stored().Of(log));
    }

    [Fact]
    public void A_file_that_no_output_wants_is_read_and_counted_once()
    {
        using var tail = new TailHarness(new TailOptions { Match = (_, identity) => identity.Namespace != "quiet" });
        var log = tail.Container("a", "b", "quiet").Write("1", "2").Partial("3a");
        tail.Run();
        Assert.Equal((2, 2), (tail.Source().Records, tail.Source().Unmatched));
        log.Full("3b").Rotate().Write("4");
        tail.Run();
        log.Late("5");
        tail.Run();
        Assert.Equal((5, 5), (tail.Source().Records, tail.Source().Unmatched));
        Assert.Empty(tail.Stored().All);
    }

    /// <summary>A narrow match would make every start read, and count, what nobody wants.</summary>
    [Theory]
    [InlineData(End.Clean)]
    [InlineData(End.Kill)]
    [InlineData(End.PowerLoss)]
    public void A_file_that_no_output_wants_is_not_read_again_by_the_next_life(End end)
    {
        using var tail = new TailHarness(new TailOptions { Match = (_, identity) => identity.Namespace != "quiet" });
        var log = tail.Container("a", "b", "quiet").Write("1", "2").Rotate().Write("3");
        var gone = tail.Container("c", "d", "quiet").Write("4");
        tail.Advance(40);
        tail.Stop(end);
        log.Write("5").Rotate().Write("6");
        Directory.Delete(gone.Directory, recursive: true);
        tail.Start();
        tail.Advance(120);

        Assert.Equal((2, 2), (tail.Source().Records, tail.Source().Unmatched));
        tail.AssertNothingLost();
    }

    /// <summary>What nobody wanted is no position of an output: one that comes to want it has all of it.</summary>
    [Fact]
    public void A_file_that_an_output_comes_to_want_is_read_from_its_beginning_by_the_next_life()
    {
        using var tail = new TailHarness(new TailOptions { Match = (_, identity) => identity.Namespace != "quiet" });
        var log = tail.Container("a", "b", "quiet").Write("1", "2");
        tail.Advance(40);
        tail.Stop(End.Clean);
        log.Write("3");
        tail.Options = tail.Options with { Match = (_, _) => true };
        tail.Start();
        tail.Advance(10);

        Assert.Equal(["1", "2", "3"], tail.Stored().Of(log));
    }

    /// <summary>What an output had before its match became narrower is not counted once more.</summary>
    [Fact]
    public void A_file_that_an_output_wants_no_more_goes_on_where_it_was()
    {
        using var tail = new TailHarness();
        var log = tail.Container("a", "b", "quiet").Write("1", "2");
        tail.Advance(40);
        tail.Stop(End.Clean);
        log.Write("3");
        tail.Options = tail.Options with { Match = (_, identity) => identity.Namespace != "quiet" };
        tail.Start();
        tail.Advance(40);
        Assert.Equal((1, 1), (tail.Source().Records, tail.Source().Unmatched));
        tail.Restart(End.Clean);
        tail.Advance(10);

        Assert.Equal((0, 0), (tail.Source().Records, tail.Source().Unmatched));
    }

    [Fact]
    public void A_file_source_may_have_a_number_for_a_name()
    {
        using var tail = new TailHarness(TailOptions.Files());
        var line = "a line that is long enough to be known again in its compressed form";
        var file = tail.File("files/7.log").Lines(line);
        tail.Run();
        tail.Stop(End.Kill);
        file.Rename("7.log.1").Gzip();
        tail.File("files/7.log").Lines("next");
        tail.Start();
        tail.Run();
        Assert.Equal([line, "next"], tail.Stored().Logs);
        tail.AssertNothingLost();
    }

    /// <summary>It is told and counted once, and the others in its directory are read.</summary>
    [Fact]
    public void A_plain_file_whose_name_is_no_containers_is_unreadable_and_its_neighbours_are_read()
    {
        using var tail = new TailHarness();
        tail.File("containers/notes.log").Lines("2026-11-20T10:00:00Z stdout F whose?");
        tail.File("containers/cart_shop_app-0123456789ab.log").Lines("2026-11-20T10:00:00Z stdout F a");
        tail.Advance(5);
        tail.File("containers/cart_shop_app-0123456789ab.log").Lines("2026-11-20T10:00:01Z stdout F b");
        tail.Advance(40);
        Assert.Equal(["a", "b"], tail.Stored().Logs);
        Assert.Equal(1, tail.LostFiles(FilesLostReason.Unreadable));
        Assert.True(tail.Worker.HasUnreadable);
        Assert.Single(tail.Log.Warnings, w => w.Contains("containers/notes.log is not read", StringComparison.Ordinal));
    }

    [Fact]
    public void A_rotated_sibling_of_a_plain_file_is_no_name_of_nobody()
    {
        using var tail = new TailHarness(new TailOptions { Containers = c => c with { Path = c.Path.Replace("*.log", "*", StringComparison.Ordinal) } });
        tail.File("containers/cart_shop_app-0123456789ab.log.1").Lines("2026-11-20T10:00:00Z stdout F a");
        tail.File("containers/cart_shop_app-0123456789ab.log").Lines("2026-11-20T10:00:01Z stdout F b");
        tail.Advance(5);
        Assert.Equal(["a", "b"], tail.Stored().Logs);
        tail.AssertNothingLost();
    }

    /// <summary>ENOSYS: Linux before 5.6; said once, however many files are opened.</summary>
    [Fact]
    public void A_kernel_without_openat2_is_said_once()
    {
        var tree = new LinuxTree(new ProbingOpener(new FailingOpener(Errno.NotImplemented, isProbeGood: false), new WalkingOpener()));
        using var tail = new TailHarness(new TailOptions { Tail = t => t with { Tree = tree } });
        var log = tail.Container().Write("a");
        tail.Advance(5);
        log.Rotate().Write("b");
        tail.Advance(5);
        Assert.Equal(["a", "b"], tail.Stored().Of(log));
        Assert.Single(tail.Log.Lines, l => l.Message.Contains("openat2", StringComparison.Ordinal));
        Assert.Empty(tail.Log.Warnings);
    }
}
