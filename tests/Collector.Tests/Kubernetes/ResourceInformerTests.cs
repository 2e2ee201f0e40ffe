using System.Net;
using Collector.Testing.Kubernetes;
using Xunit;

namespace Collector.Tests.Kubernetes;

public sealed class ResourceInformerTests : ApiFixture
{
    [Fact]
    public async Task It_lists_then_watches_and_asks_for_no_single_pod_with_rights_on_pods_alone()
    {
        Put("u1");
        Put("elsewhere", node: "node2");
        Start();
        await Until("the pod is listed", () => LabelOf("u1") == "1");
        Put("u2");
        Put("u1", "2");
        await Until("both changes are there", () => LabelOf("u1") == "2" && LabelOf("u2") == "1");
        Api.Store.Delete("pods", "shop", "u2");
        await Until("the deletion is there", () => Cache.Find("shop_u2_u2")?.DeletedAt is not null);

        Assert.Null(Cache.Find("shop_elsewhere_elsewhere"));
        Assert.True(Informer.State.IsSynced);
        Assert.All(Api.Requests, r => Assert.Contains(r.Verb, (string[])["list", "watch"]));
        Assert.Equal((1, 0), (Count("list"), Api.Requests.Count(r => r.Code != 200)));
    }

    [Fact]
    public async Task Pages_make_one_list()
    {
        for (var i = 0; i < 1201; i++)
        {
            Put($"u{i:d4}");
        }

        Api.Faults.ListsFromStorage = true;
        Start();
        await Until("all are listed", () => Informer.State.IsSynced);

        Assert.Equal(1201, Enumerable.Range(0, 1201).Count(i => LabelOf($"u{i:d4}") == "1"));
        Assert.Equal(3, Count("list"));
    }

    [Fact]
    public async Task A_server_that_has_all_in_its_cache_is_asked_once()
    {
        for (var i = 0; i < 600; i++)
        {
            Put($"u{i:d4}");
        }

        Start();
        await Until("all are listed", () => Informer.State.IsSynced);

        Assert.Equal(600, Enumerable.Range(0, 600).Count(i => LabelOf($"u{i:d4}") == "1"));
        Assert.Equal(1, Count("list"));
    }

    /// <summary>Whether the answer has another token to go on with, as the real server's, or has none, as one that is in front of it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task When_the_pages_come_too_slowly_the_list_is_asked_for_in_one(bool hasToken)
    {
        for (var i = 0; i < 600; i++)
        {
            Put($"u{i:d4}");
        }

        Api.Faults.ListsFromStorage = true;
        Api.Faults.AfterNext("list", hasToken ? Api.Store.Compact : () => Api.Faults.Refuse("list", (int)HttpStatusCode.Gone));
        Start();
        await Until("all are listed", () => Informer.State.IsSynced);

        Assert.Equal(600, Enumerable.Range(0, 600).Count(i => LabelOf($"u{i:d4}") == "1"));
        Assert.Equal((2, 1), (Count("list"), Count("list", 410)));
    }

    /// <summary>Servers of one cluster are not equally far: whichever answers, what was seen is not unseen.</summary>
    [Fact]
    public async Task A_list_after_the_first_goes_no_further_back_than_what_was_seen()
    {
        Put("u1");
        Start();
        await UntilItWatches();
        Put("u2");
        await Until("an event came", () => LabelOf("u2") == "1");
        Api.Faults.Refuse("watch", (int)HttpStatusCode.Gone);
        Api.Faults.CutWatches();
        await Until("it has listed again", () => Count("list") == 2);

        var lists = Api.Requests.Where(r => r.Verb == "list").Select(r => r.Query).ToArray();
        Assert.Equal("?fieldSelector=spec.nodeName%3Dnode1&limit=500&resourceVersion=0", lists[0]);
        Assert.Matches(@"^\?fieldSelector=spec\.nodeName%3Dnode1&resourceVersion=1\d\d$", lists[1]);
    }

