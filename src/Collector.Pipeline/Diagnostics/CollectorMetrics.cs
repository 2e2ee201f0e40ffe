using System.Buffers;
using System.Diagnostics.Metrics;

namespace Collector.Pipeline.Diagnostics;

/// <summary>
/// Every instrument of contract §5, with its unit and description, under the name that <c>/metrics</c> shows. One per
/// process, made by the host. What is about records is kept in <see cref="Books"/> and only reported here, so that all
/// numbers of one scrape are of one moment. Label values are source and output names and members of enumerations:
/// nothing that a pod or a path can multiply.
/// </summary>
public sealed partial class CollectorMetrics : IDisposable
{
    // 10 ms is a good put to a local store; 60 s is the default attemptTimeout, and 120 s shows a longer one.
    private static readonly double[] UploadSeconds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

    private readonly Meter _meter = new("Collector");
    private readonly TimeProvider _clock;
    private readonly Lock _scrape = new();
    private readonly PrometheusExporter _exporter;
    private readonly Histogram<double> _uploadDuration;
    private readonly Counter<long> _kubernetesRequests;
    private Observation? _pinned;

    public CollectorMetrics(TimeProvider clock, string version, string commit)
    {
        _clock = clock;
        Books = new Books(clock);
        DeclareReading();
        DeclareLoss();
        DeclareOutputs();
        _uploadDuration = _meter.CreateHistogram(
            "collector_upload_duration_seconds", "s", "Time of one upload attempt, failed ones too.",
            tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = UploadSeconds });
        _kubernetesRequests = _meter.CreateCounter<long>(
            "collector_kubernetes_requests_total", "{request}", "Requests to the Kubernetes API, by answer; code 0 is no answer.");
        var build = new Measurement<long>(1, Tag("version", version), Tag("commit", commit));
        _meter.CreateObservableGauge("collector_build_info", () => build, unit: null, "Always 1; what is running is in the labels.");
        DeclareProcess();
        DeclareRuntime();
        _exporter = new PrometheusExporter(_meter);
    }

    public Books Books { get; }

    // An instrument that is read outside a scrape, by a diagnostics tool, sees the present.
    private Observation Now => Volatile.Read(ref _pinned) ?? Observe();

    /// <summary>An upload attempt ended: counts it, and how long it took.</summary>
    public void UploadAttempted(OutputBook output, AttemptResult result, TimeSpan duration)
    {
        output.Attempted(result);
        _uploadDuration.Record(duration.TotalSeconds, Tag("output", output.Name));
    }

    /// <summary>A request to the Kubernetes API ended with this HTTP status; 0 when there was no answer.</summary>
    public void KubernetesRequested(KubernetesVerb verb, int code) =>
        _kubernetesRequests.Add(1, Tag("verb", verb.ToString().ToLowerInvariant()), Tag("code", code));

    /// <summary>
    /// Writes everything in the Prometheus text format 0.0.4. Thread safe; a slow <paramref name="destination"/> delays other
    /// scrapes, but nothing that counts.
    /// </summary>
    public void Scrape(IBufferWriter<byte> destination)
    {
        lock (_scrape)
        {
            var shown = Observe();
            Volatile.Write(ref _pinned, shown);
            try
            {
                _exporter.Write(destination);
                Books.Told(shown.Books);
            }
            finally
            {
                Volatile.Write(ref _pinned, null);
            }
        }
    }

    public void Dispose()
    {
        _exporter.Dispose();
        _meter.Dispose();
    }

    private static KeyValuePair<string, object?> Tag(string name, object value) => new(name, value);

    private Observation Observe() => new(Books.Snapshot(), ProcessFigures.Read());

    private sealed record Observation(BooksSnapshot Books, ProcessFigures? Process);
}
