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

    private static void Link(TailHarness tail, KubeletLog log)
    {
        File.CreateSymbolicLink(Path.Join(tail.Node.Containers, $"cart_shop_app-{NewId}.log"), Path.Join(log.Directory, "1.log"));
        NodeFile.TouchDirectory(tail.Node.Containers, tail.Clock);
    }
}
