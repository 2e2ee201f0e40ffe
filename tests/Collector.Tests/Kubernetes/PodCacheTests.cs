using Collector.Kubernetes;
using Collector.Pipeline.Storage;
using Collector.Testing.Storage;
using Collector.Tests.Endpoints;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Collector.Tests.Kubernetes;

public sealed class PodCacheTests
{
    private static readonly IReadOnlySet<string> s_nothing = new HashSet<string>();

    private readonly SteppedClock _clock = new();
    private readonly PodCache _cache;
    private readonly List<string> _changes = [];

    public PodCacheTests()
    {
        _cache = new PodCache(_clock);
        _cache.Changed += uids => _changes.AddRange(uids);
    }

    /// <summary>S-78: a static pod's directory has the hash of its manifest, not the UID of its mirror.</summary>
    [Fact]
    public async Task A_static_pod_is_found_by_the_hash_that_its_path_has()
    {
        _cache.Replace([.. (await Recorded.ListAsync("list-at-logs.json", annotations: false)).SkipLast(1)]);

        var etcd = _cache.Find("kube-system_etcd-node1_d2acbdba14b4cfde0b33c54827702058");
        Assert.Equal(("etcd-node1", "22f35c73-2af6-44ab-872a-f27b11e6803c"), (etcd?.Name, etcd?.Uid));
        Assert.Equal("control-plane", etcd!.Labels["tier"]);
        Assert.Null(_cache.Find($"kube-system_etcd-node1_{etcd.Uid}"));
    }

    [Fact]
    public void A_mirror_that_is_made_anew_takes_the_place_of_the_old_one_whose_end_comes_late()
    {
        _cache.Put(Mirror("m1"));
        _cache.Put(Mirror("m2"));
        _cache.Remove(Mirror("m1"));

        Assert.Equal(("m2", null), (_cache.Find("kube-system_etcd_hash")?.Uid, _cache.Find("kube-system_etcd_hash")?.DeletedAt));
    }

    [Fact]
    public void What_changes_nothing_tells_nobody()
    {
        _cache.Put(Item("u1", "cart", "1"));
        var pod = _cache.Find("shop_cart_u1");
        var again = Item("u1", "cart", "1");
        again.ResourceVersion = "99";
        _cache.Put(again);

        Assert.Same(pod, _cache.Find("shop_cart_u1"));
        Assert.Equal(["u1"], _changes);
    }

    [Fact]
    public void A_change_keeps_what_it_does_not_change()
    {
        _cache.Put(Item("u1", "cart", "1"));
        var labels = _cache.Find("shop_cart_u1")!.Labels;
        var changed = Item("u1", "cart", "1");
        changed.Phase = "Succeeded";
        _cache.Put(changed);

        Assert.True(_cache.Find("shop_cart_u1")!.IsOver);
        Assert.Same(labels, _cache.Find("shop_cart_u1")!.Labels);
    }

    [Fact]
    public void Deleted_pods_stay_as_long_as_they_have_logs()
    {
        _cache.Replace([Item("u1", "a", "1"), Item("u2", "b", "1")]);
        _cache.Remove(Item("u1", "a", "2"));
        _cache.Replace([]);
        Assert.NotNull(_cache.Find("shop_b_u2")!.DeletedAt);

        _cache.Keep(s_nothing);
        Assert.Equal("2", _cache.Find("shop_a_u1")!.Labels["version"]);

        _clock.Advance(TimeSpan.FromMinutes(11));
        _cache.Keep(new HashSet<string> { "u2" });

        Assert.Null(_cache.Find("shop_a_u1"));
        Assert.NotNull(_cache.Find("shop_b_u2"));
    }

    [Fact]
    public void However_many_are_deleted_only_so_many_are_kept()
    {
        var items = Enumerable.Range(0, 2100).Select(i => Item($"u{i}", $"p{i}", "1")).ToList();
        _cache.Replace(items);
        _cache.Replace([]);
        _cache.Keep(items.Select(i => i.Uid).ToHashSet());

        Assert.Equal(2000, items.Count(i => _cache.Find($"shop_{i.Name}_{i.Uid}") is not null));
    }

