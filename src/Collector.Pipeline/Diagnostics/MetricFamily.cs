using System.Diagnostics.Metrics;

namespace Collector.Pipeline.Diagnostics;

/// <summary>One line to be written: what follows the family's name, the labels as text, and the value.</summary>
internal readonly record struct Sample(string Suffix, string Labels, double Value);

/// <summary>
/// What one instrument said so far, by label values. Its lock is held for one addition or for copying, never for writing:
/// <see cref="Record"/> is called from the loops. Thread safe.
/// </summary>
internal abstract class MetricFamily(Instrument instrument, string type)
{
    public string Name => instrument.Name;

    public string Help => instrument.Description ?? instrument.Name;

    /// <summary>The word after <c># TYPE</c>.</summary>
    public string Type => type;

    protected Lock Gate { get; } = new();

    public static MetricFamily For(Instrument instrument) => instrument switch
    {
        Histogram<double> histogram => new HistogramFamily(histogram),
        Counter<long> => new ScalarFamily(instrument, "counter"),
        ObservableCounter<int> or ObservableCounter<long> or ObservableCounter<double> => new ScalarFamily(instrument, "counter"),
        _ => new ScalarFamily(instrument, "gauge"),
    };

    public abstract void BeginScrape();

    public abstract void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags);

    public abstract void Collect(List<Sample> samples);
}

/// <summary>A counter or a gauge: one number per label values. Observable ones say it anew at each scrape.</summary>
internal sealed class ScalarFamily(Instrument instrument, string type) : MetricFamily(instrument, type)
{
    private readonly bool _observable = instrument.IsObservable;
    private readonly OrderedDictionary<string, double> _values = [];

    public override void BeginScrape()
    {
        if (_observable)
        {
            _values.Clear();
        }
    }

    public override void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = PrometheusText.RenderLabels(tags);
        lock (Gate)
        {
            _values[labels] = _observable ? value : _values.GetValueOrDefault(labels) + value;
        }
    }

    public override void Collect(List<Sample> samples)
    {
        lock (Gate)
        {
            foreach (var (labels, value) in _values)
            {
                samples.Add(new Sample("", labels, value));
            }
        }
    }
}

/// <summary>A histogram with the buckets that the instrument advises.</summary>
internal sealed class HistogramFamily : MetricFamily
{
    private readonly double[] _bounds;
    private readonly OrderedDictionary<string, Series> _series = [];

    public HistogramFamily(Histogram<double> histogram)
        : base(histogram, "histogram") =>
        _bounds = [.. histogram.Advice?.HistogramBucketBoundaries ?? [], double.PositiveInfinity];

    public override void BeginScrape()
    {
    }

    public override void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = PrometheusText.RenderLabels(tags);
        lock (Gate)
        {
            if (!_series.TryGetValue(labels, out var series))
            {
                _series.Add(labels, series = new Series(new long[_bounds.Length]));
            }

            series.Counts[Array.FindIndex(_bounds, bound => value <= bound)]++;
            series.Sum += value;
        }
    }

    public override void Collect(List<Sample> samples)
    {
        lock (Gate)
        {
            foreach (var (labels, series) in _series)
            {
                // Buckets are cumulative in the text format.
                long total = 0;
                for (var i = 0; i < _bounds.Length; i++)
                {
                    total += series.Counts[i];
                    samples.Add(new Sample("_bucket", PrometheusText.WithBound(labels, _bounds[i]), total));
                }

                samples.Add(new Sample("_sum", labels, series.Sum));
                samples.Add(new Sample("_count", labels, total));
            }
        }
    }

    private sealed class Series(long[] counts)
    {
        public long[] Counts => counts;

        public double Sum { get; set; }
    }
}
