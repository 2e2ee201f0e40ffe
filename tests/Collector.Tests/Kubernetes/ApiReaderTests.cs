using System.Text;
using System.Text.Json;
using Collector.Kubernetes;
using Collector.Testing.Kubernetes;
using Xunit;

namespace Collector.Tests.Kubernetes;

public sealed class ApiReaderTests
{
    [Fact]
    public async Task A_real_list_is_read_with_all_that_records_say()
    {
        var items = await Recorded.ListAsync("list-at-logs.json");
        var cart = items.Single(i => i.Name == "cart-66fc884c54-4rnvf");

        Assert.Equal("8b3d07a8-ff60-4686-a65c-2e140237cd4a", cart.Uid);
        Assert.Equal("cart", cart.Labels["app.kubernetes.io/name"]);
        Assert.Equal("quotes \" and \\ and ünïcode", cart.Annotations["note"]);
        Assert.Equal(("ReplicaSet", "cart-66fc884c54", "node1"), (cart.OwnerKind, cart.OwnerName, cart.NodeName));
        Assert.Equal(["cart", "migrate", "proxy"], cart.Containers.Keys.Order());
        Assert.True(cart.Containers["migrate"].IsTerminated);
        Assert.Equal(64, cart.Containers["cart"].Id.Length);
        var crasher = items.Single(i => i.Name == "crasher").Containers["main"];
        Assert.Equal((7, true), (crasher.RestartCount, crasher.LastId.Length == 64));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public async Task In_pieces_of_any_size_it_reads_the_same(int pieceSize)
    {
        var (whole, pieces) = (await Recorded.ListAsync("list.json"), await Recorded.ListAsync("list.json", pieceSize));

        Assert.Equal(whole.Select(Describe), pieces.Select(Describe));
        Assert.Equal("548", whole[^1].ResourceVersion);
    }

    [Fact]
    public async Task Pages_of_a_list_make_the_list()
    {
        var (one, two, whole) = (await Recorded.ListAsync("list-page-1.json"), await Recorded.ListAsync("list-page-2.json"), await Recorded.ListAsync("list.json"));

        Assert.NotEmpty(one[^1].Message);
        Assert.Equal(whole.SkipLast(1).Select(i => i.Uid).Take(one.Count - 1), one.SkipLast(1).Select(i => i.Uid));
        Assert.Equal(whole[one.Count - 1].Uid, two[0].Uid);
    }

    [Theory]
    [InlineData("watch.jsonl", 13)]
    [InlineData("watch-list.jsonl", 5000)]
    public async Task Every_event_of_a_real_watch_is_read(string name, int pieceSize)
    {
        var events = await Recorded.EventsAsync(name, pieceSize);

        Assert.Equal(File.ReadLines(Recorded.PathOf(name)).Count(), events.Count);
        Assert.All(events, e => Assert.Contains(e.Type, (string[])["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]));
        Assert.All(events, e => Assert.NotEmpty(e.Object.ResourceVersion));
    }

    [Fact]
    public async Task An_error_event_has_its_code()
    {
        var (type, item) = Assert.Single(await Recorded.EventsAsync("watch-expired.jsonl"));

        Assert.Equal(("ERROR", 410), (type, item.Code));
        Assert.StartsWith("too old resource version", item.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_that_is_cut_within_an_event_gives_what_was_whole()
    {
        var bytes = File.ReadAllBytes(Recorded.PathOf("watch.jsonl"));
        var second = Array.IndexOf(bytes, (byte)'\n') + 500;
        using var stream = new MemoryStream(bytes, 0, second);
        await using var events = new ApiReader(PodWishes.IsMeant).ReadEventsAsync(stream, CancellationToken.None).GetAsyncEnumerator(CancellationToken.None);

        Assert.True(await events.MoveNextAsync());
        Assert.Equal("MODIFIED", events.Current.Type);
        await Assert.ThrowsAsync<JsonException>(async () => await events.MoveNextAsync());
    }

    /// <summary>S-76: fluent-bit gives up on a pod that is larger than its buffer.</summary>
    [Fact]
    public async Task A_pod_of_megabytes_is_read_and_only_what_is_used_is_kept()
    {
        var pod = new PodSpec("shop", "huge", "u1")
        {
            ManagedFieldBytes = 2 << 20,
            Labels = new Dictionary<string, string> { ["app"] = "huge" },
            Annotations = new Dictionary<string, string> { ["kept"] = "yes", ["long"] = new string('x', 200_000), ["collector/exclude"] = "false" },
        };
        var bytes = Encoding.UTF8.GetBytes($"{{\"type\":\"ADDED\",\"object\":{pod.ToJson().ToJsonString()}}}\n{{\"type\":\"BOOKMARK\",\"object\":{{\"metadata\":{{\"resourceVersion\":\"7\"}}}}}}");
        Assert.True(bytes.Length > 2 << 20);

        var events = await Recorded.EventsAsync(bytes, 1000);

        Assert.Equal("huge", events[0].Object.Labels["app"]);
        Assert.Equal(["collector/exclude"], events[0].Object.Annotations.Keys);
        Assert.Equal("7", events[1].Object.ResourceVersion);
    }

    [Fact]
    public async Task Annotations_that_would_fill_every_record_are_left_out()
    {
        var pod = new PodSpec("shop", "talkative", "u1")
        {
            Annotations = Enumerable.Range(0, 30).Select(i => ($"a{i}", new string('x', i == 0 ? 17_000 : 4_000))).Append(("collector/exclude", "true")).ToDictionary(a => a.Item1, a => a.Item2),
        };

        var item = await ReadAsync(pod);

        Assert.DoesNotContain("a0", item.Annotations.Keys);
        Assert.Equal(17, item.Annotations.Count);
        Assert.Equal("true", item.Annotations["collector/exclude"]);
    }

    /// <summary>The API bounds the length of a label's name and value, and the object, but not the number of labels.</summary>
    [Fact]
    public async Task Labels_that_would_fill_every_record_are_left_out()
    {
        var pod = new PodSpec("shop", "talkative", "u1") { Labels = Enumerable.Range(0, 4000).ToDictionary(i => $"{new string('x', 247)}.com/{i:d4}", _ => "") };

        var item = await ReadAsync(pod);

        Assert.Equal(256, item.Labels.Count);
    }

    /// <summary>The API checks neither the length of an owner's name nor whether there is such an owner.</summary>
    [Fact]
    public async Task An_owner_whose_name_no_object_can_have_is_none()
    {
        var item = await ReadAsync(new PodSpec("shop", "talkative", "u1") { Owner = ("ReplicaSet", new string('x', 1 << 20)) });

        Assert.Equal(("", ""), (item.OwnerKind, item.OwnerName));
        Assert.Equal(253, (await ReadAsync(new PodSpec("shop", "long", "u1") { Owner = ("ReplicaSet", new string('x', 253)) })).OwnerName.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("<html>busy</html>")]
    [InlineData("{\"items\":[{\"metadata\":")]
    public async Task What_is_no_list_is_an_error(string text)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));

        await Assert.ThrowsAnyAsync<JsonException>(async () => await new ApiReader(_ => true).ReadListAsync(stream, [], CancellationToken.None));
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"a","labels":null,"annotations":[1],"ownerReferences":null,"uid":null},"spec":{"containers":null,"nodeName":null},"status":"odd","extra":[[{}]]}""")]
    [InlineData("""{"metadata":{"name":"a","labels":{"x":1,"y":null,"z":["z"]},"ownerReferences":[null,{}]},"spec":[],"status":{"containerStatuses":[null,{"name":null,"state":null}]},"extra":7}""")]
    public async Task Nulls_and_surprises_are_passed_over(string text)
    {
        var item = await ReadAsync(text);

        Assert.Equal(("a", ""), (item.Name, item.Uid));
        Assert.Empty(item.Labels);
    }

    [Fact]
    public async Task A_type_that_no_server_has_is_an_error() =>
        await Assert.ThrowsAsync<JsonException>(() => ReadAsync("""{"metadata":{"name":"a","uid":7}}"""));

    /// <summary>Issue 11: a node's first list; each pod has 30 KB, of which most is not read.</summary>
    [Fact]
    public async Task The_first_list_of_a_node_costs_less_than_2_MB()
    {
        var pods = Enumerable.Range(0, 110).Select(i => new PodSpec("shop", $"cart-7d9f8c6b5-{i:d5}", $"8b3d07a8-ff60-4686-a65c-2e140237{i:d4}")
        {
            ManagedFieldBytes = 29_700,
            Labels = Enumerable.Range(0, 10).ToDictionary(l => $"app.kubernetes.io/label-{l}", l => $"value-{l}"),
            Annotations = Enumerable.Range(0, 10).ToDictionary(a => $"example.com/annotation-{a}", _ => new string('x', 50)),
        });
        var bytes = Encoding.UTF8.GetBytes($$"""{"kind":"PodList","metadata":{"resourceVersion":"7"},"items":[{{string.Join(',', pods.Select(pod => pod.ToJson().ToJsonString()))}}]}""");
        await MeasureAsync();

        var (items, allocated) = await MeasureAsync();

        TestContext.Current.TestOutputHelper?.WriteLine($"{bytes.Length} bytes, {allocated} bytes allocated");
        Assert.InRange(bytes.Length, 110 * 29_000, 110 * 35_000);
        Assert.Equal((110, 10), (items.Count, items[^1].Labels.Count));
        Assert.InRange(allocated, 1, 2_000_000);

        async Task<(List<ApiObject> Items, long Allocated)> MeasureAsync()
        {
            var found = new List<ApiObject>();
            using var stream = new MemoryStream(bytes);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var reading = new ApiReader(PodWishes.IsMeant).ReadListAsync(stream, found, CancellationToken.None);
            var after = GC.GetAllocatedBytesForCurrentThread();
            Assert.True(reading.IsCompletedSuccessfully, "memory does not wait");
            await reading;
            return (found, after - before);
        }
    }

    private static Task<ApiObject> ReadAsync(PodSpec pod) => ReadAsync(pod.ToJson().ToJsonString());

    private static Task<ApiObject> ReadAsync(string json) => Recorded.ObjectAsync(json, _ => true);

    private static string Describe(ApiObject item) =>
        $"{item.Namespace}/{item.Name} {item.Uid} {item.ResourceVersion} {item.Phase} {string.Join(",", item.Labels)} {string.Join(",", item.Annotations)} {string.Join(",", item.Containers)}";
}