    /// <summary>The watch that is taken up again is of the future: the server accepts it, and tells nothing by it.</summary>
    [Fact]
    public async Task A_server_that_was_set_back_is_asked_for_what_it_has_now()
    {
        Put("u1");
        Start();
        await UntilItWatches();
        Api.Store.SetBack();
        Api.Faults.CutWatches();
        Put("u1", "2");
        await Until("it has listed again", () =>
        {
            // A log whose pod is not known asks once a turn.
            Informer.TryNow();
            return Count("list", 504) == 1 && Count("list") == 2;
        });

        await Until("it knows what there is now", () => LabelOf("u1") == "2");
        Put("u1", "3");
        await Until("it watches", () => LabelOf("u1") == "3");
    }

    /// <summary>Whoever starts while the back-off is long is known as soon as something shows that there is somebody to ask.</summary>
    [Fact]
    public async Task A_server_that_is_back_is_asked_when_something_shows_it_and_not_when_the_back_off_is_over()
    {
        Put("u1");
        Start();
        await UntilItWatches();
        await Api.StopAsync();
        await Until("the back-off is long", () => Tries() >= 5);
        await Api.StartAsync();
        Put("u2");
        var before = TimeProvider.System.GetTimestamp();
        await Until("the new pod is known", () =>
        {
            Informer.TryNow();
            return LabelOf("u2") == "1";
        });

        // The pause after five failures is eight seconds at least.
        Assert.True(TimeProvider.System.GetElapsedTime(before) < TimeSpan.FromSeconds(6));

        int Tries() => (int)Metrics.Text().Split('\n').Where(l => l.StartsWith("collector_kubernetes_requests_total{verb=\"watch\",code=\"0\"}", StringComparison.Ordinal))
            .Sum(l => double.Parse(l.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task What_a_server_asks_for_is_obeyed_whatever_shows_that_it_is_there()
    {
        Put("u1");
        Api.Faults.Refuse("list", (int)HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(3));
        var since = TimeProvider.System.GetTimestamp();
        Start();
        await Until("it is there after all", () =>
        {
            Informer.TryNow();
            return LabelOf("u1") == "1";
        });

        Assert.True(TimeProvider.System.GetElapsedTime(since) >= TimeSpan.FromSeconds(3));
    }

    /// <summary>A server that is away may be back at any moment; one that refuses for long will not tell.</summary>
    [Fact]
    public async Task Only_what_is_refused_for_long_will_not_come()
    {
        Put("u1");
        await Api.StopAsync();
        Start();
        await Until("it has tried", () => Metrics.Text().Contains("verb=\"list\",code=\"0\"", StringComparison.Ordinal));
        Assert.Equal(TimeSpan.Zero, Informer.State.Refused);
        Api.Rules.Clear();
        await Api.StartAsync();
        await Until("it is refused", () =>
        {
            Informer.TryNow();
            return Informer.State.Refused > TimeSpan.Zero;
        });

        Api.Rules.UnionWith([("list", "pods"), ("watch", "pods")]);
        await Until("it is let in", () => LabelOf("u1") == "1");
        Assert.Equal(TimeSpan.Zero, Informer.State.Refused);
    }

    /// <summary>A watch that ends in an error of the server's own would do so at that version for ever; one that is throttled would not.</summary>
    [Theory]
    [InlineData(500, 2)]
    [InlineData(429, 1)]
    public async Task An_error_within_a_watch_is_listed_anew_but_for_throttling(int code, int lists)
    {
        Put("u1");
        Api.Faults.FailNextWatch(code, "unable to decode");
        Start();
        await Until("it watches again", () => Count("watch") == 1);
        Put("u1", "2");

        await Until("the change is there", () => LabelOf("u1") == "2");
        Assert.Equal(lists, Count("list"));
    }

    /// <summary>S-75: what a connection that broke within an event had begun to tell is told again.</summary>
    [Fact]
    public async Task A_watch_that_breaks_within_an_event_goes_on_where_the_last_whole_event_was()
    {
        Put("u1");
        Start();
        await UntilItWatches();
        Put("u2");
        await Until("an event came", () => LabelOf("u2") == "1");
        Api.Faults.CutNextEvent();
        Put("u2", "2");
        await Until("the change is there", () => LabelOf("u2") == "2");

        Assert.Equal(1, Count("list"));
    }

    /// <summary>S-75: a version that the server has forgotten ends in a new list, which also tells what was deleted meanwhile.</summary>
    [Fact]
    public async Task An_expired_version_is_listed_anew()
    {
        Put("u1");
        Put("u2");
        Start();
        await UntilItWatches();
        Api.Faults.ExpiresWatches = true;
        Api.Store.Delete("pods", "shop", "u1");
        Put("u2", "2");
        Api.Store.Compact();
        Api.Faults.CutWatches();
        await Until("it was told that its version expired", () => Count("watch") > 1);
        Api.Faults.ExpiresWatches = false;

        await Until("it has listed again", () => LabelOf("u2") == "2" && Cache.Find("shop_u1_u1")?.DeletedAt is not null);
        Assert.True(Count("list") > 1);
    }

    [Fact]
    public async Task An_expired_version_that_is_refused_outright_is_listed_anew()
    {
        Put("u1");
        Api.Faults.Refuse("watch", (int)HttpStatusCode.Gone);
        Start();

        await Until("it has listed again", () => Count("list") == 2 && Count("watch", 410) == 1);
        Put("u1", "2");
        await Until("it watches", () => LabelOf("u1") == "2");
    }

    /// <summary>S-75: a server in trouble is not asked faster than the back-off allows, whatever it does to the watches.</summary>
    [Fact]
    public async Task However_often_it_fails_the_rate_of_requests_is_bounded()
    {
        Put("u1");
        Api.Faults.ExpiresWatches = true;
        Start();
        var since = TimeProvider.System.GetTimestamp();
        await Until("it has tried a few times", () => Count("watch") == 4);

        // The pauses between four tries are at least half of 1, 2 and 4 seconds.
        Assert.True(TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromSeconds(3.5));
        Assert.InRange(Api.Requests.Count, 4, 9);
    }

    /// <summary>S-75: how long a throttled client is to wait is the server's to say.</summary>
    [Fact]
    public async Task It_comes_back_no_sooner_than_it_was_asked_to()
    {
        Put("u1");
        Api.Faults.Refuse("list", (int)HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(3));
        var since = TimeProvider.System.GetTimestamp();
        Start();
        await Until("it is there after all", () => LabelOf("u1") == "1");

        Assert.True(TimeProvider.System.GetElapsedTime(since) >= TimeSpan.FromSeconds(3));
        Assert.Equal((1, 1), (Count("list", 429), Count("list")));
    }

    [Fact]
    public async Task A_server_that_comes_back_is_found()
    {
        await Api.StopAsync();
        Start();
        await Until("it has tried", () => Metrics.Text().Contains("collector_kubernetes_requests_total{verb=\"list\",code=\"0\"}", StringComparison.Ordinal));
        Assert.False(Informer.State.IsSynced);
        Put("u1");
        await Api.StartAsync();

        await Until("it is found", () => LabelOf("u1") == "1");
        await Until("it was counted", () => Metrics.Text().Contains("collector_kubernetes_requests_total{verb=\"list\",code=\"200\"} 1\n", StringComparison.Ordinal));
    }

    /// <summary>S-76, over the wire: more than a megabyte a pod, in small pieces.</summary>
    [Fact]
    public async Task Pods_of_megabytes_come_through_in_pieces()
    {
        Api.Faults.PieceSize = 8 * 1024;
        var spec = new PodSpec("shop", "u1", "u1") { ManagedFieldBytes = 1_200_000, Labels = new Dictionary<string, string> { ["version"] = "1" } };
        Api.Store.Put("pods", spec.ToJson());
        Start();
        await Until("it is listed", () => LabelOf("u1") == "1");
        Api.Store.Put("pods", (spec with { Labels = new Dictionary<string, string> { ["version"] = "2" } }).ToJson());

        await Until("it has changed", () => LabelOf("u1") == "2");
    }
}
