using Collector.EndToEnd.Harness;
using Collector.Testing.Node;
using Collector.Testing.Oracle;
using Collector.Testing.S3;
using Xunit;

namespace Collector.EndToEnd.Outputs;

/// <summary>Outputs beside each other: each has its own records, its own position and its own trouble.</summary>
public sealed class SeveralOutputsTests(S3Server server) : IClassFixture<S3Server>, IDisposable
{
    private readonly Stage stage = new();
    private readonly Bucket bucket = server.Open();

    public void Dispose()
    {
        stage.Dispose();
        bucket.Dispose();
    }

    /// <summary>S-109: S3 is away, and its buffer full, for as long as the directory needs for everything.</summary>
    [Fact]
    public void One_that_is_away_slows_no_other_and_gets_everything_when_it_returns()
    {
        const int MaxBody = 1_400_000;
        bucket.Endpoint.Faults = S3FaultPlan.Always(S3Fault.Unavailable);
        stage.Sources = [stage.ContainersSource("maxRecordSize: 50kB")];
        stage.Outputs = [new OutputYaml("files"), bucket.Output("compression: none, buffer: {maxSize: 4MB}", name: "away", batch: $"maxSize: {MaxBody}, maxAge: 500ms")];
        using var node = new NodeSimulator(stage.Tree.Root, new NodeOptions { Pods = 3, Containers = 6, CutRecords = false });
        node.Write(8_000_000);
        node.Finish();
        Agent agent = stage.Start();
        agent.AwaitMetric("collector_buffer_full", v => v == 1, ("output", "away"));
        node.Write(4_000_000);
        node.Finish();
        agent.AwaitMetric("collector_records_uploaded_total", v => v == node.Ledger.Records, ("output", "files"));
        stage.AwaitStored(node.Ledger);
        MetricsScrape away = agent.Scrape();
        Assert.Equal((0, 1, 0), (away.Sum("collector_records_uploaded_total", ("output", "away")), away.Sum("collector_buffer_full", ("output", "away")), away.Sum("collector_buffer_full", ("output", "files"))));

        agent.Kill(); // what each has is known after a crash, too
        agent = stage.Start();
        bucket.Endpoint.Faults = S3FaultPlan.None;

        agent.AwaitMetric("collector_records_uploaded_total", v => v == node.Ledger.Records, ("output", "away"));
        Assert.Equal(0, agent.Scrape().Sum("collector_records_matched_total", ("output", "files")));
        agent.Stop();
        stage.AwaitStored(node.Ledger);
        bucket.AssertHolds(node.Ledger, new OracleOptions { MaxBody = MaxBody });
    }

    [Fact]
    public void Each_gets_what_it_matches_and_what_nobody_wants_is_counted()
    {
        const string Id = "000000000000000000000000000000000000000000000000000000000000000";
        string audit = stage.Sub("audit.log");
        File.WriteAllText(audit, "who did it\n");
        stage.Sources = [stage.ContainersSource("name: pods"), $"{{type: file, name: go-audit, path: {audit}, logType: audit}}"];
        stage.Outputs =
        [
            Matching("by-source", "sources: [go-audit]"),
            Matching("by-type", "logTypes: [infrastructure, audit]"),
            Matching("by-namespace", "namespaces: {include: ['sh*', kube-system], exclude: [shadow]}"),
            Matching("by-all-three", "sources: [pods], logTypes: [application], namespaces: {include: [shop, kube-system]}"),
        ];
        new PodLog(stage.Tree, "cart", "shop", uid: "u1", id: Id + "1").Write("from shop");
        new PodLog(stage.Tree, "dns", "kube-system", uid: "u2", id: Id + "2").Write("from kube-system");
        new PodLog(stage.Tree, "spy", "shadow", uid: "u3", id: Id + "3").Write("from shadow");
        new PodLog(stage.Tree, "cat", "elsewhere", uid: "u4", id: Id + "4").Write("from elsewhere", "and again");

        Agent agent = stage.Start();
        agent.AwaitUploaded(6);
        MetricsScrape scrape = agent.Scrape();
        agent.Stop();

        Assert.Equal((6, 3), (scrape.Sum("collector_records_read_total"), scrape.Sum("collector_records_unmatched_total", ("source", "pods"))));
        Assert.Equal(["who did it"], Stored("by-source"));
        Assert.Equal(["from kube-system", "who did it"], Stored("by-type"));
        Assert.Equal(["from kube-system", "from shop"], Stored("by-namespace"));
        Assert.Equal(["from shop"], Stored("by-all-three"));
    }

