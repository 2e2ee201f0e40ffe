using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Collector.Pipeline.Diagnostics;
using Collector.Testing.Processes;
using Collector.Testing.Time;
using Prometheus;
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
        "collector_records_unparsed_total{source}", "collector_records_time_unparsed_total{source}", "collector_records_invalid_utf8_total{source}",
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
        await using var stuck = new StuckStream();
        var scrape = Task.Run(() => _metrics.ScrapeAsync(stuck, ExpositionFormat.PrometheusText, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        stuck.Reached.Wait(TestContext.Current.CancellationToken);

        var counting = Task.Run(
            () =>
            {
                var turn = new TurnTally();
                turn.GetOrAdd(output).Records = 1;
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

    /// <summary>The series are set from one scrape's snapshot: another one in between would make the page of neither balance.</summary>
    [Fact]
    public async Task A_scrape_waits_for_the_one_before_it()
    {
        _metrics.UploadAttempted(_metrics.Books.Output("o"), AttemptResult.Stored, TimeSpan.Zero);
        await using var stuck = new StuckStream();
        var first = Task.Run(() => _metrics.ScrapeAsync(stuck, ExpositionFormat.PrometheusText, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        stuck.Reached.Wait(TestContext.Current.CancellationToken);

        var second = _metrics.ScrapeAsync(Stream.Null, ExpositionFormat.PrometheusText, TestContext.Current.CancellationToken);

        Assert.False(second.IsCompleted);
        stuck.Release.Set();
        await Task.WhenAll(first, second);
    }

    /// <summary>The names of a counter's series have the suffix in both formats, that of its family only in one.</summary>
    [Fact]
    public void OpenMetrics_tell_the_same_series_with_the_same_values()
    {
        UseEverything();
        var text = Exposition.Of(_metrics);

        var lines = Exposition.PageOf(_metrics, ExpositionFormat.OpenMetricsText).Split('\n');

        Assert.Equal(["# EOF", ""], lines[^2..]);
        var types = lines.Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(line => line.Split(' ')).ToDictionary(l => l[2], l => l[3]);
        Assert.Equal(text.Types.Select(t => t.Value == "counter" ? (t.Key[..^"_total".Length], t.Value) : (t.Key, t.Value)).Order(), types.Select(t => (t.Key, t.Value)).Order());
        var series = lines.Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(' ')).ToDictionary(l => l[0], l => double.Parse(l[1], CultureInfo.InvariantCulture));
        Assert.Equal(text.Series.Keys.Select(WithPoint).Order(), series.Keys.Order());
        Assert.All(text.Series.Where(s => s.Key.StartsWith("collector_", StringComparison.Ordinal)), s => Assert.Equal(s.Value, series[WithPoint(s.Key)]));

        // A bucket's bound is a float there: 1.0, not 1.
        static string WithPoint(string name) => Regex.Replace(name, "le=\"(?<bound>[0-9]+)\"", "le=\"${bound}.0\"", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void What_is_no_longer_known_has_no_sample_until_it_is_known_again()
    {
        const string Expiry = "collector_credential_expiry_timestamp_seconds{output=\"o\"}";
        const string Free = "collector_disk_free_bytes";
        DateTimeOffset? expiry = _clock.GetUtcNow();
        long? free = 7;
        var output = _metrics.Books.Output("o");
        output.ObserveCredentialExpiry(() => expiry);
        Assert.Equal((true, true), Shown());

        (expiry, free) = (null, null);
        Assert.Equal((false, false), Shown());

        (expiry, free) = (_clock.GetUtcNow(), 8);
        Assert.Equal((true, true), Shown());

        (bool Expiry, bool Free) Shown()
        {
            output.SetRoom(1, free);
            var page = Exposition.Of(_metrics);
            return (page.Series.ContainsKey(Expiry), page.Series.ContainsKey(Free));
        }
    }

    /// <summary>Scrapes come every few seconds for as long as the agent runs; 9.6 times the page, it was once.</summary>
    [Fact]
    public void A_scrape_of_thousands_of_series_costs_less_than_twice_its_page()
    {
        for (var i = 0; i < 100; i++)
        {
            var output = _metrics.Books.Output($"output-{i}");
            output.SetRoom(1, 2);
            _metrics.UploadAttempted(output, AttemptResult.Stored, TimeSpan.FromSeconds(1));
        }

        var page = Exposition.PageOf(_metrics, ExpositionFormat.PrometheusText);

        var allocated = Allocations.Of(() => Assert.True(_metrics.ScrapeAsync(Stream.Null, ExpositionFormat.PrometheusText, CancellationToken.None).IsCompletedSuccessfully));
        TestContext.Current.TestOutputHelper?.WriteLine($"{page.Split('\n').Length} lines, {page.Length} bytes, {allocated} bytes allocated");
        Assert.InRange(page.Split('\n').Length, 5000, 10_000);
        Assert.InRange(allocated, 1, 2 * page.Length);
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

    private sealed class StuckStream : MemoryStream
    {
        public ManualResetEventSlim Reached { get; } = new();

        public ManualResetEventSlim Release { get; } = new();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            if (Encoding.UTF8.GetString(ToArray()).Contains("# TYPE collector_upload_duration_seconds", StringComparison.Ordinal))
            {
                Reached.Set();
                Release.Wait(cancellationToken);
            }

            return ValueTask.CompletedTask;
        }

        protected override void Dispose(bool disposing)
        {
            Reached.Dispose();
            Release.Dispose();
            base.Dispose(disposing);
        }
    }
}
