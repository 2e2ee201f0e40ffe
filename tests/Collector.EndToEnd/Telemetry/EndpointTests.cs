using Collector.EndToEnd.Harness;
using Collector.Testing.Node;
using Collector.Testing.Oracle;
using Xunit;

namespace Collector.EndToEnd.Telemetry;

/// <summary>Contract §5, over the wire.</summary>
public sealed class EndpointTests : IDisposable
{
    // All but those that have no value without credentials that expire and without the Kubernetes API.
    private static readonly string[] Instruments =
    [
        "records_read_total", "bytes_read_total", "records_excluded_total", "records_unmatched_total", "tail_files", "tail_lag_bytes", "tail_rotations_total",
        "files_excluded", "files_without_metadata_total", "files_parked", "records_truncated_total", "records_partial_total", "records_unparsed_total",
        "records_invalid_utf8_total", "bytes_lost_total", "files_lost_total", "records_matched_total", "records_recovered_total", "records_dropped_total",
        "buffer_records", "buffer_bytes", "buffer_full", "buffer_oldest_record_age_seconds", "records_uploaded_total", "objects_uploaded_total",
        "bytes_uploaded_total", "last_upload_timestamp_seconds", "upload_attempts_total", "upload_duration_seconds_bucket", "upload_duration_seconds_sum",
        "upload_duration_seconds_count", "build_info",
    ];

    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public void Every_instrument_of_the_contract_is_there()
    {
        new PodLog(stage.Tree).Write("a line");
        Agent agent = stage.Start();
        agent.AwaitUploaded(1);
        MetricsScrape scrape = agent.Scrape();
        Assert.All(Instruments, name => Assert.True(scrape.Samples("collector_" + name).Any(), name));
        Assert.All((string[])["process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds", "process_start_time_seconds"], name => Assert.NotEmpty(scrape.Samples(name)));
        Assert.Contains("\ndotnet_", agent.Get("/metrics").Body, StringComparison.Ordinal);
    }

    /// <summary>I4, seen from outside: the counters are what was written and what lies in the store.</summary>
    [Fact]
    public void The_counters_are_the_oracles_numbers()
    {
        using var node = new NodeSimulator(stage.Tree.Root, new NodeOptions { CutRecords = false });
        node.Write(3_000_000);
        node.Finish();
        Agent agent = stage.Start();
        agent.AwaitUploaded(node.Ledger.Records);
        MetricsScrape scrape = agent.Scrape();
        OracleReport report = stage.Check(node.Ledger);
        Assert.True(report.IsClean, report.ToString());
        Assert.Equal(
            (report.RecordsWritten, node.Stats.Bytes, report.RecordsStored, report.Objects, report.StoredBytes, 0),
            (Sum("records_read"), Sum("bytes_read"), Sum("records_uploaded"), Sum("objects_uploaded"), Sum("bytes_uploaded"), Sum("bytes_lost") + Sum("files_lost") + Sum("records_dropped")));
        Assert.Equal(0, scrape.Sum("collector_tail_lag_bytes"));
        agent.Stop();

        long Sum(string name) => (long)scrape.Sum($"collector_{name}_total");
    }

    [Fact]
    public void Probes_answer_and_nothing_else_does()
    {
        Agent agent = stage.Start();
        Assert.Equal((200, "ok\n"), agent.Get("/healthz"));
        Assert.Equal((200, "ok\n"), agent.Get("/readyz"));
        Assert.Equal(404, agent.Get("/").Status);
        Assert.Equal(404, agent.Get("/debug/pprof").Status);
    }

    [Fact]
    public void Endpoints_answer_while_it_drains()
    {
        Directory.Delete(stage.Objects);
        new PodLog(stage.Tree).Write("waits");
        Agent agent = stage.Start();
        agent.AwaitMetric("collector_buffer_records", v => v == 1);
        agent.Terminate();
        Assert.Equal(200, agent.Get("/healthz").Status);
        Assert.Equal(1, agent.Scrape().Sum("collector_buffer_records"));
        Directory.CreateDirectory(stage.Objects);
        Assert.Equal(0, agent.WaitForExit());
        Assert.Equal(["waits"], StoredRecords.Texts(stage.Objects));
    }
}
