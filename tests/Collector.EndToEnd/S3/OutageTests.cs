using Collector.EndToEnd.Harness;
using Collector.Testing.Node;
using Collector.Testing.Oracle;
using Collector.Testing.Processes;
using Collector.Testing.S3;
using Xunit;

namespace Collector.EndToEnd.S3;

/// <summary>S-96, shortened: an endpoint that is down while four times as much is written as its output may buffer.</summary>
public sealed class OutageTests : IClassFixture<S3Server>, IDisposable
{
    private const long Budget = 6_000_000, Written = 24_000_000;
    private const int MaxBody = 1_400_000;

    // While an object is made, its chunk is there beside it; and the positions are there, too.
    private const long MostOnDisk = Budget + (2 * MaxBody);

    private readonly Stage stage = new();
    private readonly Bucket bucket;
    private readonly NodeSimulator node;

    public OutageTests(S3Server server)
    {
        bucket = server.Open();
        bucket.Endpoint.Faults = S3FaultPlan.Always(S3Fault.Reset);
        stage.Sources = [stage.ContainersSource("maxRecordSize: 50kB")];
        node = new NodeSimulator(stage.Tree.Root, new NodeOptions { Pods = 2, Containers = 4, CutRecords = false, Gzip = false, MaxFileBytes = 4_000_000 });
        node.Write(Written);
        node.Finish();
    }

    private string OutputDirectory => Path.Combine(stage.DataDir, "outputs", "default");

    public void Dispose()
    {
        stage.Dispose();
        node.Dispose();
        bucket.Dispose();
    }

    [Fact]
    public void A_budget_that_blocks_is_kept_and_the_rest_is_read_afterwards()
    {
        stage.Outputs = [Output("block")];
        Agent agent = stage.Launch();
        Retry.Until("the collector has its data dir", () => Directory.Exists(OutputDirectory), Agent.Patience);
        long largest = 0;
        Retry.Until("the budget is used up", () => Scrape(agent, ref largest).Sum("collector_buffer_full") == 1, Agent.Patience);
        Retry.Until("most of it is known to be unread", () => Scrape(agent, ref largest).Sum("collector_tail_lag_bytes") > Written / 2, Agent.Patience);
        Assert.Equal(0, agent.Scrape().Sum("collector_records_dropped_total"));

        bucket.Endpoint.Faults = S3FaultPlan.None;

        Retry.Until("all is stored", () => Scrape(agent, ref largest).Sum("collector_records_uploaded_total") == node.Ledger.Records, Agent.Patience);
        Assert.InRange(largest, Budget / 2, MostOnDisk);
        agent.Stop();
        bucket.AssertHolds(node.Ledger, new OracleOptions { MaxBody = MaxBody });
    }

    [Fact]
    public void A_budget_that_drops_its_oldest_is_kept_and_every_record_accounted_for()
    {
        stage.Outputs = [Output("dropOldest")];
        Agent agent = stage.Start();
        long largest = 0;
        Retry.Until("all is read", () => Scrape(agent, ref largest).Sum("collector_records_read_total") == node.Ledger.Records, Agent.Patience);
        Assert.InRange(largest, Budget / 2, MostOnDisk);

        bucket.Endpoint.Faults = S3FaultPlan.None;

        agent.AwaitMetric("collector_buffer_records", v => v == 0);
        MetricsScrape end = agent.Scrape();
        double dropped = end.Sum("collector_records_dropped_total");
        agent.Stop();
        OracleReport report = ObjectOracle.Check(bucket.Objects, node.Ledger, new OracleOptions { Node = Stage.NodeName, Suffix = S3Rver.ObjectSuffix, MaxBody = MaxBody });
        Assert.NotEqual(0, dropped);
        Assert.Equal((dropped, end.Sum("collector_records_uploaded_total")), (report[Defect.Lost], report.RecordsStored));
        Assert.All(Enum.GetValues<Defect>().Where(d => d != Defect.Lost), d => Assert.Equal(0, report[d]));
        Assert.Equal(node.Ledger.Records, dropped + report.RecordsStored);
        bucket.AssertHonest();
    }

    private OutputYaml Output(string whenFull) =>
        bucket.Output($"compression: none, buffer: {{maxSize: {Budget}, whenFull: {whenFull}}}", batch: $"maxSize: {MaxBody}, maxAge: 500ms");

    // What is on the disk for this output, without the reserve, which is there from the start. Files come and go meanwhile.
    private MetricsScrape Scrape(Agent agent, ref long largest)
    {
        long sum = 0;
        foreach (FileInfo file in new DirectoryInfo(OutputDirectory).EnumerateFiles())
        {
            if (!file.Name.StartsWith("reserve", StringComparison.Ordinal) && file.Exists) sum += file.Length;
        }

        largest = Math.Max(largest, sum);
        MetricsScrape scrape = agent.Scrape();
        Assert.InRange(scrape.Sum("collector_buffer_bytes"), 0, Budget);
        return scrape;
    }
}
