using Collector.Kubernetes;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;
using Collector.Testing.Storage;
using Collector.Tests.Configuration;
using Collector.Tests.Endpoints;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Collector.Tests.Kubernetes;

/// <summary>S-139, of what is known: whatever a pod is called and says of itself, another pod's log is described as if it were not there.</summary>
public sealed class WhoseLogTests
{
    private const string Hash = "kubernetes.io/config.hash";
    private const string Mirror = "kubernetes.io/config.mirror";
    private const string CartUid = "8b3d07a8-ff60-4686-a65c-2e140237cd4a";
    private const string EvilUid = "99999999-2222-4333-8444-555555555555";
    private const string StaticHash = "d2acbdba14b4cfde0b33c54827702058";

    private static readonly string s_cartId = new('a', 64);
    private static readonly ContainerRef s_cartLog = new("shop", "cart", CartUid, "app", 0, "");
    private static readonly ContainerRef s_etcdLog = new("kube-system", "etcd-node1", StaticHash, "etcd", 0, "");

    private readonly SteppedClock _clock = new();

    /// <summary>Pods that claim the directory of another, each in its own way.</summary>
    private static readonly Dictionary<string, Func<ApiObject>> s_neighbours = new(StringComparer.Ordinal)
    {
        ["a hash"] = () => Evil("other", "evil", (Hash, CartUid)),
        ["a hash, in the same namespace"] = () => Evil("shop", "evil", (Hash, CartUid)),
        ["a hash, under the same name"] = () => Evil("other", "cart", (Hash, CartUid)),
        ["a DaemonSet's hash"] = () => OwnedBy("DaemonSet", "evil", Evil("other", "evil-x2x4z", (Hash, CartUid))),
        ["a mirror without an owner"] = () => Evil("other", "evil", (Hash, CartUid), (Mirror, CartUid)),
        ["a mirror that a DaemonSet owns"] = () => OwnedBy("DaemonSet", "node1", Evil("other", "evil", (Hash, CartUid), (Mirror, CartUid))),
        ["a mirror that another node owns"] = () => OwnedBy("Node", "node2", Evil("shop", "evil", (Hash, CartUid), (Mirror, CartUid))),
        ["a node's pod that is no mirror"] = () => OwnedBy("Node", "node1", Evil("shop", "evil", (Hash, CartUid))),
        ["a mirror of another hash"] = () => OwnedBy("Node", "node1", Evil("shop", "evil", (Hash, CartUid), (Mirror, StaticHash))),
        ["a mirror alone"] = () => OwnedBy("Node", "node1", Evil("shop", "evil", (Mirror, CartUid))),
        ["a perfect mirror"] = () => OwnedBy("Node", "node1", Evil("other", "evil", (Hash, CartUid), (Mirror, CartUid))),
        ["a perfect mirror, in the same namespace"] = () => OwnedBy("Node", "node1", Evil("shop", "evil", (Hash, CartUid), (Mirror, CartUid))),
        ["a perfect mirror, under the same name"] = () => OwnedBy("Node", "node1", Evil("other", "cart", (Hash, CartUid), (Mirror, CartUid))),
        ["the same name"] = () => Evil("other", "cart"),
        ["annotations of another's container"] = () => Evil("shop", "evil", ("collector/exclude-app", "true"), ("fluentbit.io/exclude_stdout-app", "true")),
    };

    public static MatrixTheoryData<string, string> NeighboursAndOrders() => new(
        s_neighbours.Keys, ["before", "after", "listed before", "listed after", "again", "gone", "gone, never seen", "outlives", "outlives in the list", "kept on disk", "kept on disk, victim deleted"]);

    [Theory]
    [MemberData(nameof(NeighboursAndOrders))]
    public void A_pod_that_claims_anothers_directory_changes_nothing_of_it(string neighbour, string order)
    {
        var alone = Play(order, null);
        var together = Play(order, s_neighbours[neighbour]());

        Assert.Contains("\"team\":\"web\"", Describe(alone, s_cartLog), StringComparison.Ordinal);
        Assert.Equal(Describe(alone, s_cartLog), Describe(together, s_cartLog));
    }

