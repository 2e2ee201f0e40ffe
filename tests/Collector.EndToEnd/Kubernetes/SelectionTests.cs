using Collector.EndToEnd.Harness;
using Collector.Testing.Kubernetes;
using Collector.Testing.Oracle;
using Xunit;

namespace Collector.EndToEnd.Kubernetes;

/// <summary>What is collected, as configuration and annotations choose it while the collector runs.</summary>
public sealed class SelectionTests : IAsyncLifetime
{
    private readonly ClusterStage cluster = new();

    private Stage Stage => cluster.Stage;

    public ValueTask InitializeAsync() => new(cluster.StartApiAsync());

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    private void Annotate(params (string Key, string Value)[] annotations)
    {
        cluster.Put(ClusterStage.Pod() with { Annotations = annotations.ToDictionary(a => a.Key, a => a.Value) });
        cluster.AwaitSeen();
    }

    /// <summary>S-77: true, false, true; the annotation of another collector as well as our own.</summary>
    [Theory]
    [InlineData("collector/exclude")]
    [InlineData("collector/exclude-app")]
    [InlineData("fluentbit.io/exclude")]
    [InlineData("fluentbit.io/exclude-app")]
    public void An_exclusion_takes_effect_and_ends_while_it_runs(string annotation)
    {
        cluster.Put(ClusterStage.Pod() with { Annotations = new Dictionary<string, string> { [annotation] = "true" } });
        PodLog log = new PodLog(Stage.Tree).Write("hidden at first");
        Agent agent = Stage.Start();
        agent.AwaitMetric("collector_files_excluded", v => v == 1);
        Annotate((annotation, "false"));
        agent.AwaitMetric("collector_files_excluded", v => v == 0);
        log.Write("shown");
        cluster.Await("shown");
        Annotate((annotation, "true"));
        agent.AwaitMetric("collector_files_excluded", v => v == 1);
        log.Write("hidden again");
        Annotate((annotation, "false"));
        agent.AwaitMetric("collector_files_excluded", v => v == 0);
        log.Write("shown again");
        cluster.Await("shown again");

        Assert.Equal(["shown", "shown again"], StoredRecords.Texts(Stage.Objects).Order());
        agent.Stop();
    }

    /// <summary>S-77, of one stream.</summary>
    [Theory]
    [InlineData("collector/exclude-stderr")]
    [InlineData("fluentbit.io/exclude_stderr")]
    [InlineData("fluentbit.io/exclude_stderr-app")]
    public void One_stream_is_left_out_and_counted(string annotation)
    {
        cluster.Put(ClusterStage.Pod() with { Annotations = new Dictionary<string, string> { [annotation] = "true" } });
        new PodLog(Stage.Tree).WriteRaw("2026-11-21T00:00:00Z stderr F no\n").Write("yes");
        Agent agent = Stage.Start();
        cluster.Await("yes");

        Assert.Equal(["yes"], StoredRecords.Texts(Stage.Objects));
        MetricsScrape scrape = agent.Scrape();
        Assert.Equal(1, scrape.Sum("collector_records_excluded_total", ("source", "containers"), ("reason", "annotation")));
        Assert.Equal(2, scrape.Sum("collector_records_read_total"));
        agent.Stop();
    }

    [Fact]
    public void The_collectors_own_log_is_not_collected()
    {
        Stage.Launcher = ["/usr/bin/env", "POD_NAME=collector-x", "POD_NAMESPACE=shop"];
        cluster.Put(ClusterStage.Pod("collector-x", "own") with { Owner = ("DaemonSet", "collector") });
        cluster.Put(ClusterStage.Pod("collector-w", "former") with { Owner = ("DaemonSet", "collector") });
        cluster.Put(ClusterStage.Pod());
        new PodLog(Stage.Tree, "collector-x", uid: "own").Write("mine");
        new PodLog(Stage.Tree, "collector-w", uid: "former").Write("of the pod before");
        new PodLog(Stage.Tree).Write("theirs");
        Agent agent = Stage.Start();
        cluster.Await("theirs");

        agent.AwaitMetric("collector_files_excluded", v => v == 2);
        Assert.Equal(["theirs"], StoredRecords.Texts(Stage.Objects));
        agent.Stop();
    }

