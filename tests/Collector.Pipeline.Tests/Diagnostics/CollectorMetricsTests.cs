using System.Buffers;
using System.Text;
using Collector.Pipeline.Diagnostics;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Diagnostics;

public sealed class CollectorMetricsTests : IDisposable
{
    // Contract §5, as it is written there.
    private static readonly string[] Contract =
    [
        "collector_records_read_total{source}", "collector_bytes_read_total{source}",
        "collector_records_excluded_total{source,reason}", "collector_records_unmatched_total{source}",
        "collector_tail_files{state}", "collector_tail_lag_bytes", "collector_tail_rotations_total",
        "collector_files_excluded", "collector_files_without_metadata_total", "collector_files_parked",
        "collector_records_truncated_total{source}", "collector_records_partial_total{source}",
        "collector_records_unparsed_total{source}", "collector_records_invalid_utf8_total{source}",
        "collector_bytes_lost_total{reason}", "collector_files_lost_total{reason}",
        "collector_records_matched_total{output}", "collector_records_recovered_total{output}",
        "collector_records_dropped_total{output,reason}", "collector_buffer_records{output,state}",
        "collector_buffer_bytes{output,state}", "collector_buffer_full{output,reason}", "collector_buffer_limit_bytes{output}", "collector_disk_free_bytes",
        "collector_buffer_oldest_record_age_seconds{output}", "collector_records_uploaded_total{output}",
        "collector_objects_uploaded_total{output}", "collector_objects_maybe_twice_total{output}", "collector_bytes_uploaded_total{output}",
        "collector_last_upload_timestamp_seconds{output}", "collector_upload_attempts_total{output,result}",
        "collector_upload_duration_seconds{output}", "collector_credential_expiry_timestamp_seconds{output}",
        "collector_kubernetes_requests_total{verb,code}", "collector_build_info{version,commit}",
    ];

    private readonly ManualClock _clock = new();
    private readonly CollectorMetrics _metrics;

    public CollectorMetricsTests() => _metrics = new CollectorMetrics(_clock, "1.2.3", "abcdef");

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public void Every_metric_of_the_contract_is_exported_with_its_labels_and_there_is_no_other()
    {
        UseEverything();

        var page = Exposition.Of(_metrics);

        var exported = page.LabelNames
            .Where(family => family.Key.StartsWith("collector_", StringComparison.Ordinal))
            .Select(family => family.Value.Count == 0 ? family.Key : $"{family.Key}{{{string.Join(',', family.Value)}}}");
        Assert.Equal(Contract.Order(), exported.Order());
    }