    /// <summary>Somebody who copies a static pod's manifest, annotations and all, has made an ordinary pod.</summary>
    [Theory]
    [InlineData(StaticHash, null)]
    [InlineData(StaticHash, StaticHash)]
    [InlineData("", "")]
    [InlineData(" ", null)]
    [InlineData("../../../etc/shadow", "../../../etc/shadow")]
    [InlineData("a_b/c", null)]
    public void An_ordinary_pod_is_known_by_its_own_UID_whatever_its_hash(string hash, string? mirror)
    {
        var cache = new PodCache(_clock);
        var cart = Cart();
        cart.Annotations[Hash] = hash;
        if (mirror is not null)
        {
            cart.Annotations[Mirror] = mirror;
        }

        cache.Put(cart);

        Assert.Contains("\"team\":\"web\"", Describe(cache, s_cartLog), StringComparison.Ordinal);
        Assert.Contains("metadata_missing", Describe(cache, s_cartLog with { PodUid = hash }), StringComparison.Ordinal);
    }

    /// <summary>A directory can be made by who may write beneath <c>/var/log</c>; with a UID that was seen elsewhere it names nobody.</summary>
    [Theory]
    [InlineData("other", "cart")]
    [InlineData("shop", "evil")]
    [InlineData("other", "evil")]
    public void A_directory_that_has_a_pods_UID_alone_is_not_that_pods(string space, string name)
    {
        var cache = new PodCache(_clock);
        cache.Put(Cart());

        var described = Describe(cache, s_cartLog with { Namespace = space, Pod = name });

        Assert.Contains("metadata_missing", described, StringComparison.Ordinal);
        Assert.DoesNotContain("web", described, StringComparison.Ordinal);
    }

    [Fact]
    public void A_static_pod_is_known_by_its_hash_and_not_by_its_mirrors_UID()
    {
        var cache = new PodCache(_clock);
        cache.Put(Etcd("m1"));

        Assert.Contains("\"pod_id\":\"m1\"", Describe(cache, s_etcdLog), StringComparison.Ordinal);
        Assert.Contains("metadata_missing", Describe(cache, s_etcdLog with { PodUid = "m1" }), StringComparison.Ordinal);
    }

    /// <summary>Kubelet makes a mirror anew when somebody deletes it, also while the collector does not run.</summary>
    [Theory]
    [InlineData("one after the other")]
    [InlineData("its end comes late")]
    [InlineData("its end was not seen")]
    [InlineData("it is on the disk only")]
    [InlineData("it is on the disk, and ended")]
    public void Of_two_mirrors_of_one_static_pod_the_one_that_is_there_counts(string order)
    {
        var cache = new PodCache(_clock);
        cache.Put(Etcd("m1"));
        switch (order)
        {
            case "one after the other":
                cache.Remove(Etcd("m1"));
                cache.Put(Etcd("m2"));
                break;
            case "its end comes late":
                cache.Put(Etcd("m2"));
                cache.Remove(Etcd("m1"));
                break;
            case "its end was not seen":
                cache.Replace([Etcd("m2")]);
                break;
            case "it is on the disk only":
                cache = Reload(cache);
                cache.Replace([Etcd("m2")]);
                break;
            default:
                cache.Remove(Etcd("m1"));
                cache = Reload(cache);
                cache.Put(Etcd("m2"));
                break;
        }

        var described = Describe(cache, s_etcdLog);

        Assert.Contains("\"pod_id\":\"m2\"", described, StringComparison.Ordinal);
        Assert.Contains("HasEnded = False", described, StringComparison.Ordinal);
    }

