using Xunit;

namespace Collector.Reading.Tests.Catalog;

/// <summary>Which run of a container lines of text are of, and which run is the last: the catalog tells it (DESIGN.md, "Text").</summary>
public sealed class ToldRunsTests : TextReading
{
    [Fact]
    public async Task Runs_are_those_of_the_catalog()
    {
        PutShop();
        var cart = new Question { Namespace = "shop", Pod = "cart-7d9f-x" };

        Assert.Equal("c0", await ReadAsync(cart with { Lives = Lives.Previous }));
        Assert.Equal("c0", await TailAsync(cart with { Lives = Lives.Previous }, 5));
        Assert.Equal("c0 c1", await ReadAsync(cart with { Lives = Lives.All }));
        Assert.Equal("c1", await ReadAsync(cart with { Labels = Selector("app=cart") }));
        Assert.Equal(0, _findings.WithoutRun);
    }

    /// <summary>The first run's end and the second one's beginning are in one object: which line is whose is not known.</summary>
    [Fact]
    public async Task Lines_of_an_object_of_two_runs_do_not_say_their_run()
    {
        _told.Put(new Held("shop", "cart-1", At(0), "of 0") { Restart = 0 });
        _told.Put(new Held("shop", "cart-1", At(1), "of both") { Restart = 0, Files = ["0.log", "1.log"] });
        _told.Put(new Held("shop", "cart-1", At(2), "of 1") { Restart = 1, Files = ["1.log", "1.log.20261120-100000.gz"] });
        var cart = new Question { Namespace = "shop", Pod = "cart-1" };

        Assert.Equal("of 0", await ReadAsync(cart with { Lives = Lives.Previous }));
        Assert.Equal(1, _findings.WithoutRun);
    }

    /// <summary>The run of lines that are left out is known all the same, so an earlier one does not take its place.</summary>
    [Fact]
    public async Task What_is_left_out_hides_no_run()
    {
        for (var run = 0; run < 3; run++)
            _told.Put(new Held("shop", "cart-1", At(run), $"run {run}") { Restart = run, Files = [$"{run}.log"], Streams = run < 2 ? ["stdout"] : ["stdout", "stderr"] });
        _told.Put(new Held("shop", "web-1", At(0), "web 0") { Restart = 0 });
        _told.Put(new Held("shop", "web-1", At(1), "web 1") { Restart = 1, Files = ["1.log"] });
        _told.Put(new Held("shop", "web-1", At(2), "web 1 and 2") { Restart = 1, Files = ["1.log", "2.log"] });
        var cart = new Question { Namespace = "shop", Pod = "cart-1", Stream = "stdout" };

        Assert.Equal("", await ReadAsync(cart));
        Assert.Equal("", await TailAsync(cart, 5));
        Assert.Equal("run 1", await ReadAsync(cart with { Lives = Lives.Previous }));
        Assert.Equal("web 1", await ReadAsync(new Question { Namespace = "shop", Pod = "web-1", Lives = Lives.Previous }));
        Assert.Equal(1, _findings.WithoutRun);
    }

    /// <summary>Docker's files have the container's id in the place of a number.</summary>
    [Fact]
    public async Task Files_of_two_Docker_containers_are_two_runs()
    {
        _told.Put(new Held("shop", "cart-1", At(0), "of two") { Files = ["aaa-json.log", "aaa-json.log.1", "bbb-json.log"] });
        _told.Put(new Held("shop", "cart-1", At(1), "of one") { Restart = 1, Files = ["bbb-json.log", "bbb-json.log.1"] });
        _told.Put(new Held("shop", "cart-1", At(2), "last") { Restart = 2, Files = ["ccc-json.log"] });

        Assert.Equal("of one", await ReadAsync(new Question { Namespace = "shop", Pod = "cart-1", Lives = Lives.Previous }));
        Assert.Equal(1, _findings.WithoutRun);
    }

    /// <summary>An agent that was down reads long after the lines were written, and one pod after the other.</summary>
    [Fact]
    public async Task Lines_that_were_read_late_have_the_times_of_the_catalog()
    {
        var late = At(0).AddDays(9);
        _told.Put(new Held("shop", "b-1", At(300), "b") { Opened = late, Labels = "{\"app\":\"c\"}" });
        _told.Put(new Held("shop", "a-1", At(60), "a") { Opened = late.AddSeconds(1), Labels = "{\"app\":\"c\"}" });
        _told.Put(new Held("shop", "s-0", At(300), "new") { Opened = late, Uid = "ub" });
        _told.Put(new Held("shop", "s-0", At(60), "old") { Opened = late.AddSeconds(1), Uid = "ua" });
        var both = new Question { Namespace = "shop", Labels = Selector("app=c") };
        var one = new Question { Namespace = "shop", Pod = "s-0", Stream = "stdout" };

        Assert.Equal("a b", await ReadAsync(both));
        Assert.Equal("b", await TailAsync(both, 1));
        Assert.Equal("new", await ReadAsync(one));
        Assert.Equal("old", await ReadAsync(one with { Lives = Lives.Previous }));
        Assert.Equal("a", await ReadAsync(new Question { Namespace = "shop", Pod = "a-1", Until = At(120) }));
        Assert.Equal("", await ReadAsync(new Question { Namespace = "shop", Pod = "a-1", Since = At(120) }));
        Assert.Equal("a", await TailAsync(new Question { Namespace = "shop", Pod = "a-1", Until = At(120) }, 4));
    }
}
