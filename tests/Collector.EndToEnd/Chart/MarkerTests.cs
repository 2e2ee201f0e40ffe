using System.Globalization;
using Collector.EndToEnd.Harness;
using Collector.EndToEnd.Helpers;
using Collector.EndToEnd.Kubernetes;
using Collector.Testing.Kubernetes;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Chart;

/// <summary>The script of <c>helm test</c>, against a collector that really runs.</summary>
public sealed class MarkerTests : IAsyncLifetime
{
    /// <summary>With <see cref="PodLog.WriteBytes"/>.</summary>
    private const string NoUtf8 = "\u00FF";

    private readonly ClusterStage cluster = new();
    private readonly TemporaryDirectory work = new();

    private Stage Stage => cluster.Stage;

    public async ValueTask InitializeAsync() => await cluster.StartApiAsync();

    public async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        work.Dispose();
    }

    [Fact]
    public void It_follows_its_lines_into_the_store()
    {
        var log = new PodLog(Stage.Tree);
        Agent agent = Stage.Start();
        Write(agent, log);

        CommandRun after = Step(agent, "after", limit: 30);
        Assert.True(after.ExitCode == 0, after.Errors);
        Assert.StartsWith("OK: ", after.Output, StringComparison.Ordinal);
    }

    /// <summary>The container that wrote them is an init container, over by then: its object waits for no <c>maxAge</c>.</summary>
    [Fact]
    public void It_need_not_wait_for_maxAge_where_the_end_of_its_container_is_seen()
    {
        Stage.Outputs = [new OutputYaml(Batch: "maxAge: 1h")];
        Put("running");
        var log = new PodLog(Stage.Tree, "collector-test", "logging", "marker");
        Agent agent = Stage.Start();
        Write(agent, log);
        Put("terminated");

        CommandRun after = Step(agent, "after", limit: 60);
        Assert.True(after.ExitCode == 0, after.Errors);

        void Put(string state) => cluster.Put(new PodSpec("logging", "collector-test", PodLog.Uid)
        {
            Phase = "Pending",
            Containers = [new ContainerSpec("after") { State = "waiting" }],
            InitContainers = [new ContainerSpec("marker") { Id = PodLog.Id, State = state }],
        });
    }

    [Fact]
    public void It_fails_when_its_lines_do_not_arrive()
    {
        Agent agent = Stage.Start();
        Assert.Equal(0, Step(agent, "before").ExitCode);
        AssertFails(Step(agent, "after"), "it has read 0 records of at least 1000");
    }

    [Fact]
    public void It_tells_that_no_output_wants_its_lines()
    {
        Stage.Outputs = [new OutputYaml(More: "match: {namespaces: {include: [elsewhere]}}")];
        var log = new PodLog(Stage.Tree);
        Agent agent = Stage.Start();
        Write(agent, log);
        agent.AwaitMetric("collector_records_unmatched_total", v => v >= 1000);
        AssertFails(Step(agent, "after"), "are wanted by no output");
    }

    /// <summary>What other pods write, and have stored, proves nothing of these lines.</summary>
    [Theory]
    [InlineData(false, "of these lines no output has got any yet")]
    [InlineData(true, "are wanted by no output")]
    public void A_busy_node_is_no_proof(bool isRead, string told)
    {
        Stage.Outputs = [new OutputYaml(More: "match: {namespaces: {exclude: [logging]}}")];
        PodLog busy = new(Stage.Tree, "cart"), log = new(Stage.Tree, "collector-test", "logging", "marker", uid: "99999999-2222-4333-8444-555555555555", id: new string('b', 64));
        Agent agent = Stage.Start();
        Assert.Equal(0, Step(agent, "before").ExitCode);
        busy.Write([.. Enumerable.Range(0, 3000).Select(i => $"busy {i}")]);
        if (isRead)
        {
            log.WriteBytes([.. Enumerable.Repeat("a marker " + NoUtf8, 1000)]);
            agent.AwaitMetric("collector_records_unmatched_total", v => v >= 1000);
        }

        agent.AwaitUploaded(3000);

        AssertFails(Step(agent, "after"), told);
    }

    [Fact]
    public void It_tells_that_the_collector_was_restarted()
    {
        new PodLog(Stage.Tree).Write("a");
        Agent first = Stage.Start();
        first.AwaitUploaded(1);
        Assert.Equal(0, Step(first, "before").ExitCode);
        first.Stop();
        AssertFails(Step(Stage.Start(), "after"), "was restarted meanwhile");
    }

    [Fact]
    public void It_tells_that_no_collector_answers()
    {
        Agent agent = Stage.Start();
        agent.Stop();
        AssertFails(Step(agent, "before"), "no collector answers");
    }

    private static void AssertFails(CommandRun run, string told)
    {
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("FAILED: ", run.Errors, StringComparison.Ordinal);
        Assert.Contains(told, run.Errors, StringComparison.Ordinal);
    }

    /// <summary>The first two steps; what the second prints is the log of its container.</summary>
    private void Write(Agent agent, PodLog log)
    {
        Assert.Equal(0, Step(agent, "before").ExitCode);
        string[] marker = Step(agent, "marker").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(marker.Length >= 1000);
        Assert.All(marker, line => Assert.EndsWith("\uFFFD", line, StringComparison.Ordinal));
        log.WriteBytes([.. marker.Select(line => line[..^1] + NoUtf8)]);
    }

    private CommandRun Step(Agent agent, string step, int limit = 1)
    {
        string[] address = agent.Address.Split(':');
        return CommandRun.Of(
            "env", $"COLLECTOR={address[0]}", $"PORT={address[1]}", $"WORK={work.Path}", "HOSTNAME=test", $"LIMIT={limit.ToString(CultureInfo.InvariantCulture)}",
            "bash", Repository.In("charts/collector/files/marker.sh"), step);
    }
}