    /// <summary>As today's files are named, as those of earlier versions were, and as no version named them.</summary>
    [Theory]
    [InlineData(CartUid, "other", "evil")]
    [InlineData(CartUid, "other", "cart")]
    [InlineData(CartUid, "shop", "cart")]
    [InlineData(EvilUid, "other", "evil")]
    [InlineData(EvilUid, "shop", "evil")]
    [InlineData("0", "shop", "cart")]
    public void A_file_on_the_disk_that_claims_anothers_directory_changes_nothing_of_it(string file, string space, string name)
    {
        var disk = new SimulatedDisk();
        var alone = new PodCache(_clock);
        alone.Put(Cart());
        using (var claim = disk.Root.Create(file + ".json"))
        {
            var pod = new Pod { Uid = EvilUid, PathUid = CartUid, Namespace = space, Name = name, Labels = new Dictionary<string, string> { ["team"] = "evil" }, Annotations = new Dictionary<string, string> { ["collector/exclude"] = "true" } };
            claim.Write(PodFile.Write(pod).Span, 0);
        }

        var cache = new PodCache(_clock);
        cache.Load(new PodStore(disk.Root, NullLogger.Instance).Load());
        Assert.True(file == EvilUid || !Describe(cache, s_cartLog).Contains("evil", StringComparison.Ordinal));
        cache.Put(Cart());

        Assert.Equal(Describe(alone, s_cartLog), Describe(cache, s_cartLog));
    }

    /// <summary>Plain files, and links in a directory of their own, have no UID: namespace, names and the container's id must all agree.</summary>
    [Theory]
    [InlineData("shop", "cart", "app", true)]
    [InlineData("other", "cart", "app", false)]
    [InlineData("shop", "evil", "app", false)]
    [InlineData("shop", "cart", "proxy", false)]
    public void A_log_without_a_UID_is_known_by_all_that_its_name_says(string space, string name, string container, bool isKnown)
    {
        var cache = new PodCache(_clock);
        cache.Put(Cart());

        var described = Describe(cache, new ContainerRef(space, name, "", container, 0, s_cartId));

        Assert.Equal(isKnown, described.Contains("\"team\":\"web\"", StringComparison.Ordinal));
    }

