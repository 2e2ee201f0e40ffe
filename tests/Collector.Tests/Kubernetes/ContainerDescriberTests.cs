using Collector.Kubernetes;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;
using Collector.Testing.Kubernetes;
using Collector.Tests.Configuration;
using Xunit;

namespace Collector.Tests.Kubernetes;

public sealed class ContainerDescriberTests
{
    private const string CartName = "cart-66fc884c54-4rnvf";
    private const string CartUid = "8b3d07a8-ff60-4686-a65c-2e140237cd4a";

    private readonly PodCache _pods = new(TimeProvider.System);
    private bool _mayCatchUp = true;
    private bool _mayLabelsCatchUp = true;

    private ContainerDescriber Describer(string kubernetes = "", OwnPod? own = null, LabelCache? namespaces = null, LabelCache? nodes = null) =>
        new(Yaml.Valid($"{Yaml.Minimal}cluster: dev\nnode: node1\nkubernetes: {{{kubernetes}}}"), own, new ClusterCaches(_pods, namespaces, nodes, cache => cache is PodCache ? _mayCatchUp : _mayLabelsCatchUp));

    private static ContainerRef Cart(string container = "cart", int restart = 0, string id = "") => new("shop", CartName, CartUid, container, restart, id);

    private async Task LoadAsync() => _pods.Replace([.. (await Recorded.ListAsync("list-at-logs.json")).SkipLast(1)]);

    [Fact]
    public async Task Records_of_a_real_pod_say_all_that_the_contract_has()
    {
        await LoadAsync();

        var tail = System.Text.Encoding.UTF8.GetString(RecordTail.Render(Describer("annotations: true").Describe(Cart(id: "8c8c")).Identity).Bytes);

        Assert.Equal(
            ",\"log_type\":\"application\",\"log_source\":\"container\",\"cluster\":\"dev\",\"hostname\":\"node1\",\"kubernetes\":{" +
            "\"namespace_name\":\"shop\",\"pod_name\":\"cart-66fc884c54-4rnvf\",\"pod_id\":\"8b3d07a8-ff60-4686-a65c-2e140237cd4a\",\"container_name\":\"cart\",\"docker_id\":\"8c8c\"," +
            "\"container_image\":\"localhost/busybox:local\",\"container_hash\":\"sha256:9aeadb39bd28d808876d0469a4ac27816be9d5105727c88068705372e5f98c8a\",\"restart_count\":0," +
            "\"owner_kind\":\"Deployment\",\"owner_name\":\"cart\",\"host\":\"node1\"," +
            "\"labels\":{\"app\":\"cart\",\"app.kubernetes.io/name\":\"cart\",\"pod-template-hash\":\"66fc884c54\",\"tier\":\"backend\"}," +
            "\"annotations\":{\"kubectl.kubernetes.io/restartedAt\":\"2026-11-21T00:32:50Z\",\"note\":\"quotes \\\" and \\\\ and ünïcode\",\"prometheus.io/scrape\":\"true\"}}}\n",
            tail);
    }

    [Fact]
    public async Task Every_log_of_the_real_node_has_its_pod_or_had_it()
    {
        await LoadAsync();
        var describer = Describer();
        ContainerRef[] known =
        [
            Cart("migrate"), Cart("proxy"), new("kube-system", "etcd-node1", "d2acbdba14b4cfde0b33c54827702058", "etcd", 0, ""),
            new("shop", "crasher", "32c154d0-7281-4443-9ba7-57f27b04c1a0", "main", 6, ""), new("shop", "crasher", "32c154d0-7281-4443-9ba7-57f27b04c1a0", "main", 7, ""),
        ];

        Assert.All(known.Select(describer.Describe), facts => Assert.False(facts.IsPending || facts.Identity.IsMetadataMissing || facts.Identity.ContainerHash!.Length == 0));
        Assert.Equal([true, false, false, true, false], known.Select(c => describer.Describe(c).HasEnded));
        Assert.Equal("infrastructure", describer.Describe(known[2]).Identity.LogType);
        Assert.True(describer.Describe(new ContainerRef("shop", "nightly-29920353-77r4h", "18c176f9-5386-41cb-80cd-3a25ee38c336", "nightly", 0, "")).Identity.IsMetadataMissing);
    }

