using Collector.Kubernetes;
using Collector.Pipeline.Sources;
using Collector.Tests.Configuration;
using Xunit;

namespace Collector.Tests.Kubernetes;

/// <summary>Which container id the records of one life of a container say.</summary>
public sealed class ContainerIdTests
{
    private const string Uid = "8b3d07a8-ff60-4686-a65c-2e140237cd4a";
    private const string Second = "2222";
    private const string Third = "3333";

    private readonly PodCache _pods = new(TimeProvider.System);
    private bool _mayCatchUp = true;

    /// <summary>The status is kubelet's of the second restart, or what comes before and after that.</summary>
    [Theory]
    [InlineData("running", 2, Second, "1111")]
    [InlineData("terminated", 2, Second, "1111")]
    [InlineData("waiting", 2, Second, Second)]
    public void The_life_that_the_status_is_about_has_its_id(string state, int restartCount, string id, string lastId)
    {
        Tell(state, restartCount, id, lastId);

        Assert.Equal((Second, false), Describe(restart: 2));
    }

    /// <summary>Kubelet tells of a start up to a second after it; the link is made after the first line may have been written.</summary>
    [Theory]
    [InlineData("running", 2, Second, "1111")]
    [InlineData("terminated", 2, Second, "1111")]
    [InlineData("waiting", 2, Second, Second)]
    [InlineData("waiting", 3, "", Second)]
    public void A_life_that_neither_link_nor_status_tells_of_is_waited_for(string state, int restartCount, string id, string lastId)
    {
        Tell(state, restartCount, id, lastId);

        Assert.Equal(("", true), Describe(restart: 3));

        Tell("running", 3, Third, Second);
        Assert.Equal((Third, false), Describe(restart: 3));
    }

    [Fact]
    public void A_link_tells_the_id_of_its_life_before_the_status_does()
    {
        Tell("running", 2, Second, "1111");

        Assert.Equal((Third, false), Describe(restart: 3, link: Third));
    }

    /// <summary>No status will tell the ids of lives that are over; another life's is worse than none.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(1)]
    [InlineData(0)]
    public void A_life_before_the_one_that_the_status_is_about_has_no_id_but_its_links(int restart)
    {
        Tell("running", 3, Third, Second);

        Assert.Equal(("", false), Describe(restart));
        Assert.Equal((Second, false), Describe(restart, link: Second));
    }

    [Fact]
    public void A_life_that_will_not_be_told_of_is_not_waited_for()
    {
        Tell("running", 2, Second, "1111");
        _mayCatchUp = false;

        Assert.Equal(("", false), Describe(restart: 3));
    }

    [Fact]
    public void A_life_of_a_deleted_pod_is_not_waited_for()
    {
        Tell("running", 2, Second, "1111");
        _pods.Replace([]);

        Assert.Equal(("", false), Describe(restart: 3));
    }

    private void Tell(string state, int restartCount, string id, string lastId) => _pods.Put(new ApiObject
    {
        Uid = Uid,
        Namespace = "shop",
        Name = "cart",
        Containers =
        {
            ["app"] = new ContainerState { Image = "cart:1", ImageId = "cart@sha256:1", Id = id, LastId = lastId, RestartCount = restartCount, IsRunning = state == "running", IsTerminated = state == "terminated" },
        },
    });

    private (string? Id, bool IsPending) Describe(int restart, string link = "")
    {
        var describer = new ContainerDescriber(Yaml.Valid(Yaml.Minimal), ownPod: null, new ClusterCaches(_pods, null, null, _ => _mayCatchUp));
        var facts = describer.Describe(new ContainerRef("shop", "cart", Uid, "app", restart, link));
        return (facts.Identity.DockerId, facts.IsPending);
    }
}
