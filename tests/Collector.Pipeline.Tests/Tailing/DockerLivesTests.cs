using Collector.Pipeline.Sources;
using Collector.Pipeline.Tailing;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>I9: Docker's log of each life of a container has a directory of its own; they are read one after the other.</summary>
public class DockerLivesTests
{
    private static readonly string[] s_long = [.. Enumerable.Range(0, 4000).Select(i => $"{i} {new string('x', 1000)}")];

    [Fact]
    public void All_of_a_life_is_read_before_the_first_line_of_the_next()
    {
        using var tail = new TailHarness();
        var old = Begin(tail, 0).Lines(Line("first"));
        tail.Run();
        old.Lines(s_long.Select(Line));
        Begin(tail, 1).Lines(Line("last"));
        tail.Advance(5);

        Assert.Equal(["first", .. s_long, "last"], tail.Stored().Logs);
    }

    [Fact]
    public void Lives_that_are_found_after_a_restart_are_read_in_their_order()
    {
        using var tail = new TailHarness();
        Begin(tail, 0).Lines(s_long.Select(Line));
        tail.Worker.PollAll();
        tail.Cycle();
        tail.Stop(End.Kill);
        Begin(tail, 1).Lines(Line("1"));
        Begin(tail, 2).Lines(Line("2"));
        tail.Start();
        tail.Advance(5);

        Assert.Equal([.. s_long, "1", "2"], tail.Stored().Logs);
    }

    [Fact]
    public void A_line_that_a_life_did_not_end_is_a_record_before_the_next_begins()
    {
        using var tail = new TailHarness();
        var old = Begin(tail, 0).Lines(Line("a"));
        tail.Run();
        old.Append("half");
        Begin(tail, 1).Lines(Line("b"));
        tail.Advance(5);

        Assert.Equal(["a", "half", "b"], tail.Stored().Logs);
    }

    [Fact]
    public void A_life_that_cannot_be_read_holds_the_next_one_up_for_a_minute_and_no_longer()
    {
        var fails = false;
        using var tail = new TailHarness(new TailOptions { Facts = Describe });
        var old = Begin(tail, 0).Lines(Line("a"));
        tail.Run();
        fails = true;
        tail.Worker.MetadataChanged(null);
        old.Lines(Line("b"));
        Begin(tail, 1).Lines(Line("c"));
        tail.Advance(30);
        Assert.Equal(["a"], tail.Stored().Logs);

        tail.Advance(60);
        Assert.Equal(["a", "c"], tail.Stored().Logs);
        fails = false;
        tail.Advance(120);
        Assert.Equal(["a", "c", "b"], tail.Stored().Logs);

        ContainerFacts Describe(ContainerRef container) => fails && container.Restart == 0
            ? throw new InvalidOperationException("the API's answer makes no sense")
            : new ContainerFacts { Identity = TailHarness.IdentityOf(container) };
    }

    /// <summary>Of a life that has ended, and whose directory is gone, nothing can come any more. It has a turn once a minute.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(30)]
    [InlineData(100)]
    public void A_life_that_has_ended_with_its_directory_holds_the_next_one_up_for_no_moment(double seconds)
    {
        using var tail = new TailHarness();
        Begin(tail, 0).Lines(Line("a"));
        tail.Run();
        Directory.Delete(Path.Join(tail.Node.Docker, "abc0"), recursive: true);
        File.Delete(Path.Join(tail.Node.Pods, "shop_cart_uid", "app", "0.log"));
        tail.Advance(seconds);
        Begin(tail, 1).Lines(Line("b"));
        tail.Advance(2);
        Assert.Equal(["a", "b"], tail.Stored().Logs);
    }

    internal static string Line(string text) => RuntimeFileTests.Docker(text + "\\n");

    /// <summary>The container's log of a life; the link of the life before goes.</summary>
    internal static NodeFile Begin(TailHarness tail, int restart)
    {
        var id = $"abc{restart}";
        Directory.CreateDirectory(Path.Join(tail.Node.Docker, id));
        var directory = Path.Join(tail.Node.Pods, "shop_cart_uid", "app");
        Directory.CreateDirectory(directory);
        var file = tail.File($"docker/{id}/{id}-json.log").Append("");
        File.CreateSymbolicLink(Path.Join(directory, $"{restart}.log"), file.FilePath);
        File.Delete(Path.Join(tail.Node.Containers, $"cart_shop_app-abc{restart - 1}.log"));
        File.CreateSymbolicLink(Path.Join(tail.Node.Containers, $"cart_shop_app-{id}.log"), Path.Join(directory, $"{restart}.log"));
        NodeFile.TouchDirectory(tail.Node.Containers, tail.Clock);
        return file;
    }
}
