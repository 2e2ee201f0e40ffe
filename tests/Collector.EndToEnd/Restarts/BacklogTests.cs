using System.Diagnostics;
using Collector.EndToEnd.Harness;
using Collector.Testing.Node;
using Collector.Testing.Oracle;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Restarts;

/// <summary>Starting on what an earlier life could not deliver.</summary>
public sealed class BacklogTests : IDisposable
{
    private const long Bytes = 200_000_000;

    // Small objects, so that there are many: every one has to be known at start.
    private const string Small = "maxSize: 1400kB, maxAge: 1h";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    /// <summary>S-65, scaled down: the figures of contract §6 are printed; memory and delivery are asserted.</summary>
    [Fact]
    public void A_large_backlog_is_started_on_in_bounded_memory_and_delivered()
    {
        stage.Sources = [stage.ContainersSource("maxRecordSize: 50kB")];
        stage.Outputs = [new OutputYaml(Path: stage.Sub("away"), Batch: Small, More: "compression: none")];
        using var node = new NodeSimulator(stage.Tree.Root, new NodeOptions { CutRecords = false, Gzip = false, Pods = 8, Containers = 20, MaxFileBytes = 8_000_000 });
        node.Write(Bytes);
        node.Finish();
        Agent first = stage.Start();
        Retry.Until("all is in the buffer", () => first.Scrape().Sum("collector_buffer_records") >= node.Ledger.Records, Patience);
        first.Terminate();
        Assert.Equal(0, first.WaitForExit());
        int objects = Directory.GetFiles(Path.Combine(stage.DataDir, "outputs", "default"), "*.object").Length
            + Directory.GetFiles(Path.Combine(stage.DataDir, "outputs", "default"), "*.attempted").Length;
        Assert.True(objects > Bytes / 2_000_000, $"{objects} objects");

        node.Write(100_000);
        node.Finish();
        Directory.CreateDirectory(stage.Sub("away"));
        Stopwatch watch = Stopwatch.StartNew();
        Agent second = stage.Launch();
        Retry.Until("the first line is read", () => second.Scrape().Sum("collector_records_read_total") > 0, Patience);
        TimeSpan read = watch.Elapsed;
        Retry.Until("the first object is stored", () => second.Scrape().Sum("collector_objects_uploaded_total") > 0, Patience);
        TimeSpan uploaded = watch.Elapsed;
        Retry.Until("the backlog is delivered", () => second.Scrape().Sum("collector_records_uploaded_total") >= node.Ledger.Records - OpenRecords(second), Patience);
        double memory = second.PeakMemory();
        second.Stop();
        Figures.Print("S-65", $"backlog of {objects} objects, {Bytes / 1e6:0} MB: first read after {read.TotalSeconds:0.0} s, first upload after {uploaded.TotalSeconds:0.0} s, peak RSS {memory:0} MiB");

        OracleReport report = stage.Check(node.Ledger, new OracleOptions { MaxBody = 1_400_000 }, stage.Sub("away"));
        Assert.True(report.IsClean, report.ToString());
        Assert.InRange(memory, 1, 128);
    }

    private static double OpenRecords(Agent agent) => agent.Scrape().Sum("collector_buffer_records", ("state", "open"));
}
