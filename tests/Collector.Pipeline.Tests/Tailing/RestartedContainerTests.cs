using Collector.Pipeline.Sources;
using Collector.Pipeline.Tailing;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>S-140: kubelet makes a restarted container's file first, its link a moment later, and the API tells of it last.</summary>
public class RestartedContainerTests
{
    private const string NewId = "cart1fffffff";
    private const string Line = "2026-11-20T11:00:01Z stdout F new\n";

    [Fact]
    public void The_first_records_of_a_restarted_container_carry_the_id_of_its_link()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("old");
        tail.Run();
        tail.File($"pods/shop_cart_uid-cart/app/1.log").Append(Line);
        tail.Run();
        Link(tail, log);
        tail.Advance(2);

        Assert.Equal([(0, log.ContainerId), (1, NewId)], tail.Stored().All.Select(r => (r.Restart, r.ContainerId)));
    }

    [Fact]
    public void The_first_records_of_a_restarted_container_wait_for_the_id_that_the_API_is_about_to_tell()
    {
        var told = false;
        using var tail = new TailHarness(new TailOptions { Facts = Describe });
        var log = tail.Container().Write("old");
        tail.Run();
        tail.File($"pods/shop_cart_uid-cart/app/1.log").Append(Line);
        tail.Advance(5);
        Assert.Equal(["old"], tail.Stored().Logs);
        told = true;
        tail.Advance(2);

        Assert.Equal([(0, log.ContainerId), (1, NewId)], tail.Stored().All.Select(r => (r.Restart, r.ContainerId)));

        ContainerFacts Describe(ContainerRef container) => container.Restart == 0 ? new ContainerFacts { Identity = TailHarness.IdentityOf(container) }
            : new ContainerFacts { Identity = TailHarness.IdentityOf(container with { ContainerId = told ? NewId : "" }), IsPending = !told };
    }

    [Fact]
    public void An_id_that_nobody_tells_is_left_out_after_the_wait()
    {
        using var tail = new TailHarness(new TailOptions { Facts = c => new ContainerFacts { Identity = TailHarness.IdentityOf(c), IsPending = c.Restart == 1 } });
        var log = tail.Container().Write("old");
        tail.Run();
        tail.File($"pods/shop_cart_uid-cart/app/1.log").Append(Line);
        tail.Advance(12);

        Assert.Equal([(0, log.ContainerId), (1, "")], tail.Stored().All.Select(r => (r.Restart, r.ContainerId)));
    }

    /// <summary>I6: what fails at the start is parked with all that is known of it, so nothing is read twice or called lost.</summary>
    [Fact]
    public void A_container_that_cannot_be_taken_up_at_a_start_goes_on_where_it_was_when_it_can()
    {
        var fails = false;
        using var tail = new TailHarness(new TailOptions { Facts = c => fails ? throw new InvalidOperationException("not now") : new ContainerFacts { Identity = TailHarness.IdentityOf(c) } });
        var log = tail.Container().Write("before");
        tail.Run();
        tail.Stop(End.Clean);
        fails = true;
        tail.Start();
        tail.Advance(3);
        fails = false;
        log.Write("after");
        tail.Advance(70);

        Assert.Equal(["before", "after"], tail.Stored().Logs);
        tail.AssertNothingLost();
    }

    /// <summary>A file of a directory below may be the copy of either life; it is seen once, and parks nobody.</summary>
    [Fact]
    public void Two_lives_whose_files_go_at_once_beside_a_file_of_somebody_else_stop_nothing()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("old");
        tail.File("pods/shop_cart_uid-cart/app/1.log").Append(Line);
        tail.Advance(5);
        tail.Stop(End.Clean);
        File.Delete(Path.Join(log.Directory, "0.log"));
        File.Delete(Path.Join(log.Directory, "1.log"));
        Directory.CreateDirectory(Path.Join(log.Directory, "aside"));
        tail.File("pods/shop_cart_uid-cart/app/aside/some.txt").Append("somebody else's\n");
        tail.File("pods/shop_cart_uid-cart/app/2.log").Append(Line.Replace("new", "newest", StringComparison.Ordinal));
        tail.Start();
        tail.Advance(5);

        Assert.Equal(["old", "new", "newest"], tail.Stored().Logs);
        Assert.False(tail.Worker.HasUnreadable);
    }

    /// <summary>A static pod that is removed and added again has the same UID, so the same path, and counts from 0 again.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void A_container_that_is_made_again_under_the_same_path_has_its_own_id(bool linkComesLate, bool oldLinkStays)
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("old").Rotate().Write("old, too");
        tail.Run();
        MakeAgain(tail, log, oldLinkStays);
        if (linkComesLate)
        {
            tail.Advance(0.5);
        }

        Link(tail, log, restart: 0);
        tail.Advance(2);
        tail.File("pods/shop_cart_uid-cart/app/0.log").Append("2026-11-20T12:00:02Z stdout F newer\n");
        tail.Advance(2);
        tail.Restart(End.Kill);
        tail.File("pods/shop_cart_uid-cart/app/0.log").Append("2026-11-20T12:00:03Z stdout F newest\n");
        tail.Advance(2);

        Assert.Equal(
            [("old", log.ContainerId), ("old, too", log.ContainerId), ("new", NewId), ("newer", NewId), ("newest", NewId)],
            tail.Stored().All.Select(r => (r.Log, r.ContainerId)));
    }

    [Fact]
    public void A_container_that_is_made_again_while_nobody_looks_has_its_own_id()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("old");
        tail.Run();
        tail.Stop(End.Clean);
        MakeAgain(tail, log, oldLinkStays: true);
        Link(tail, log, restart: 0);
        tail.Start();
        tail.Advance(3);

        Assert.Equal([("old", log.ContainerId), ("new", NewId)], tail.Stored().All.Select(r => (r.Log, r.ContainerId)));
    }

    /// <summary>A log that somebody removed, and that the runtime opened anew, is the same container's.</summary>
    [Fact]
    public void A_log_that_is_removed_and_made_again_without_a_new_link_keeps_its_id()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("old");
        tail.Run();
        log.Live.Delete();
        log.Reopen().Write("new");
        tail.Advance(3);

        Assert.Equal([("old", log.ContainerId), ("new", log.ContainerId)], tail.Stored().All.Select(r => (r.Log, r.ContainerId)));
    }

    /// <summary>A container that crashes every few minutes has thousands of runs in a month; only the last are kept in memory.</summary>
    [Fact]
    public void Runs_that_have_ended_long_ago_are_forgotten()
    {
        using var tail = new TailHarness();
        var log = tail.Container();
        for (var run = 0; run < 20; run++)
        {
            log.Write($"run {run}");
            tail.Run();
            log.Live.Delete();
            log.Restart();
        }

        log.Write("last");
        tail.Advance(130);
        tail.Outputs[0].Upload();
        tail.Clock.Advance(TimeSpan.FromHours(2));
        tail.Advance(60);

        var chain = tail.Worker.Chains.Single();
        Assert.Equal(20, Assert.Single(chain.Links.Keys));
        Assert.Equal(20, Assert.Single(chain.Routes).Identity.RestartCount);
        log.Write("and on");
        tail.Run();
        Assert.Equal(
            [.. Enumerable.Range(0, 20).Select(run => ($"run {run}", run)), ("last", 20), ("and on", 20)],
            tail.Stored().All.Select(r => (r.Log, r.Restart)));
        tail.AssertNothingLost();
    }

    private static void MakeAgain(TailHarness tail, KubeletLog log, bool oldLinkStays)
    {
        Directory.Delete(log.Directory, recursive: true);
        if (!oldLinkStays)
        {
            File.Delete(log.Link);
        }

        tail.Clock.Advance(TimeSpan.FromHours(1));
        Directory.CreateDirectory(log.Directory);
        tail.File("pods/shop_cart_uid-cart/app/0.log").Append("2026-11-20T12:00:01Z stdout F new\n");
    }

    private static void Link(TailHarness tail, KubeletLog log, int restart = 1)
    {
        File.CreateSymbolicLink(Path.Join(tail.Node.Containers, $"cart_shop_app-{NewId}.log"), Path.Join(log.Directory, $"{restart}.log"));
        NodeFile.TouchDirectory(tail.Node.Containers, tail.Clock);
    }
}
