using Collector.Pipeline.Diagnostics;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>Containers' logs that are not kubelet's own: Docker's, and plain files of the containers pattern.</summary>
public class RuntimeFileTests
{
    /// <summary>S-53, through the link that kubelet makes to docker's own file.</summary>
    [Fact]
    public void Docker_lines_without_a_newline_go_on_and_full_ones_are_complete()
    {
        using var tail = new TailHarness();
        var full = new string('f', (16 * 1024) - 1);
        var docker = DockerContainer(tail, restart: 2);
        docker.Lines(Docker("short\\n"), Docker(new string('a', 16 * 1024)), Docker("rest\\n"), Docker(full + "\\n"), Docker("esc \\\"x\\\"\\n"));
        tail.Run();
        var stored = tail.Stored();
        Assert.Equal(["short", new string('a', 16 * 1024) + "rest", full, "esc \"x\""], stored.Logs);
        Assert.All(stored.All, r => Assert.Equal((2, "abc123"), (r.Restart, r.ContainerId)));
        docker.Rename("abc123-json.log.1");
        tail.File("docker/abc123/abc123-json.log").Lines(Docker("rotated\\n"));
        tail.Restart(End.Kill);
        tail.Run();
        Assert.Equal("rotated", tail.Stored().Logs[^1]);
        Assert.Equal(5, tail.Stored().All.Count);
    }

    /// <summary>What a power failure or a full disk makes of a first line; the line is kept, and decides nothing.</summary>
    [Theory]
    [InlineData("t\"}", "t\"}")]
    [InlineData("\0\0\0og\":\"cut\\n\",\"stream\":\"stdout\"}", "og\":\"cut\\n\",\"stream\":\"stdout\"}")]
    [InlineData("{\"log\":\"cut", "{\"log\":\"cut")]
    [InlineData("2026-11-20", "2026-11-20")]
    public void A_file_of_Dockers_whose_first_line_is_damaged_is_read_as_Dockers(string damaged, string text)
    {
        using var tail = new TailHarness();
        DockerContainer(tail, restart: 0).Lines(damaged, Docker("a\\n"), Docker("b, "), Docker("c\\n"), "damaged, too", Docker("d\\n", "stderr"));
        tail.Run();
        var stored = tail.Stored();
        Assert.Equal([text, "a", "b, c", "damaged, too", "d"], stored.Logs);
        Assert.Equal([true, false, false, true, false], stored.All.Select(r => r.IsUnparsed));
        Assert.Equal(("stderr", 2), (stored.All[^1].Stream, tail.Source().Unparsed));
    }

    [Fact]
    public void Plain_files_of_the_containers_pattern_are_read_with_the_identity_of_their_name()
    {
        using var tail = new TailHarness();
        var file = tail.File("containers/cart_shop_app-0123456789ab.log").Lines("2026-11-20T10:00:00Z stdout F a");
        tail.Run();
        tail.Stop(End.Kill);
        file.Rename("cart_shop_app-0123456789ab.log.1");
        tail.File("containers/cart_shop_app-0123456789ab.log").Lines("2026-11-20T10:00:01Z stdout F b");
        tail.Start();
        tail.Run();
        Assert.Equal(["a", "b"], tail.Stored().Logs);
        Assert.All(tail.Stored().All, r => Assert.Equal(("shop.cart.app/", "0123456789ab"), (r.Prefix, r.ContainerId)));
    }

    /// <summary>Only the frame of the records tells how long the file was: it is noted by itself twice a minute, and at a stop.</summary>
    [Fact]
    public void A_plain_file_that_is_gone_after_a_restart_with_unread_bytes_is_counted()
    {
        using var tail = new TailHarness(new TailOptions { Output = (_, o) => o with { Buffer = new() { MaxSize = 400_000 } } });
        var file = tail.File("containers/cart_shop_app-0123456789ab.log");
        file.Lines(["2026-11-20T10:00:00Z stdout F first"]);
        tail.Run();
        file.Lines(Enumerable.Range(0, 1000).Select(i => $"2026-11-20T10:00:00Z stdout F {i} {new string('x', 1000)}"));
        tail.Run();
        tail.Stop(End.Kill);
        file.Delete();
        tail.Start();
        tail.Advance(3);
        Assert.True(tail.LostBytes(BytesLostReason.RotatedAway) > 0);
        Assert.Equal(1, tail.LostFiles(FilesLostReason.GenerationGone));
    }

    internal static string Docker(string log, string stream = "stdout") => $$"""{"log":"{{log}}","stream":"{{stream}}","time":"2026-11-20T10:00:00.123456789Z"}""";

    internal static NodeFile DockerContainer(TailHarness tail, int restart)
    {
        Directory.CreateDirectory(Path.Join(tail.Node.Docker, "abc123"));
        var directory = Path.Join(tail.Node.Pods, "shop_cart_uid", "app");
        Directory.CreateDirectory(directory);
        var file = tail.File("docker/abc123/abc123-json.log");
        File.CreateSymbolicLink(Path.Join(directory, $"{restart}.log"), file.FilePath);
        File.CreateSymbolicLink(Path.Join(tail.Node.Containers, "cart_shop_app-abc123.log"), Path.Join(directory, $"{restart}.log"));
        return file;
    }
}