    [Fact]
    public async Task Labels_may_be_left_out_of_records_and_still_make_prefixes()
    {
        await LoadAsync();

        var identity = Describer("labels: false").Describe(Cart()).Identity;

        Assert.Equal("backend", identity.GetField("kubernetes", "labels", "tier"));
        Assert.DoesNotContain("backend", System.Text.Encoding.UTF8.GetString(RecordTail.Render(identity).Bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Who_is_not_known_is_waited_for_as_long_as_that_may_help()
    {
        Assert.True(Describer().Describe(Cart()).IsPending);
        _mayCatchUp = false;

        var facts = Describer().Describe(Cart());

        Assert.Equal((false, true, "shop"), (facts.IsPending, facts.Identity.IsMetadataMissing, facts.Identity.Namespace));
    }

    [Fact]
    public void A_container_that_kubelet_has_not_told_of_yet_is_waited_for()
    {
        _pods.Put(new ApiObject { Uid = CartUid, Name = CartName, Namespace = "shop", Containers = { ["cart"] = new ContainerState { SpecImage = "cart:1" } } });

        var facts = Describer().Describe(Cart());

        Assert.Equal((true, false, "cart:1"), (facts.IsPending, facts.Identity.IsMetadataMissing, facts.Identity.ContainerImage));
    }

    [Fact]
    public async Task Labels_of_namespace_and_node_are_waited_for_where_they_are_wanted()
    {
        await LoadAsync();
        var (namespaces, nodes) = (new LabelCache(), new LabelCache());
        var describer = Describer(namespaces: namespaces, nodes: nodes);
        Assert.True(describer.Describe(Cart()).IsPending);

        namespaces.Put(new ApiObject { Name = "shop", Labels = { ["team"] = "web" } });
        nodes.Put(new ApiObject { Name = "node1", Labels = { ["zone"] = "a" } });

        var facts = describer.Describe(Cart());
        Assert.Equal((false, "web", "a"), (facts.IsPending, facts.Identity.NamespaceLabels["team"], facts.Identity.NodeLabels["zone"]));
    }

    /// <summary>A permission on namespaces that is missing is no reason to read a new pod's log before the pod is known.</summary>
    [Fact]
    public async Task Each_thing_is_waited_for_as_long_as_it_may_come_itself()
    {
        var describer = Describer(namespaces: new LabelCache());
        _mayLabelsCatchUp = false;
        Assert.True(describer.Describe(Cart()).IsPending);

        await LoadAsync();

        Assert.False(describer.Describe(Cart()).IsPending);
        _mayLabelsCatchUp = true;
        Assert.True(describer.Describe(Cart()).IsPending);
    }

    [Theory]
    [InlineData("", LogStreams.Both)]
    [InlineData("false", LogStreams.None)]
    public void The_collectors_own_log_is_read_only_where_its_annotation_asks_for_it(string exclude, LogStreams expected)
    {
        var item = new ApiObject { Uid = CartUid, Name = CartName, Namespace = "shop" };
        if (exclude.Length > 0)
        {
            item.Annotations["collector/exclude"] = exclude;
        }

        _pods.Put(item);
        var facts = Describer(own: new OwnPod("shop", item.Name, "")).Describe(Cart());

        Assert.Equal((expected, expected == LogStreams.Both ? ExclusionReason.OwnLog : ExclusionReason.Annotation), (facts.Excluded, facts.Reason));
    }

    [Fact]
    public void Without_an_API_the_own_pod_is_known_by_its_name_and_nothing_waits()
    {
        var describer = new ContainerDescriber(Yaml.Valid(Yaml.Minimal), new OwnPod("shop", CartName, ""), cluster: null);

        Assert.Equal((LogStreams.Both, false, false), (describer.Describe(Cart()).Excluded, describer.Describe(Cart()).IsPending, describer.Describe(Cart()).Identity.IsMetadataMissing));
        Assert.Equal(LogStreams.None, describer.Describe(new ContainerRef("shop", "other", "u", "c", 0, "")).Excluded);
    }

    /// <summary>Whose names are alike is known without an API, and with one that does not know the pod any more.</summary>
    [Theory]
    [InlineData("collector-x2x4z", "collector-bq9wd", true)]
    [InlineData("collector-66fc884c54-4rnvf", "collector-7d9fb6c5x-zzzzz", true)]
    [InlineData("my-logs-collector-x2x4z", "my-logs-collector-4rnvf", true)]
    [InlineData("collector-x2x4z", "collector-test", false)]
    [InlineData("collector-x2x4z", "collector-agent-bq9wd", false)]
    [InlineData("collector-x2x4z", "collector-abcde", false)]
    [InlineData("collector-x2x4z", "collector-bq9wdx", false)]
    [InlineData("collector-0", "collector-1", false)]
    [InlineData("node1", "node2", false)]
    [InlineData("x2x4z", "bq9wd", false)]
    public void The_pods_of_its_workload_before_it_are_its_own_by_their_names(string own, string other, bool isOwn)
    {
        var log = new ContainerRef("logging", other, "u1", "collector", 0, "");
        var expected = isOwn ? LogStreams.Both : LogStreams.None;
        ContainerDescriber[] describers = [new(Yaml.Valid(Yaml.Minimal), new OwnPod("logging", own, "u0"), cluster: null), Describer(own: new OwnPod("logging", own, "u0"))];

        foreach (var describer in describers)
        {
            Assert.Equal((expected, expected == LogStreams.Both ? ExclusionReason.OwnLog : ExclusionReason.Annotation), (describer.Describe(log).Excluded, describer.Describe(log).Reason));
            Assert.Equal(LogStreams.None, describer.Describe(log with { Namespace = "shop" }).Excluded);
        }
    }

    /// <summary>What the API tells counts more than a name: a Job's pod may be called like a DaemonSet's, and a renamed DaemonSet is the same workload.</summary>
    [Theory]
    [InlineData("logging", "DaemonSet", "collector", "", true)]
    [InlineData("logging", "Job", "collector", "", false)]
    [InlineData("logging", "DaemonSet", "other", "agent", true)]
    [InlineData("logging", "DaemonSet", "other", "test", false)]
    [InlineData("logging", "", "", "", false)]
    [InlineData("shop", "DaemonSet", "collector", "agent", false)]
    public void The_pods_of_its_workload_before_it_are_its_own_by_what_the_API_tells(string space, string kind, string owner, string component, bool isOwn)
    {
        _pods.Put(Of("u0", "collector-x2x4z", "logging", "DaemonSet", "collector", "agent"));
        var other = Of("u1", "collector-bq9wd", space, kind, owner, component);
        _pods.Put(other);
        _pods.Remove(other);

        var facts = Describer(own: new OwnPod("logging", "collector-x2x4z", "")).Describe(new ContainerRef(space, "collector-bq9wd", "u1", "collector", 0, ""));

        Assert.Equal(isOwn ? LogStreams.Both : LogStreams.None, facts.Excluded);

        static ApiObject Of(string uid, string name, string space, string kind, string owner, string component)
        {
            var item = new ApiObject { Uid = uid, Name = name, Namespace = space, OwnerKind = kind, OwnerName = owner };
            if (component.Length > 0)
            {
                (item.Labels["app.kubernetes.io/name"], item.Labels["app.kubernetes.io/instance"], item.Labels["app.kubernetes.io/component"]) = ("collector", "logs", component);
            }

            return item;
        }
    }

    /// <summary>One container a life, of each of the three kinds; which of them are over is for kubelet's status to say.</summary>
    [Theory]
    [InlineData("running", 0, 0, "", "Running", false)]
    [InlineData("terminated", 0, 0, "", "Running", true)]
    [InlineData("waiting", 0, 0, "", "Running", false)]
    [InlineData("waiting", 0, 0, "same", "Running", true)]
    [InlineData("running", 1, 0, "other", "Running", true)]
    [InlineData("running", 1, 1, "other", "Running", false)]
    [InlineData("terminated", 1, 2, "", "Running", false)]
    [InlineData("terminated", 0, 0, "", "Failed", true)]
    [InlineData("running", 0, 0, "", "Failed", false)]
    public async Task A_life_of_a_container_is_over_when_its_status_says_so(string state, int restartCount, int restart, string last, string phase, bool expected)
    {
        var id = new string('a', 64);
        var container = new ContainerSpec("c") { Id = id, State = state, RestartCount = restartCount, LastId = last == "same" ? id : last };
        var other = new ContainerSpec("other");
        PodSpec[] pods =
        [
            new("shop", CartName, CartUid) { Phase = phase, Containers = [container] },
            new("shop", CartName, CartUid) { Phase = phase, Containers = [other], InitContainers = [container] },
            new("shop", CartName, CartUid) { Phase = phase, Containers = [other], EphemeralContainers = [container] },
        ];

        foreach (var pod in pods)
        {
            _pods.Put(await Recorded.ObjectAsync(pod.ToJson().ToJsonString(), PodWishes.IsMeant));

            Assert.Equal(expected, Describer().Describe(Cart("c", restart)).HasEnded);
        }
    }

    /// <summary>A StatefulSet's pod of the recorded watch, event by event: its debug container was over already, then the pod was deleted.</summary>
    [Fact]
    public async Task Real_containers_end_with_the_event_that_says_so()
    {
        const string Uid = "61ca3662";
        var ends = new List<string>();
        foreach (var (_, item) in (await Recorded.EventsAsync("watch.jsonl")).Where(e => e.Object.Uid.StartsWith(Uid, StringComparison.Ordinal)))
        {
            _pods.Put(item);
            var (orders, debugger) = (new ContainerRef("shop", item.Name, item.Uid, "orders", 0, ""), new ContainerRef("shop", item.Name, item.Uid, "debugger-xwb62", 0, ""));
            ends.Add($"{item.ResourceVersion} {Describer().Describe(orders).HasEnded} {Describer().Describe(debugger).HasEnded}");
        }

        Assert.Equal(["559 False True", "689 False True", "692 False True", "702 True True", "713 True True", "714 True True", "715 True True"], ends);
    }

    [Fact]
    public void The_own_pod_is_told_by_variables_or_by_host_name_and_service_account()
    {
        var account = Directory.CreateTempSubdirectory("serviceaccount");
        File.WriteAllText(Path.Join(account.FullName, "namespace"), "logging\n");

        Assert.Equal(new OwnPod("logging", "collector-x", ""), OwnPod.Find(_ => null, "collector-x", account.FullName, "/nowhere"));
        Assert.Equal(new OwnPod("a", "b", "a"), OwnPod.Find(name => name == "POD_NAME" ? "b" : "a", "host", account.FullName, "/nowhere"));
        Assert.Null(OwnPod.Find(_ => null, "host", "/nowhere", "/nowhere"));
        account.Delete(recursive: true);
    }

    /// <summary>With the node's network the host name is the node's, and without the downward API nothing else names the pod.</summary>
    [Theory]
    [InlineData("1580 1571 259:1 /var/lib/kubelet/pods/8b3d07a8-ff60-4686-a65c-2e140237cd4a/etc-hosts /etc/hosts rw,relatime - ext4 /dev/nvme0n1p1 rw", true)]
    [InlineData("1581 1571 259:2 /pods/8b3d07a8-ff60-4686-a65c-2e140237cd4a/containers/collector/0a1b2c3d /dev/termination-log rw,relatime - xfs /dev/nvme1n1 rw", true)]
    [InlineData("1582 1571 259:1 /var/lib/kubelet/pods/8b3d07a8-ff60-4686-a65c-2e140237cd4a/volumes/x /data rw,relatime - ext4 /dev/nvme0n1p1 rw", false)]
    [InlineData("1583 1571 259:1 /var/lib/docker/containers/c0ffee/hosts /etc/hosts rw,relatime - ext4 /dev/sda1 rw", false)]
    [InlineData("", false)]
    public void The_own_pod_is_told_by_what_kubelet_mounted(string mount, bool expected)
    {
        var mounts = Path.GetTempFileName();
        File.WriteAllText(mounts, $"1570 1410 0:339 / / rw,relatime - overlay overlay rw\n{mount}\n");

        var own = OwnPod.Find(_ => null, "node1", "/nowhere", mounts);

        Assert.Equal(expected, own?.Is(Cart()) == true);
        Assert.Equal(new OwnPod("shop", "told", ""), OwnPod.Find(name => name == "POD_UID" ? null : name == "POD_NAME" ? "told" : "shop", "node1", "/nowhere", mounts));
        Assert.False(own?.Is(new ContainerRef("shop", "node1", "other", "c", 0, "")) == true);
        File.Delete(mounts);
    }

    [Fact]
    public async Task Nothing_new_is_equal_facts()
    {
        await LoadAsync();
        var describer = Describer("annotations: true");
        var before = describer.Describe(Cart());
        await LoadAsync();

        Assert.Equal(before, describer.Describe(Cart()));
    }
}
