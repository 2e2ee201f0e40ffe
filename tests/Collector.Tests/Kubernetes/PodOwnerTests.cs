using Collector.Kubernetes;
using Xunit;

namespace Collector.Tests.Kubernetes;

public sealed class PodOwnerTests
{
    [Theory]
    [InlineData("ReplicaSet", "cart-66fc884c54", "66fc884c54", "Deployment", "cart")]
    [InlineData("ReplicaSet", "cart-66fc884c54", "", "ReplicaSet", "cart-66fc884c54")]
    [InlineData("ReplicaSet", "cart", "66fc884c54", "ReplicaSet", "cart")]
    [InlineData("StatefulSet", "orders", "", "StatefulSet", "orders")]
    [InlineData("DaemonSet", "exporter", "", "DaemonSet", "exporter")]
    [InlineData("Job", "report", "", "Job", "report")]
    [InlineData("Job", "nightly-29920354", "", "CronJob", "nightly")]
    [InlineData("Job", "nightly-1795221240", "", "CronJob", "nightly")]
    [InlineData("Job", "report-20261120", "", "Job", "report-20261120")]
    [InlineData("Job", "29920354", "", "Job", "29920354")]
    [InlineData("Node", "node1", "", "Node", "node1")]
    [InlineData("", "", "", "", "")]
    public void The_workload_is_told_from_the_pod_alone(string kind, string name, string hash, string expectedKind, string expectedName)
    {
        var pod = new ApiObject { OwnerKind = kind, OwnerName = name, Created = "2026-11-21T00:34:00Z" };
        if (hash.Length > 0)
        {
            pod.Labels["pod-template-hash"] = hash;
        }

        Assert.Equal((expectedKind, expectedName), PodOwner.Of(pod));
    }

    [Fact]
    public async Task Every_workload_of_a_real_cluster_is_told()
    {
        var owners = (await Recorded.ListAsync("list-at-logs.json")).Where(i => i.Name.Length > 0).Select(i => PodOwner.Of(i)).Distinct().Order();

        Assert.Equal(
            [("", ""), ("CronJob", "nightly"), ("DaemonSet", "exporter"), ("Deployment", "cart"), ("Job", "report"), ("Node", "node1"), ("StatefulSet", "orders")],
            owners);
    }
}