    /// <summary>S-110: another bucket, while one object may or may not be in the old one.</summary>
    [Fact]
    public void What_waited_for_one_bucket_goes_to_the_one_that_is_configured_now()
    {
        using Bucket other = server.Open();
        bucket.Endpoint.Faults = S3FaultPlan.Always(S3Fault.Unavailable);
        stage.Outputs = [bucket.Output()];
        var log = new PodLog(stage.Tree).Write("one");
        Agent agent = stage.Start();
        agent.AwaitMetric("collector_upload_attempts_total", v => v >= 1, ("result", "unavailable"));
        agent.Kill();

        stage.Outputs = [other.Output("compression: zstd, keyPrefix: 'moved/'")];
        log.Write("two");
        agent = stage.Start();
        agent.AwaitUploaded(2);
        agent.Stop();

        Assert.Empty(bucket.Keys);
        Assert.Collection(other.Keys, key => Assert.Matches(@"^moved/.*\.jsonl\.zst$", key), key => Assert.Matches(@"^persisted-logs/.*\.jsonl\.gz$", key));
        Assert.Equal(["two", "one"], other.Texts());
        other.AssertHonest();
    }

    /// <summary>S-110: one of two is removed while records wait for it; the second way out.</summary>
    [Fact]
    public void Buffer_drop_gives_up_what_waits_for_one_and_leaves_the_other_alone()
    {
        bucket.Endpoint.Faults = S3FaultPlan.Always(S3Fault.Unavailable);
        stage.Grace = "1s";
        stage.Outputs = [new OutputYaml("files"), bucket.Output(name: "archive")];
        var log = new PodLog(stage.Tree).Write("one", "two");
        Agent agent = stage.Start();
        agent.AwaitMetric("collector_records_uploaded_total", v => v == 2, ("output", "files"));
        agent.AwaitMetric("collector_buffer_records", v => v == 2, ("output", "archive"));
        agent.Stop();

        stage.Outputs = [new OutputYaml("files")];
        log.Write("three");
        agent = stage.Start();
        agent.AwaitSaid("collector buffer drop --output archive");
        agent.AwaitMetric("collector_records_uploaded_total", v => v == 1, ("output", "files"));
        agent.Stop();

        CommandRun drop = CommandRun.Collector("buffer", "drop", "--output", "archive", "--data-dir", stage.DataDir, "--config", stage.ConfigPath);
        Assert.Equal(0, drop.ExitCode);
        Assert.Contains("output archive: dropped 2 records", drop.Output, StringComparison.Ordinal);
        log.Write("four");
        Assert.Equal(0, stage.RunOnce(out Agent ended));
        Assert.DoesNotContain(ended.Log, l => l.Level is "error");
        Assert.Equal(["one", "two", "three", "four"], StoredRecords.Texts(stage.Objects));
        Assert.Empty(bucket.Keys);
    }

    private OutputYaml Matching(string name, string match)
    {
        Directory.CreateDirectory(stage.Sub(name));
        return new OutputYaml(name, stage.Sub(name), More: $"match: {{{match}}}");
    }

    private IEnumerable<string> Stored(string output) => StoredRecords.Texts(stage.Sub(output)).Order(StringComparer.Ordinal);
}
