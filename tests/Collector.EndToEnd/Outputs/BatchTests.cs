using Collector.EndToEnd.Harness;
using Collector.Testing.Node;
using Collector.Testing.Oracle;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Outputs;

/// <summary>When records become an object.</summary>
public sealed class BatchTests : IDisposable
{
    // For a thousand files to be made durable on a disk that other tests use, too.
    private static readonly TimeSpan ManyFiles = TimeSpan.FromSeconds(100);

    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    /// <summary>S-88: no body is larger, down to the byte, in either format.</summary>
    [Theory]
    [InlineData("json", 1_357_911)]
    [InlineData("text", 1_301_017)]
    public void No_body_exceeds_maxSize(string format, int maxSize)
    {
        stage.Sources = [stage.ContainersSource("maxRecordSize: 42000")];
        stage.Outputs = [new OutputYaml(Batch: $"maxAge: 1h, maxSize: {maxSize}", More: $"format: {format}, compression: none")];
        using var node = new NodeSimulator(stage.Tree.Root, new NodeOptions { Pods = 2, Containers = 2, CutRecords = false, MaxFileBytes = 30_000_000 });
        node.Write(20_000_000);
        node.Finish();

        Assert.Equal(0, stage.RunOnce());

        OracleReport report = stage.Check(node.Ledger, new OracleOptions { MaxBody = maxSize });
        Assert.True(report.IsClean, report.ToString());
        Assert.InRange(report.Objects, report.BodyBytes / maxSize, 2 * report.BodyBytes / maxSize); // at least half full, although batches are not split
    }

    /// <summary>S-89: the age of a partition that gets nothing more.</summary>
    [Fact]
    public void An_idle_partition_is_sealed_by_age_and_an_empty_one_never_is()
    {
        stage.Outputs = [new OutputYaml(Batch: "maxAge: 1s")];
        PodLog log = new(stage.Tree);
        _ = new PodLog(stage.Tree, pod: "silent");
        Agent agent = stage.Start();
        log.Write("first");
        agent.AwaitUploaded(1);
        log.Write("second");
        agent.AwaitUploaded(2);
        agent.Stop();
        Assert.Equal([1, 1], StoredRecords.Keys(stage.Objects).Select(key => StoredRecords.LinesOf(stage.Objects, key).Count));
    }

    /// <summary>S-89.</summary>
    [Fact]
    public void Beyond_maxOpen_the_oldest_partition_is_sealed()
    {
        stage.Outputs = [new OutputYaml(Batch: "maxAge: 1h, maxOpen: 3")];
        Agent agent = stage.Start();
        for (int pod = 1; pod <= 5; pod++)
        {
            new PodLog(stage.Tree, $"pod-{pod}").Write($"from {pod}");
            agent.AwaitMetric("collector_records_matched_total", v => v == pod);
        }

        agent.AwaitUploaded(2);
        Assert.Equal(3, agent.Scrape().Sum("collector_buffer_records", ("state", "open")));
        Assert.Equal(["from 1", "from 2"], StoredRecords.Texts(stage.Objects));
        agent.Stop();
        Assert.Equal(["from 1", "from 2", "from 3", "from 4", "from 5"], StoredRecords.Texts(stage.Objects));
    }

    /// <summary>A partition that holds one container alone is sealed when that ends (<c>flushOnContainerEnd</c>).</summary>
    [Fact]
    public void The_end_of_a_container_seals_its_partition()
    {
        stage.Outputs = [new OutputYaml(Batch: "maxAge: 1h")];
        PodLog log = new PodLog(stage.Tree).Write("last words");
        Agent agent = stage.Start();
        agent.AwaitMetric("collector_buffer_records", v => v == 1, ("state", "open"));
        File.Delete(log.LinkPath);
        Directory.Delete(Path.GetDirectoryName(log.FilePath)!, recursive: true);
        agent.AwaitUploaded(1);
        Assert.Equal(["last words"], StoredRecords.Texts(stage.Objects));
    }

    /// <summary>S-90.</summary>
    [Fact]
    public void A_thousand_open_partitions_take_bounded_memory()
    {
        const int Pods = 1000, Lines = 20;
        stage.Grace = "90s"; // a thousand objects are thousands of fsyncs
        stage.Outputs = [new OutputYaml(Batch: "maxAge: 1h")];
        List<PodLog> logs = [.. Enumerable.Range(0, Pods).Select(i => new PodLog(stage.Tree, $"pod-{i}", uid: $"uid-{i}").WriteMany(Lines, 200))];
        Agent agent = stage.Start();
        agent.AwaitMetric("collector_buffer_records", v => v == Pods * Lines, ManyFiles, ("state", "open"));
        foreach (PodLog log in logs) log.WriteMany(Lines, 200);
        agent.AwaitMetric("collector_buffer_records", v => v == 2 * Pods * Lines, ManyFiles, ("state", "open"));
        double memory = agent.PeakMemory();
        Figures.Print("S-90", $"{Pods} open partitions: peak RSS {memory:0} MiB");
        Assert.InRange(memory, 1, 128);
        Retry.Until("the pods' partitions are on disk", () => Directory.GetFiles(Path.Combine(stage.DataDir, "outputs", "default"), "*.chunk").Length == Pods, Agent.Patience);

        agent.Stop(ManyFiles);

        Assert.Equal(Pods, StoredRecords.Keys(stage.Objects).Count);
        Assert.Equal(2 * Pods * Lines, StoredRecords.Lines(stage.Objects).Count);
    }
}
