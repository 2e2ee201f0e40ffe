using System.Globalization;
using Prometheus;

namespace Collector.Pipeline.Diagnostics;

/// <summary>
/// Every metric of contract §5, with its description, under the name that <c>/metrics</c> shows. One per process, made by the host.
/// Figures about records are kept in <see cref="Books"/> and only shown here: a scrape takes one snapshot and sets every series
/// from it, so all its numbers are of one moment. Label values are source and output names and members of enumerations: nothing
/// that pods or paths can multiply.
/// </summary>
public sealed partial class CollectorMetrics : IDisposable
{
    // 10 ms is a good put to a local store; 60 s is the default attemptTimeout, and 120 s shows a longer one.
    private static readonly double[] UploadSeconds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

    private readonly TimeProvider _clock;
    private readonly CollectorRegistry _registry = Metrics.NewCustomRegistry();
    private readonly MetricFactory _factory;
    private readonly List<Action<Observation>> _families = [];
    private readonly SemaphoreSlim _scrape = new(1);
    private readonly Lazy<Histogram> _uploadDuration;
    private readonly Lazy<Counter> _kubernetesRequests;

    public CollectorMetrics(TimeProvider clock, string version, string commit)
    {
        _clock = clock;
        Books = new Books(clock);
        _factory = Metrics.WithCustomRegistry(_registry);
        _factory.ExemplarBehavior = ExemplarBehavior.NoExemplars();
        DeclareReading();
        DeclareLoss();
        DeclareOutputs();
        _uploadDuration = new(() => _factory.CreateHistogram(
            "collector_upload_duration_seconds", "Duration of one upload attempt, failed or not.", ["output"], new HistogramConfiguration { Buckets = UploadSeconds }));
        _kubernetesRequests = new(() => _factory.CreateCounter(
            "collector_kubernetes_requests_total", "Requests to the Kubernetes API, by answer; code 0 is no answer.", ["verb", "code"]));
        _factory.CreateGauge("collector_build_info", "Always 1; the labels have version and commit.", ["version", "commit"]).WithLabels([version, commit]).Set(1);
        DeclareProcess();
        DeclareRuntime();
    }

    /// <summary>Shows one series of a family; null: unknown and not shown.</summary>
    private delegate void Show(double? value, params ReadOnlySpan<string> labels);

    public Books Books { get; }

    /// <summary>An upload attempt ended: counts it, and how long it took.</summary>
    public void UploadAttempted(OutputBook output, AttemptResult result, TimeSpan duration)
    {
        output.Attempted(result);
        _uploadDuration.Value.WithLabels([output.Name]).Observe(duration.TotalSeconds);
    }

    /// <summary>A request to the Kubernetes API ended with this HTTP status; 0: no answer.</summary>
    public void KubernetesRequested(KubernetesVerb verb, int code) =>
        _kubernetesRequests.Value.WithLabels([verb.ToString().ToLowerInvariant(), code.ToString(CultureInfo.InvariantCulture)]).Inc();

    /// <summary>
    /// Writes everything in that format. One scrape at a time, because the series are set from the snapshot of one: a slow
    /// <paramref name="destination"/> delays other scrapes, but nothing that counts.
    /// </summary>
    public async Task ScrapeAsync(Stream destination, ExpositionFormat format, CancellationToken cancellation)
    {
        await _scrape.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            // Not in a callback of the registry, which ignores an exception: old numbers would then be shown as new ones.
            var shown = new Observation(Books.Snapshot(), ProcessFigures.Read());
            _families.ForEach(show => show(shown));
            await _registry.CollectAndExportAsTextAsync(destination, format, cancellation).ConfigureAwait(false);
            Books.Told(shown.Books);
        }
        finally
        {
            _scrape.Release();
        }
    }

    public void Dispose() => _scrape.Dispose();

    /// <summary>Declares a counter that is kept elsewhere; <paramref name="samples"/> shows its value.</summary>
    private void Count(string name, string help, string[] labels, Action<Observation, Show> samples) =>
        Declare(() => _factory.CreateCounter(name, help, labels), static (series, value) => series.IncTo(value), samples);

    /// <summary>Like <see cref="Count"/>, for values that may also fall.</summary>
    private void Gauge(string name, string help, string[] labels, Action<Observation, Show> samples) =>
        Declare(() => _factory.CreateGauge(name, help, labels), static (series, value) => series.Set(value), samples);

    private void Declare<T>(Func<Collector<T>> create, Action<T, double> set, Action<Observation, Show> samples)
        where T : ChildBase
    {
        // The registry shows HELP and TYPE even of families without series, so a family is declared with its first series.
        var family = new Lazy<Collector<T>>(create);
        Show show = (value, labels) =>
        {
            if (value is { } number)
            {
                set(family.Value.WithLabels(labels), number);
            }
            else if (family.IsValueCreated)
            {
                family.Value.WithLabels(labels).Unpublish();
            }
        };
        _families.Add(now => samples(now, show));
    }

    private sealed record Observation(BooksSnapshot Books, ProcessFigures? Process);
}
