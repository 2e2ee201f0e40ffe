using System.Diagnostics;
using Collector.EndToEnd.Harness;
using Collector.Testing.Node;
using Collector.Testing.Processes;
using Collector.Testing.Storage;
using Xunit;

namespace Collector.EndToEnd.Shutdown;

/// <summary>SIGTERM, under load and with a store that does not answer.</summary>
public sealed class ShutdownTests : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private static readonly NodeOptions Busy = new() { Time = TimeProvider.System, Pods = 6, Containers = 12, CutRecords = false, MaxFileBytes = 500_000 };

    private readonly Stage stage = new() { Grace = $"{Grace.TotalSeconds}s" };

    public void Dispose() => stage.Dispose();

    /// <summary>S-97.</summary>
    [Fact]
    public void Under_load_it_ends_in_time_and_the_next_start_delivers_the_rest()
    {
        using var node = new NodeSimulator(stage.Tree.Root, Busy);
        using var clockwork = new NodeClockwork(node, 8_000_000);
        clockwork.Start();
        Agent agent = stage.Start();
        agent.AwaitUploaded(1000);

        agent.Terminate();
        Assert.Equal(0, agent.WaitForExit(Grace));

        clockwork.Stop();
        Agent next = stage.Start();
        stage.AwaitStored(node.Ledger);
        next.Stop();
    }

    /// <summary>S-97: all that was read is in the store when the store answers and nobody writes any more.</summary>
    [Fact]
    public void What_is_open_is_sealed_and_stored()
    {
        stage.Outputs = [new OutputYaml(Batch: "maxAge: 1h")];
        new PodLog(stage.Tree).WriteMany(1000);
        Agent agent = stage.Start();
        agent.AwaitMetric("collector_buffer_records", v => v == 1000, ("state", "open"));
        Assert.Empty(StoredRecords.Keys(stage.Objects));
        agent.Stop();
        Assert.Equal(1000, StoredRecords.Lines(stage.Objects).Count);
        Assert.Contains(agent.Log, l => l.Message.Contains("0 objects are left", StringComparison.Ordinal));
    }

    /// <summary>S-99: pods that are stopped with the node still log.</summary>
    [Fact]
    public void While_pods_still_log_it_keeps_collecting_until_its_deadline()
    {
        var log = new PodLog(stage.Tree).Write("first");
        Agent agent = stage.Start();
        agent.AwaitUploaded(1);

        agent.Terminate();
        int written = 0;
        Stopwatch watch = Stopwatch.StartNew();
        while (!agent.HasExited && watch.Elapsed < Grace)
        {
            log.Write($"after {written++}");
            Thread.Sleep(50);
        }

        Assert.Equal(0, agent.WaitForExit());
        int stored = StoredRecords.Lines(stage.Objects).Count - 1;
        Figures.Print("S-99", $"ended {watch.Elapsed.TotalSeconds:0.0} s after SIGTERM, grace {Grace.TotalSeconds} s; {stored} of {written} lines that were written since are stored");
        Assert.InRange(stored, written / 3, written);
    }

    /// <summary>S-97: a node that is drained while the collector starts.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    [InlineData(100)]
    [InlineData(200)]
    public void A_signal_during_the_start_is_a_shutdown(int milliseconds)
    {
        new PodLog(stage.Tree).WriteMany(100);
        Agent agent = stage.Start();
        Retry.Until("it has said that it starts", () => agent.Log.Count > 0, Agent.Patience);
        Thread.Sleep(milliseconds);
        agent.Terminate();
        Assert.Equal(0, agent.WaitForExit(Grace));
        Assert.Contains(agent.Log, l => l.Message.StartsWith("stopped", StringComparison.Ordinal));

        Agent next = stage.Start();
        Retry.Until("everything is stored", () => StoredRecords.Lines(stage.Objects).Count >= 100, Agent.Patience);
        next.Stop();
        Assert.Equal(100, StoredRecords.Lines(stage.Objects).Count);
    }

    /// <summary>S-97: a second signal cuts the drain short.</summary>
    [Fact]
    public void A_second_signal_stops_at_once_and_nothing_is_lost()
    {
        stage.Grace = "1h";
        Directory.Delete(stage.Objects);
        new PodLog(stage.Tree).WriteMany(1000);
        Agent agent = stage.Start();
        agent.AwaitMetric("collector_buffer_records", v => v == 1000);
        agent.Terminate();
        Assert.False(Retry.Within(() => agent.HasExited, TimeSpan.FromSeconds(2)), "It did not try to deliver.");

        agent.Terminate();

        Assert.Equal(0, agent.WaitForExit());
        Directory.CreateDirectory(stage.Objects);
        stage.Grace = "10s";
        Assert.Equal(0, stage.RunOnce());
        Assert.Equal(1000, StoredRecords.Lines(stage.Objects).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(1000, StoredRecords.Lines(stage.Objects).Count);
    }

    [Fact]
    public void With_a_store_that_is_away_it_ends_in_time_and_the_data_is_durable()
    {
        Directory.Delete(stage.Objects);

        EndsInTimeWithAllInItsBuffer();
    }

    /// <summary>S-98: a name server that never answers holds up the thread that asks, and not the end.</summary>
    [Fact]
    public void With_a_name_server_that_never_answers_it_ends_in_time_and_the_data_is_durable()
    {
        using SilentDns dns = SilentDns.OrSkip(stage);
        stage.Outputs = [new OutputYaml(Store: "{type: s3, bucket: logs, region: eu-west-1, endpoint: 'http://store.collector.test:9000', forcePathStyle: true, authentication: {type: accessKey, accessKeyId: a, secretAccessKey: b}}")];

        EndsInTimeWithAllInItsBuffer(() => dns.WasAsked);
    }

    private void EndsInTimeWithAllInItsBuffer(Func<bool>? isTried = null)
    {
        stage.Grace = "3s";
        using var node = new NodeSimulator(stage.Tree.Root, Busy);
        node.Write(3_000_000);
        node.Finish();
        Agent agent = stage.Start();
        agent.AwaitMetric("collector_buffer_records", v => v == node.Ledger.Records);
        Retry.Until("the store was tried", isTried ?? (() => true), Agent.Patience);
        Stopwatch watch = Stopwatch.StartNew();
        agent.Stop();
        Figures.Print("S-98", $"ended {watch.Elapsed.TotalSeconds:0.0} s after SIGTERM, grace 3 s");
        Assert.Contains($"output default: {node.Ledger.Records} records", CommandRun.Collector("buffer", "ls", "--data-dir", stage.DataDir).Output, StringComparison.Ordinal);

        Directory.CreateDirectory(stage.Objects);
        (stage.Launcher, stage.Outputs) = ([], [new OutputYaml()]);
        Agent next = stage.Start();
        stage.AwaitStored(node.Ledger);
        Assert.Equal(0, next.Scrape().Sum("collector_records_matched_total"));
        next.Stop();
    }

    /// <summary>The kernel lets no thread out of a write to a disk that hangs: the process says so and ends without it, and loses nothing.</summary>
    [Fact]
    public void With_a_data_dir_whose_disk_hangs_it_ends_in_time_and_says_why()
    {
        Directory.CreateDirectory(stage.DataDir);
        using FreezableDisk? disk = FreezableDisk.TryMount(stage.DataDir, stage.Sub("disk.img"), out string? reason);
        if (disk is null) Assert.Skip(reason!);
        stage.Grace = "3s";
        var log = new PodLog(stage.Tree);
        log.WriteMany(100);
        Agent agent = stage.Start();
        agent.AwaitUploaded(100);
        disk.Freeze();
        log.WriteMany(100, length: 60);
        int threads = Threads(agent);

        agent.Terminate();
        agent.AwaitSaid("shutting down: ");
        agent.AwaitSaid("the process ends without them");
        Assert.InRange(Threads(agent), 0, threads + 2);
        disk.Thaw();

        Assert.Equal(4, agent.WaitForExit());
        Assert.Equal(0, stage.RunOnce());
        Assert.Equal(200, StoredRecords.Lines(stage.Objects).Count);
        Assert.Equal(200, StoredRecords.Lines(stage.Objects).Distinct(StringComparer.Ordinal).Count());
    }

    private static int Threads(Agent agent) => Directory.Exists($"/proc/{agent.Id}/task") ? Directory.GetDirectories($"/proc/{agent.Id}/task").Length : 0;
}