    [Fact]
    public void A_pod_of_the_same_name_is_another_pod()
    {
        _cache.Put(Item("u1", "orders-0", "1"));
        _cache.Put(Item("u2", "orders-0", "2"));

        Assert.Equal(("1", "2"), (_cache.Find("shop_orders-0_u1")!.Labels["version"], _cache.Find("shop_orders-0_u2")!.Labels["version"]));
    }

    [Fact]
    public async Task What_was_known_is_known_to_the_next_life()
    {
        var disk = new SimulatedDisk();
        _cache.Replace([.. (await Recorded.ListAsync("list-at-logs.json")).SkipLast(1)]);
        _cache.Remove((await Recorded.ListAsync("list-at-logs.json")).Single(i => i.Name == "crasher"));
        Assert.True(Store(disk.Root).TrySave(_cache.TakeUnsaved()));

        var next = new PodCache(_clock);
        next.Load(Store(disk.Restart(1, LossMode.PowerLoss).Root).Load());

        string[] directories = ["kube-system_etcd-node1_d2acbdba14b4cfde0b33c54827702058", "shop_crasher_32c154d0-7281-4443-9ba7-57f27b04c1a0", "shop_cart-66fc884c54-4rnvf_8b3d07a8-ff60-4686-a65c-2e140237cd4a"];
        Assert.All(directories, directory => Assert.Equal(Flat(_cache.Find(directory)!), Flat(next.Find(directory)!)));

        Assert.Empty(next.TakeUnsaved());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"version\":2}")]
    [InlineData("{\"version\":1,\"uid\":\"u1\"")]
    [InlineData("\0\0\0\0")]
    [InlineData("[]")]
    public void A_damaged_file_is_ignored_and_the_others_are_not(string content)
    {
        var directory = new SimulatedDisk().Root;
        _cache.Replace([Item("u1", "a", "1"), Item("u2", "b", "1")]);
        Store(directory).TrySave(_cache.TakeUnsaved());
        directory.Delete("u1.json");
        using (var file = directory.Create("u1.json"))
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes(content), 0);
        }

        Assert.Equal(["u2"], Store(directory).Load().Select(p => p.Uid));
        Assert.Equal(["u2.json"], directory.ListFiles());
    }

    [Fact]
    public void What_is_forgotten_is_removed_from_the_disk_and_no_name_leads_out_of_it()
    {
        var directory = new SimulatedDisk().Root;
        _cache.Put(Item("u1", "a", "1"));
        _cache.Put(Item("../../etc/passwd", "evil", "1"));
        Store(directory).TrySave(_cache.TakeUnsaved());
        Assert.Equal(["u1.json"], directory.ListFiles());

        _cache.Replace([]);
        _clock.Advance(TimeSpan.FromMinutes(11));
        _cache.Keep(s_nothing);
        Store(directory).TrySave(_cache.TakeUnsaved());

        Assert.Empty(directory.ListFiles());
    }

    private static PodStore Store(IStorageDirectory directory) => new(directory, NullLogger.Instance);

    private static string Flat(Pod pod) =>
        $"{pod with { Labels = null!, Annotations = null!, Containers = null! }} {string.Join(",", pod.Labels)} {string.Join(",", pod.Annotations)} {string.Join(",", pod.Containers)}";

    private static ApiObject Item(string uid, string name, string version) => new() { Uid = uid, Name = name, Namespace = "shop", Labels = { ["version"] = version } };

    private static ApiObject Mirror(string uid) => new()
    {
        Uid = uid,
        Name = "etcd",
        Namespace = "kube-system",
        NodeName = "node1",
        OwnerKind = "Node",
        OwnerName = "node1",
        Annotations = { [Pod.ConfigHash] = "hash", [Pod.ConfigMirror] = "hash" },
    };
}