    [Fact]
    public void Counters_and_only_counters_end_in_total()
    {
        UseEverything();

        foreach (var (name, type) in Exposition.Of(_metrics).Types)
        {
            Assert.Equal(type == "counter", name.EndsWith("_total", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_usual_metrics_of_the_process_and_the_runtime_are_plausible()
    {
        var page = Exposition.Of(_metrics);

        Assert.InRange(page["process_resident_memory_bytes"], 1e6, 1e11);
        Assert.True(page["process_virtual_memory_bytes"] > page["process_resident_memory_bytes"]);
        Assert.InRange(page["process_open_fds"], 3, page["process_max_fds"]);
        Assert.InRange(page["process_threads"], 2, 10_000);
        Assert.True(page["process_cpu_seconds_total"] > 0);
        var started = DateTimeOffset.FromUnixTimeSeconds((long)page["process_start_time_seconds"]);
        Assert.InRange(started, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.True(page["dotnet_total_memory_bytes"] > 0);
        Assert.True(page.Series.ContainsKey("dotnet_collection_count_total{generation=\"2\"}"));
    }

    [Fact]
    public void What_exists_is_exported_as_zero_before_anything_happened()
    {
        _metrics.Books.Source("s");
        _metrics.Books.Output("o");

        var page = Exposition.Of(_metrics);

        Assert.Equal(0, page["collector_records_read_total{source=\"s\"}"]);
        Assert.Equal(0, page["collector_records_excluded_total{source=\"s\",reason=\"own_log\"}"]);
        Assert.Equal(0, page["collector_records_dropped_total{output=\"o\",reason=\"buffer_full_unconfirmed\"}"]);
        Assert.Equal(0, page["collector_buffer_bytes{output=\"o\",state=\"quarantined\"}"]);
        Assert.Equal(0, page["collector_upload_attempts_total{output=\"o\",result=\"key_collision\"}"]);
        Assert.Equal(0, page["collector_buffer_oldest_record_age_seconds{output=\"o\"}"]);
        Assert.Equal(0, page["collector_bytes_lost_total{reason=\"deleted_unread\"}"]);
        Assert.Equal(0, page["collector_files_lost_total{reason=\"restart_gap\"}"]);
        Assert.Equal(1, page["collector_build_info{version=\"1.2.3\",commit=\"abcdef\"}"]);
    }

    [Fact]
    public void A_time_that_is_not_known_has_no_sample()
    {
        _metrics.Books.Output("o");

        var page = Exposition.Of(_metrics);

        Assert.DoesNotContain("collector_last_upload_timestamp_seconds", page.Types.Keys);
        Assert.DoesNotContain("collector_credential_expiry_timestamp_seconds", page.Types.Keys);
    }

    [Fact]
    public void Times_are_in_seconds_and_an_age_is_never_negative()
    {
        var output = _metrics.Books.Output("o");
        output.Uploaded(0, 0, 0);
        output.SetRoom(1, 2);
        output.SetOldestRecord(_clock.GetUtcNow());
        _clock.Advance(TimeSpan.FromMilliseconds(90_500));
        var expiry = _clock.GetUtcNow().AddHours(1);
        output.ObserveCredentialExpiry(() => expiry);

        var later = Exposition.Of(_metrics);
        _clock.StepWallClock(TimeSpan.FromHours(-1));
        var steppedBack = Exposition.Of(_metrics);

        Assert.Equal(90.5, later["collector_buffer_oldest_record_age_seconds{output=\"o\"}"]);
        Assert.Equal(expiry.ToUnixTimeMilliseconds() / 1000.0 - 3690.5, later["collector_last_upload_timestamp_seconds{output=\"o\"}"], 3);
        Assert.Equal(expiry.ToUnixTimeMilliseconds() / 1000.0, later["collector_credential_expiry_timestamp_seconds{output=\"o\"}"]);
        Assert.Equal(0, steppedBack["collector_buffer_oldest_record_age_seconds{output=\"o\"}"]);
    }

    [Fact]
    public void A_histogram_counts_each_attempt_in_every_bucket_it_fits()
    {
        var output = _metrics.Books.Output("o");
        foreach (var seconds in new[] { 0.01, 0.3, 7, 500 })
        {
            _metrics.UploadAttempted(output, AttemptResult.Unavailable, TimeSpan.FromSeconds(seconds));
        }

        var page = Exposition.Of(_metrics);

        double Bucket(string bound) => page[$"collector_upload_duration_seconds_bucket{{output=\"o\",le=\"{bound}\"}}"];
        Assert.Equal([1, 1, 2, 3, 3, 4], [Bucket("0.01"), Bucket("0.25"), Bucket("0.5"), Bucket("10"), Bucket("120"), Bucket("+Inf")]);
        Assert.Equal(4, page["collector_upload_duration_seconds_count{output=\"o\"}"]);
        Assert.Equal(507.31, page["collector_upload_duration_seconds_sum{output=\"o\"}"], 6);
        Assert.Equal(4, page["collector_upload_attempts_total{output=\"o\",result=\"unavailable\"}"]);
    }

    [Fact]
    public void A_counter_that_is_used_directly_adds_up_over_scrapes()
    {
        _metrics.KubernetesRequested(KubernetesVerb.Watch, 200);
        Exposition.Of(_metrics);
        _metrics.KubernetesRequested(KubernetesVerb.Watch, 200);

        Assert.Equal(2, Exposition.Of(_metrics)["collector_kubernetes_requests_total{verb=\"watch\",code=\"200\"}"]);
    }

    [Fact]
    public void A_label_value_is_escaped_as_the_format_says()
    {
        _metrics.Books.Source("a\"b\\c\nd\ud800é");

        var page = Exposition.Of(_metrics);

        Assert.Equal(0, page["collector_records_read_total{source=\"a\\\"b\\\\c\\nd\ufffdé\"}"]);
    }

    [Fact]
    public void Tail_gauges_are_the_sum_over_workers()
    {
        _metrics.Books.AddTail().Set(new TailFigures { Open = 3, Idle = 1, LagBytes = 100, Parked = 1 });
        var second = _metrics.Books.AddTail();
        second.Set(new TailFigures { Open = 50 });
        second.Set(new TailFigures { Open = 4, Deleted = 2, LagBytes = 11 });

        var page = Exposition.Of(_metrics);

        Assert.Equal(7, page["collector_tail_files{state=\"open\"}"]);
        Assert.Equal(2, page["collector_tail_files{state=\"deleted\"}"]);
        Assert.Equal(111, page["collector_tail_lag_bytes"]);
        Assert.Equal(1, page["collector_files_parked"]);
    }

    [Fact]
    public async Task A_scrape_that_is_stuck_in_writing_holds_up_nothing_that_counts()
    {
        var output = _metrics.Books.Output("o");
        _metrics.UploadAttempted(output, AttemptResult.Stored, TimeSpan.Zero);
        using var stuck = new StuckWriter();
        var scrape = Task.Run(() => _metrics.Scrape(stuck), TestContext.Current.CancellationToken);
        stuck.Reached.Wait(TestContext.Current.CancellationToken);

        var counting = Task.Run(
            () =>
            {
                var turn = new TurnTally();
                turn.Of(output).Records = 1;
                _metrics.Books.Commit(turn);
                output.Sealed(1, 0, 0);
                _metrics.UploadAttempted(output, AttemptResult.Stored, TimeSpan.Zero);
                _metrics.KubernetesRequested(KubernetesVerb.List, 200);
            },
            TestContext.Current.CancellationToken);
        var first = await Task.WhenAny(counting, scrape, Task.Delay(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken));

        stuck.Release.Set();
        await scrape;
        Assert.Same(counting, first);
    }

    private void UseEverything()
    {
        _metrics.Books.Source("s");
        var output = _metrics.Books.Output("o");
        output.Uploaded(0, 0, 0);
        output.SetRoom(1, 2);
        output.ObserveCredentialExpiry(() => _clock.GetUtcNow());
        _metrics.UploadAttempted(output, AttemptResult.Stored, TimeSpan.FromSeconds(1));
        _metrics.KubernetesRequested(KubernetesVerb.List, 200);
    }

    private sealed class StuckWriter : IBufferWriter<byte>, IDisposable
    {
        private readonly ArrayBufferWriter<byte> _bytes = new();

        public ManualResetEventSlim Reached { get; } = new();

        public ManualResetEventSlim Release { get; } = new();

        public void Advance(int count)
        {
            _bytes.Advance(count);
            if (Encoding.UTF8.GetString(_bytes.WrittenSpan).Contains("# TYPE collector_upload_duration_seconds", StringComparison.Ordinal))
            {
                Reached.Set();
                Release.Wait();
            }
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => _bytes.GetMemory(sizeHint);

        public Span<byte> GetSpan(int sizeHint = 0) => _bytes.GetSpan(sizeHint);

        public void Dispose()
        {
            Reached.Dispose();
            Release.Dispose();
        }
    }
}