    [Fact]
    public void A_log_without_a_UID_and_without_an_id_is_nobodys()
    {
        var cache = new PodCache(_clock);
        cache.Put(new ApiObject { Uid = CartUid, Namespace = "shop", Name = "cart", Labels = { ["team"] = "web" }, Containers = { ["app"] = new ContainerState() } });

        Assert.Contains("metadata_missing", Describe(cache, new ContainerRef("shop", "cart", "", "app", 0, "")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_without_a_UID_ends_with_its_own_container_and_not_with_one_before_it()
    {
        var cache = new PodCache(_clock);
        var cart = Cart();
        cart.Containers["app"] = cart.Containers["app"] with { RestartCount = 5, LastId = "before" };
        cache.Put(cart);

        Assert.Contains("HasEnded = False", Describe(cache, new ContainerRef("shop", "cart", "", "app", 0, s_cartId)), StringComparison.Ordinal);
        Assert.Contains("HasEnded = True", Describe(cache, new ContainerRef("shop", "cart", "", "app", 0, "before")), StringComparison.Ordinal);
    }

    /// <summary>A node's name may be a pod's, too.</summary>
    [Fact]
    public void A_pod_that_has_the_collectors_name_and_another_UID_is_not_the_collector()
    {
        var own = new OwnPod("shop", "cart", EvilUid);

        Assert.False(own.Is(s_cartLog));
        Assert.True(own.Is(s_cartLog with { PodUid = EvilUid }));
        Assert.True(own.Is(s_cartLog with { PodUid = "" }));
    }

    /// <summary>Pods that nobody has logs of are forgotten before one whose log is still to be read.</summary>
    [Fact]
    public void However_many_pods_come_and_go_a_deleted_pod_that_has_a_log_is_known()
    {
        var cache = new PodCache(_clock);
        cache.Put(Cart());
        cache.Remove(Cart());
        for (var i = 0; i < 2100; i++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(1));
            var item = new ApiObject { Uid = $"u{i}", Namespace = "other", Name = $"evil{i}" };
            cache.Put(item);
            cache.Remove(item);
        }

        cache.Keep(new HashSet<string> { CartUid });

        Assert.Contains("\"team\":\"web\"", Describe(cache, s_cartLog), StringComparison.Ordinal);
    }

    private PodCache Play(string order, ApiObject? neighbour)
    {
        var cache = new PodCache(_clock);
        switch (order)
        {
            case "before":
                Put();
                cache.Put(Cart());
                break;
            case "listed before":
                cache.Replace(neighbour is null ? [Cart()] : [neighbour, Cart()]);
                break;
            case "listed after":
                cache.Replace(List());
                break;
            case "again":
                cache.Replace(List());
                cache.Replace(List());
                Put();
                break;
            case "gone":
                cache.Replace(List());
                Remove();
                break;
            case "gone, never seen":
                cache.Put(Cart());
                Remove();
                break;
            case "outlives":
                cache.Put(Cart());
                Put();
                cache.Remove(Cart());
                break;
            case "outlives in the list":
                cache.Replace(List());
                cache.Replace(neighbour is null ? [] : [neighbour]);
                break;
            case "kept on disk":
                cache.Replace(List());
                cache = Reload(cache);
                break;
            case "kept on disk, victim deleted":
                cache.Replace(List());
                cache.Remove(Cart());
                Put();
                cache = Reload(cache);
                break;
            default:
                cache.Put(Cart());
                Put();
                break;
        }

        return cache;

        List<ApiObject> List() => neighbour is null ? [Cart()] : [Cart(), neighbour];

        void Put()
        {
            if (neighbour is not null)
            {
                cache.Put(neighbour);
            }
        }

        void Remove()
        {
            if (neighbour is not null)
            {
                cache.Remove(neighbour);
            }
        }
    }

    private PodCache Reload(PodCache cache)
    {
        var disk = new SimulatedDisk();
        new PodStore(disk.Root, NullLogger.Instance).TrySave(cache.TakeUnsaved());
        var next = new PodCache(_clock);
        next.Load(new PodStore(disk.Root, NullLogger.Instance).Load());
        return next;
    }

    /// <summary>All that is stored of it, and whether it is read at all.</summary>
    private static string Describe(PodCache cache, ContainerRef container)
    {
        var config = Yaml.Valid($"{Yaml.Minimal}node: node1\nkubernetes: {{annotations: true}}");
        var facts = new ContainerDescriber(config, ownPod: null, new ClusterCaches(cache, null, null, _ => true)).Describe(container);
        return System.Text.Encoding.UTF8.GetString(RecordTail.Render(facts.Identity).Bytes) + (facts with { Identity = null! });
    }

    private static ApiObject Cart() => new()
    {
        Uid = CartUid,
        Namespace = "shop",
        Name = "cart",
        NodeName = "node1",
        OwnerKind = "StatefulSet",
        OwnerName = "cart",
        Labels = { ["team"] = "web" },
        Annotations = { ["note"] = "mine" },
        Containers =
        {
            ["app"] = new ContainerState { SpecImage = "cart:1", Image = "cart:1", ImageId = "cart@sha256:1", Id = s_cartId, IsRunning = true },
            ["proxy"] = new ContainerState { SpecImage = "proxy:1", Image = "proxy:1", ImageId = "proxy@sha256:1", Id = new string('b', 64), IsRunning = true },
        },
    };

    private static ApiObject Evil(string space, string name, params (string Key, string Value)[] annotations)
    {
        var item = new ApiObject
        {
            Uid = EvilUid,
            Namespace = space,
            Name = name,
            NodeName = "node1",
            Labels = { ["team"] = "evil" },
            Annotations = { ["collector/exclude"] = "true", ["collector/parse-json"] = "true" },
            Containers = { ["app"] = new ContainerState { SpecImage = "evil:1", Image = "evil:1", ImageId = "evil@sha256:1", Id = s_cartId, IsTerminated = true } },
        };
        foreach (var (key, value) in annotations)
        {
            item.Annotations[key] = value;
        }

        return item;
    }

    private static ApiObject OwnedBy(string kind, string name, ApiObject item)
    {
        (item.OwnerKind, item.OwnerName) = (kind, name);
        return item;
    }

    private static ApiObject Etcd(string uid) => new()
    {
        Uid = uid,
        Namespace = "kube-system",
        Name = "etcd-node1",
        NodeName = "node1",
        OwnerKind = "Node",
        OwnerName = "node1",
        Annotations = { [Hash] = StaticHash, [Mirror] = StaticHash },
        Containers = { ["etcd"] = new ContainerState { Image = "etcd:1", ImageId = "etcd@sha256:1", Id = s_cartId, IsRunning = true } },
    };
}
