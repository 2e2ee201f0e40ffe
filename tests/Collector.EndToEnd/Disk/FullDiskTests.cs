using Collector.EndToEnd.Harness;
using Collector.Testing.Node;
using Collector.Testing.Oracle;
using Collector.Testing.Processes;
using Collector.Testing.Storage;
using Xunit;

namespace Collector.EndToEnd.Disk;

/// <summary>A data dir on a disk that somebody else fills. Needs root for mounting; skipped without.</summary>
public sealed class FullDiskTests : IDisposable
{
    private const string Batch = "maxSize: 1400kB, maxAge: 1s";

    private static readonly NodeOptions Busy = new() { Time = TimeProvider.System, Pods = 4, Containers = 8, CutRecords = false, MaxFileBytes = 1_000_000 };

    private readonly Stage stage = new();

    public FullDiskTests()
    {
        Directory.CreateDirectory(stage.DataDir);
        stage.Sources = [stage.ContainersSource("maxRecordSize: 50kB")];
        stage.Outputs = [new OutputYaml(Batch: Batch, More: "compression: none")];
        stage.Buffer = "minFreeDisk: 0%, sync: 200ms";
    }

    private string Hog => Path.Combine(stage.DataDir, "hog");

    public void Dispose() => stage.Dispose();

    /// <summary>S-67: ENOSPC in the middle of appending, with a store that is away.</summary>
    [Fact]
    public void A_full_disk_pauses_reading_and_spoils_nothing()
    {
        using SmallDisk disk = Mount.OrSkip(stage.DataDir, "24m");
        Directory.Delete(stage.Objects);
        using var node = new NodeSimulator(stage.Tree.Root, Busy);
        node.Write(40_000_000);
        node.Finish();
        Agent agent = stage.Launch(); // perhaps never ready: the disk may be full sooner than somebody asks
        Retry.Until("it answers", () => agent.Get("/healthz").Status == 200, Agent.Patience);
        agent.AwaitMetric("collector_buffer_full", v => v == 1);
        agent.AwaitSaid("takes no more records");
        disk.Fill(Hog);
        Assert.Equal(200, agent.Get("/healthz").Status);
        double read = agent.Scrape().Sum("collector_buffer_records");

        agent.Kill(); // a crash on a full disk, too
        agent = stage.Launch(); // not ready: its output takes nothing
        Retry.Until("it answers", () => agent.Get("/healthz").Status == 200, Agent.Patience);
        Assert.InRange(agent.Scrape().Sum("collector_records_recovered_total"), read * 0.9, read * 1.1);

        File.Delete(Hog);
        Directory.CreateDirectory(stage.Objects);
        stage.AwaitStored(node.Ledger, new OracleOptions { MaxBody = 1_400_000 });
        agent.AwaitMetric("collector_buffer_records", v => v == 0);
        agent.Stop();
    }

    /// <summary>S-111.</summary>
    [Fact]
    public void From_a_full_disk_the_backlog_drains_to_zero_and_reading_goes_on()
    {
        using SmallDisk disk = Mount.OrSkip(stage.DataDir, "24m");
        Directory.Delete(stage.Objects);
        using var node = new NodeSimulator(stage.Tree.Root, Busy);
        Agent agent = stage.Start();
        node.Write(6_000_000);
        agent.AwaitMetric("collector_buffer_records", v => v > 1000);
        disk.Fill(Hog);
        node.Write(1_000_000);
        node.Finish();
        agent.AwaitMetric("collector_buffer_full", v => v == 1);

        // The store is there, the disk stays as full as somebody else can make it: what is freed is taken at once.
        Directory.CreateDirectory(stage.Objects);
        Retry.Until(
            "the backlog is drained",
            () =>
            {
                disk.Fill(Hog);
                return agent.Scrape().Sum("collector_buffer_records") == 0;
            },
            Agent.Patience);
        Assert.Equal(200, agent.Get("/healthz").Status);

        File.Delete(Hog);
        node.Write(1_000_000);
        node.Finish();
        stage.AwaitStored(node.Ledger, new OracleOptions { MaxBody = 1_400_000 });
        agent.Stop();
    }

    /// <summary>Below <c>minFreeDisk</c> every output behaves as full (contract §2).</summary>
    [Fact]
    public void Below_minFreeDisk_nothing_is_read_and_above_it_reading_goes_on()
    {
        using SmallDisk disk = Mount.OrSkip(stage.DataDir, "24m");
        stage.Buffer = "minFreeDisk: 12MB";
        var log = new PodLog(stage.Tree).Write("one");
        Agent agent = stage.Start();
        agent.AwaitUploaded(1);
        File.WriteAllBytes(Hog, new byte[12_000_000]);
        log.Write("two");
        agent.AwaitMetric("collector_buffer_full", v => v == 1);
        Assert.Equal(0, agent.Scrape().Sum("collector_buffer_records"));

        File.Delete(Hog);

        agent.AwaitUploaded(2);
        Assert.Equal(["one", "two"], StoredRecords.Texts(stage.Objects));
        agent.Stop();
    }

    /// <summary>By default the kernel ends a process whose file exceeds the limit (SIGXFSZ): a full disk would not.</summary>
    [Fact]
    public void A_limit_of_file_sizes_is_told_as_an_error_of_the_disk_and_the_next_run_goes_on()
    {
        stage.Launcher = ["/usr/bin/env", "prlimit", "--fsize=300000:300000", "--"];
        var lines = Enumerable.Range(0, 20_000).Select(i => $"line {i}").ToList();
        new PodLog(stage.Tree).Write([.. lines]);
        Assert.Equal(1, stage.RunOnce(out Agent agent));
        Assert.Contains(agent.Log, l => l.Message.Contains("File too large", StringComparison.Ordinal));

        stage.Launcher = [];
        Assert.Equal(0, stage.RunOnce());
        Assert.Equal(lines, StoredRecords.Texts(stage.Objects));
    }
}
