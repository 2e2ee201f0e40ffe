using System.Text.Json;
using Collector.EndToEnd.Harness;
using Collector.Testing.Kubernetes;
using Collector.Testing.Oracle;
using Xunit;

namespace Collector.EndToEnd.Kubernetes;

/// <summary>What records say of their pods, whatever becomes of pods, collector and API server. The collector is the published binary.</summary>
public sealed class MetadataTests : IAsyncLifetime
{
    private readonly ClusterStage cluster = new();

    private Stage Stage => cluster.Stage;

    public ValueTask InitializeAsync() => new(cluster.StartApiAsync());

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Fact]
    public void A_record_says_which_workload_it_came_from()
    {
        cluster.Put(ClusterStage.Pod(labels: [("app", "cart")]));
        new PodLog(Stage.Tree).Write("a");
        Agent agent = Stage.Start();

        JsonElement record = cluster.Await("a");

        Assert.Equal(
            $$$"""{"namespace_name":"shop","pod_name":"cart","pod_id":"{{{PodLog.Uid}}}","container_name":"app","docker_id":"{{{PodLog.Id}}}","container_image":"registry.test/app:1","container_hash":"registry.test/app@sha256:9aeadb39bd28d808876d0469a4ac27816be9d5105727c88068705372e5f98c8a","restart_count":0,"owner_kind":"ReplicaSet","owner_name":"cart-66fc884c54","host":"node1","labels":{"app":"cart"}}""",
            record.GetProperty("kubernetes").GetRawText());
        Assert.All(cluster.Api.Requests, r => Assert.Equal("pods", r.Resource));
        MetricsScrape scrape = agent.Scrape();
        Assert.Equal(1, scrape.Sum("collector_kubernetes_requests_total", ("verb", "list"), ("code", "200")));
        Assert.Equal(0, scrape.Sum("collector_files_without_metadata_total"));
        agent.Stop();
    }

    /// <summary>The wall clock is another one, and under faketime timed waits may end at once: the kubeconfig is still read.</summary>
    [Theory]
    [InlineData("-5400s")]
    [InlineData("+5400s")]
    public void Metadata_come_whatever_the_wall_clock_says(string offset)
    {
        FakeClock.OrSkip(Stage).Set(offset);
        cluster.Put(ClusterStage.Pod(labels: [("app", "cart")]));
        new PodLog(Stage.Tree).Write("a");
        Agent agent = Stage.Start();

        Assert.Equal("cart", ClusterStage.Label(cluster.Await("a"), "app"));
        Assert.DoesNotContain(agent.Log, l => l.Message.Contains("does not answer", StringComparison.Ordinal));
        agent.Stop();
    }

    /// <summary>The API knows nothing of the pod. The grace is for outputs that take nothing, and not for this wait.</summary>
    [Fact]
    public void Once_reads_a_file_that_waits_longer_for_its_pod_than_the_grace()
    {
        cluster.Configure("metadataTimeout: 3s");
        Stage.Grace = "1s";
        new PodLog(Stage.Tree).Write("a");

        Assert.Equal(0, Stage.RunOnce());

        Assert.Equal("a", StoredRecords.All(Stage.Objects).Single().GetProperty("log").GetString());
    }

    /// <summary>S-70: the pod is gone from the API, and the collector has been killed in between.</summary>
    [Fact]
    public void A_pod_that_is_deleted_before_its_log_is_read_is_known_from_the_disk()
    {
        cluster.Put(ClusterStage.Pod(labels: [("app", "cart")]));
        Agent first = Stage.Start();
        cluster.AwaitSeen();
        first.Kill();
        cluster.Api.Store.Delete("pods", "shop", "cart");
        new PodLog(Stage.Tree).Write("last words");

        Stage.Start();

        JsonElement record = cluster.Await("last words");
        Assert.Equal(("cart", "registry.test/app:1"), (ClusterStage.Label(record, "app"), ClusterStage.Field(record, "container_image")));
    }

    /// <summary>S-71: a pod that came and went between two moments of the API server.</summary>
    [Fact]
    public void A_pod_that_was_never_seen_is_read_with_what_its_path_tells()
    {
        cluster.Configure("metadataTimeout: 1s");
        Agent agent = Stage.Start();
        new PodLog(Stage.Tree).Write("a");

        JsonElement record = cluster.Await("a");

        Assert.True(record.GetProperty("metadata_missing").GetBoolean());
        Assert.Equal(("shop", "cart", PodLog.Uid, "app"), (ClusterStage.Field(record, "namespace_name"), ClusterStage.Field(record, "pod_name"), ClusterStage.Field(record, "pod_id"), ClusterStage.Field(record, "container_name")));
        agent.AwaitMetric("collector_files_without_metadata_total", v => v == 1);
        agent.Stop();
    }

    /// <summary>S-72: a StatefulSet's pod comes again under its name; the old one's last lines are read after that.</summary>
    [Fact]
    public void A_pod_that_comes_again_under_its_name_does_not_lend_its_labels()
    {
        const string Other = "99999999-2222-4333-8444-555555555555";
        cluster.Put(ClusterStage.Pod("orders-0", labels: [("version", "1")]));
        var old = new PodLog(Stage.Tree, "orders-0").Write("old");
        Stage.Start();
        cluster.Await("old");
        cluster.Api.Store.Delete("pods", "shop", "orders-0");
        cluster.Put(ClusterStage.Pod("orders-0", Other, new string('b', 64), ("version", "2")));
        cluster.AwaitSeen();
        new PodLog(Stage.Tree, "orders-0", uid: Other, id: new string('b', 64)).Write("new");
        old.Write("old, late");

        Assert.Equal("2", ClusterStage.Label(cluster.Await("new"), "version"));
        Assert.Equal("1", ClusterStage.Label(cluster.Await("old, late"), "version"));
    }

    /// <summary>S-73: also the prefix is another one then.</summary>
    [Fact]
    public void A_label_that_changes_is_in_the_new_lines_and_in_their_keys()
    {
        Stage.Outputs = [new OutputYaml(More: "keyPrefix: 'team-{.kubernetes.labels.\"example.com/team\"||\"none\"}/'")];
        cluster.Put(ClusterStage.Pod(labels: [("example.com/team", "web")]));
        PodLog log = new PodLog(Stage.Tree).Write("before");
        Stage.Start();
        cluster.Await("before");
        cluster.Put(ClusterStage.Pod(labels: [("example.com/team", "data")]));
        cluster.AwaitSeen();
        log.Write("after");

        Assert.Equal("data", ClusterStage.Label(cluster.Await("after"), "example.com/team"));
        Assert.Equal("web", ClusterStage.Label(cluster.Await("before"), "example.com/team"));
        Assert.Equal(["team-data", "team-web"], StoredRecords.Keys(Stage.Objects).Select(k => k.Split('/')[0]).Distinct().Order());
    }

    /// <summary>S-74: it is collected after a bounded wait, and enriched when there is something to enrich with.</summary>
    [Fact]
    public async Task A_server_that_is_down_at_the_start_delays_but_does_not_stop_collection()
    {
        cluster.Configure("metadataTimeout: 2s");
        await cluster.Api.StopAsync();
        PodLog log = new PodLog(Stage.Tree).Write("without");
        Agent agent = Stage.Start();
        Assert.Null(ClusterStage.Label(cluster.Await("without"), "app"));

        new PodLog(Stage.Tree, "later", uid: "later").Write("after a wait");
        cluster.Await("after a wait");
        cluster.Put(ClusterStage.Pod(labels: [("app", "cart")]));
        await cluster.Api.StartAsync();
        cluster.AwaitSeen();
        log.Write("with");

        Assert.Equal("cart", ClusterStage.Label(cluster.Await("with"), "app"));
        Assert.True(agent.HasSaid("cannot be read from"));
        agent.Stop();
    }

    /// <summary>
    /// Pods can start as soon as the API is back, and only then: long before the next try by the back-off. The outage is longer
    /// than <c>metadataTimeout</c>.
    /// </summary>
    [Fact]
    public async Task A_pod_that_starts_when_the_server_is_back_is_known_in_its_first_line()
    {
        cluster.Configure("metadataTimeout: 6s");
        Agent agent = Stage.Start();
        cluster.AwaitSeen();
        await cluster.Api.StopAsync();
        agent.AwaitMetric("collector_kubernetes_requests_total", v => v >= 6, ("code", "0"));
        await cluster.Api.StartAsync();
        cluster.Put(ClusterStage.Pod(labels: [("app", "cart")]));
        new PodLog(Stage.Tree).Write("first");

        Assert.Equal("cart", ClusterStage.Label(cluster.Await("first"), "app"));
        Assert.Equal(0, agent.Scrape().Sum("collector_files_without_metadata_total"));
        agent.Stop();
    }

    /// <summary>What says how to reach the API may come later than the agent, and is looked for again.</summary>
    [Fact]
    public void A_kubeconfig_that_comes_late_delays_but_does_not_stop_collection()
    {
        cluster.Configure("metadataTimeout: 1s");
        string path = Stage.Sub("kubeconfig"), content = File.ReadAllText(path);
        File.Delete(path);
        cluster.Put(ClusterStage.Pod(labels: [("app", "cart")]));
        PodLog log = new PodLog(Stage.Tree).Write("without");
        Agent agent = Stage.Start();
        Assert.Null(ClusterStage.Label(cluster.Await("without"), "app"));
        agent.AwaitSaid("kubeconfig cannot be read");
        File.WriteAllText(path, content);
        cluster.AwaitSeen();
        log.Write("with");

        Assert.Equal("cart", ClusterStage.Label(cluster.Await("with"), "app"));
        agent.Stop();
    }

    /// <summary>S-75: the watch is cut within an event, refused, expired, and throttled; what changed meanwhile is there in the end.</summary>
    [Fact]
    public void A_watch_that_fails_in_every_way_is_taken_up_again_without_haste()
    {
        cluster.Put(ClusterStage.Pod(labels: [("version", "1")]));
        PodLog log = new PodLog(Stage.Tree).Write("a");
        Agent agent = Stage.Start();
        cluster.Await("a");
        cluster.Api.Faults.CutNextEvent();
        cluster.Put(ClusterStage.Pod(labels: [("version", "2")]));
        agent.AwaitMetric("collector_kubernetes_requests_total", v => v == 2, ("verb", "watch"));
        cluster.Api.Faults.Refuse("watch", 410);
        cluster.Api.Faults.Refuse("list", 429, TimeSpan.FromSeconds(2));
        cluster.Api.Faults.CutWatches();
        cluster.Put(ClusterStage.Pod(labels: [("version", "3")]));
        cluster.Api.Store.Compact();
        agent.AwaitMetric("collector_kubernetes_requests_total", v => v == 2, ("verb", "list"), ("code", "200"));
        cluster.AwaitSeen();
        log.Write("b");

        Assert.Equal("3", ClusterStage.Label(cluster.Await("b"), "version"));
        Assert.InRange(cluster.Api.Requests.Count, 6, 12);
        agent.Stop();
    }

    /// <summary>S-76.</summary>
    [Fact]
    public void A_pod_of_more_than_a_megabyte_is_known()
    {
        cluster.Put(ClusterStage.Pod(labels: [("app", "huge")]) with { ManagedFieldBytes = 1_400_000 });
        new PodLog(Stage.Tree).Write("a");
        Agent agent = Stage.Start();

        Assert.Equal("huge", ClusterStage.Label(cluster.Await("a"), "app"));
        agent.Stop();
    }

    /// <summary>S-78: the path of a static pod has the hash of its manifest.</summary>
    [Fact]
    public void A_static_pod_is_known_by_its_hash()
    {
        const string Hash = "d2acbdba14b4cfde0b33c54827702058";
        cluster.Put(new PodSpec("kube-system", "etcd-node1", "22f35c73-2af6-44ab-872a-f27b11e6803c")
        {
            Labels = new Dictionary<string, string> { ["component"] = "etcd" },
            Annotations = new Dictionary<string, string> { ["kubernetes.io/config.hash"] = Hash, ["kubernetes.io/config.mirror"] = Hash, ["kubernetes.io/config.source"] = "file" },
            Owner = ("Node", "node1"),
            Containers = [new ContainerSpec("etcd")],
        });
        new PodLog(Stage.Tree, "etcd-node1", "kube-system", "etcd", Hash).Write("a");
        Stage.Start();

        JsonElement record = cluster.Await("a");

        Assert.Equal(("etcd", "infrastructure"), (ClusterStage.Label(record, "component"), record.GetProperty("log_type").GetString()));
    }

    /// <summary>S-139: an annotation that anybody may write, and a pod that has all that a static pod's mirror has.</summary>
    [Theory]
    [InlineData("evil", "", "")]
    [InlineData("cart", "", "")]
    [InlineData("evil", PodLog.Uid, "node1")]
    public void A_pod_that_claims_anothers_log_neither_hides_nor_relabels_nor_moves_it(string name, string mirror, string node)
    {
        Stage.Outputs = [new OutputYaml(More: "keyPrefix: 'team-{.kubernetes.labels.team||\"none\"}/'")];
        cluster.Put(ClusterStage.Pod(labels: [("team", "web")]));
        PodLog log = new PodLog(Stage.Tree).Write("before");
        Agent first = Stage.Start();
        cluster.Await("before");
        cluster.Put(new PodSpec("other", name, "99999999-2222-4333-8444-555555555555")
        {
            Labels = new Dictionary<string, string> { ["team"] = "evil" },
            Annotations = new Dictionary<string, string> { ["kubernetes.io/config.hash"] = PodLog.Uid, ["kubernetes.io/config.mirror"] = mirror, ["collector/exclude"] = "true" },
            Owner = ("Node", node),
        });
        cluster.AwaitSeen();
        log.Write("while it runs");
        cluster.Await("while it runs");
        first.Kill();
        log.Write("after a restart");

        Stage.Start();

        Assert.Equal("web", ClusterStage.Label(cluster.Await("after a restart"), "team"));
        Assert.All(StoredRecords.All(Stage.Objects), record => Assert.Equal(("shop", "web"), (ClusterStage.Field(record, "namespace_name"), ClusterStage.Label(record, "team"))));
        Assert.All(StoredRecords.Keys(Stage.Objects), key => Assert.StartsWith("team-web/", key, StringComparison.Ordinal));
    }

    /// <summary>S-79: the old token is refused from one moment to the next.</summary>
    [Fact]
    public void A_token_that_rotates_is_read_again()
    {
        cluster.Put(ClusterStage.Pod(labels: [("version", "1")]));
        PodLog log = new PodLog(Stage.Tree).Write("a");
        Agent agent = Stage.Start();
        cluster.Await("a");
        File.WriteAllText(cluster.TokenFile, "next");
        cluster.Api.Tokens.Clear();
        cluster.Api.Tokens["next"] = true;
        cluster.Api.Faults.CutWatches();
        cluster.Put(ClusterStage.Pod(labels: [("version", "2")]));
        cluster.AwaitSeen();
        log.Write("b");

        Assert.Equal("2", ClusterStage.Label(cluster.Await("b"), "version"));
        agent.Stop();
    }

    [Fact]
    public void Labels_of_namespace_and_node_are_there_where_they_are_allowed()
    {
        cluster.Configure("namespaceLabels: true, nodeLabels: true, annotations: true");
        foreach (string verb in (string[])["list", "watch"])
        {
            cluster.Api.Rules.Add((verb, "namespaces"));
            cluster.Api.Rules.Add((verb, "nodes"));
        }

        cluster.Api.Store.Put("namespaces", Named("shop", "team", "web"));
        cluster.Api.Store.Put("nodes", Named("node1", "zone", "a"));
        cluster.Put(ClusterStage.Pod() with { Annotations = new Dictionary<string, string> { ["note"] = "ünïcode" } });
        new PodLog(Stage.Tree).Write("a");
        Agent agent = Stage.Start();

        JsonElement pod = cluster.Await("a").GetProperty("kubernetes");

        Assert.Equal("web", pod.GetProperty("namespace_labels").GetProperty("team").GetString());
        Assert.Equal("a", pod.GetProperty("node_labels").GetProperty("zone").GetString());
        Assert.Equal("ünïcode", pod.GetProperty("annotations").GetProperty("note").GetString());
        agent.Stop();
    }

    [Fact]
    public void What_is_not_allowed_delays_and_is_said_and_the_rest_is_there()
    {
        cluster.Configure("namespaceLabels: true, metadataTimeout: 2s");
        cluster.Put(ClusterStage.Pod(labels: [("app", "cart")]));
        new PodLog(Stage.Tree).Write("a");
        Agent agent = Stage.Start();

        Assert.Equal("cart", ClusterStage.Label(cluster.Await("a"), "app"));
        Assert.True(agent.HasSaid("namespaces is forbidden"));
        agent.Stop();
    }

    [Fact]
    public void Readiness_waits_for_the_pods()
    {
        cluster.Api.Faults.Hangs = true;
        Agent agent = Stage.Launch();
        agent.AwaitSaid("running");
        (int status, string body) = agent.Get("/readyz");
        cluster.Api.Faults.Hangs = false;

        Assert.Equal((503, true), (status, body.Contains("metadata: waiting for the Kubernetes API", StringComparison.Ordinal)));
        agent.AwaitReady();
        agent.Stop();
    }

    [Fact]
    public void Damage_to_the_pods_on_disk_is_told_and_changes_nothing()
    {
        cluster.Put(ClusterStage.Pod(labels: [("app", "cart")]));
        Agent first = Stage.Start();
        cluster.AwaitSeen();
        first.Stop();
        File.WriteAllText(Path.Combine(Stage.DataDir, "pods", PodLog.Uid + ".json"), "{");
        new PodLog(Stage.Tree).Write("a");

        Agent agent = Stage.Start();

        Assert.Equal("cart", ClusterStage.Label(cluster.Await("a"), "app"));
        Assert.True(agent.HasSaid("is ignored"));
        agent.Stop();
    }

    private static System.Text.Json.Nodes.JsonObject Named(string name, string key, string value) => new()
    {
        ["metadata"] = new System.Text.Json.Nodes.JsonObject { ["name"] = name, ["uid"] = name, ["labels"] = new System.Text.Json.Nodes.JsonObject { [key] = value } },
    };
}