    [Fact]
    public void Outputs_choose_by_labels_and_namespaces_and_follow_the_labels()
    {
        Stage.Outputs =
        [
            new OutputYaml("web", Stage.Sub("web"), More: "match: {podLabels: {team: web}, namespaces: {include: ['sh*']}}"),
            new OutputYaml("rest", Stage.Sub("rest"), More: "match: {namespaces: {exclude: [kube-*]}}"),
        ];
        Directory.CreateDirectory(Stage.Sub("web"));
        Directory.CreateDirectory(Stage.Sub("rest"));
        cluster.Put(ClusterStage.Pod(labels: [("team", "data")]));
        PodLog log = new PodLog(Stage.Tree).Write("a");
        Agent agent = Stage.Start();
        agent.AwaitUploaded(1);
        cluster.Put(ClusterStage.Pod(labels: [("team", "web")]));
        cluster.AwaitSeen();
        log.Write("b");
        agent.AwaitUploaded(3);

        Assert.Equal(["b"], StoredRecords.Texts(Stage.Sub("web")));
        Assert.Equal(["a", "b"], StoredRecords.Texts(Stage.Sub("rest")).Order());
        agent.Stop();
    }

    [Fact]
    public void Json_is_parsed_where_the_pod_asks_for_it()
    {
        cluster.Put(ClusterStage.Pod() with { Annotations = new Dictionary<string, string> { ["collector/parse-json"] = "true" } });
        new PodLog(Stage.Tree).Write("{\"level\":\"info\"}");
        Stage.Start();

        Assert.Equal("info", cluster.Await("{\"level\":\"info\"}").GetProperty("fields").GetProperty("level").GetString());
    }

    /// <summary>Without the API it would wait for <c>maxAge</c>, or for the file to go.</summary>
    [Fact]
    public void The_last_lines_of_a_container_are_stored_when_it_ends()
    {
        Stage.Outputs = [new OutputYaml(Batch: "maxAge: 1h")];
        cluster.Put(ClusterStage.Pod());
        new PodLog(Stage.Tree).Write("a").WriteRaw("2026-11-21T00:00:00Z stdout P last\n");
        Agent agent = Stage.Start();
        agent.AwaitMetric("collector_buffer_records", v => v == 1, ("state", "open"));
        cluster.Put(ClusterStage.Pod() with { Phase = "Succeeded", Containers = [new ContainerSpec("app") { Id = PodLog.Id, State = "terminated" }] });

        cluster.Await("last");
        Assert.Equal(["a", "last"], StoredRecords.Texts(Stage.Objects).Order());
        agent.Stop();
    }

    /// <summary>The pod goes on: one of its containers was started again, or was not to run for long.</summary>
    [Theory]
    [InlineData("restarted")]
    [InlineData("init")]
    [InlineData("ephemeral")]
    public void The_last_lines_of_one_container_of_a_pod_are_stored_when_it_ends(string kind)
    {
        var (running, ended) = (new ContainerSpec("app") { Id = PodLog.Id }, new ContainerSpec("app") { Id = PodLog.Id, State = "terminated" });
        ContainerSpec[] others = [new ContainerSpec("other") { Id = new string('c', 64) }];
        Stage.Outputs = [new OutputYaml(Batch: "maxAge: 1h")];
        cluster.Put(Pod(running));
        new PodLog(Stage.Tree).Write("a").WriteRaw("2026-11-21T00:00:00Z stdout P last\n");
        Agent agent = Stage.Start();
        agent.AwaitMetric("collector_buffer_records", v => v == 1, ("state", "open"));
        cluster.Put(Pod(kind == "restarted" ? running with { Id = new string('b', 64), LastId = PodLog.Id, RestartCount = 1 } : ended));

        cluster.Await("last");
        Assert.Equal(["a", "last"], StoredRecords.Texts(Stage.Objects).Order());
        agent.Stop();

        PodSpec Pod(ContainerSpec container) => kind switch
        {
            "init" => ClusterStage.Pod() with { Containers = others, InitContainers = [container] },
            "ephemeral" => ClusterStage.Pod() with { Containers = others, EphemeralContainers = [container] },
            _ => ClusterStage.Pod() with { Containers = [container, .. others] },
        };
    }
}
