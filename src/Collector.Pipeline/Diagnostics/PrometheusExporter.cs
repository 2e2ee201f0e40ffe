using System.Buffers;
using System.Diagnostics.Metrics;

namespace Collector.Pipeline.Diagnostics;

/// <summary>
/// Listens to the instruments of one meter and writes what they say in the Prometheus text format 0.0.4. It must exist
/// before a counter or histogram is used, or misses what they counted. <see cref="Write"/> is not thread safe.
/// </summary>
internal sealed class PrometheusExporter : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly List<MetricFamily> _families = [];
    private readonly List<Sample> _samples = [];

    public PrometheusExporter(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, meter))
            {
                var family = MetricFamily.For(instrument);
                _families.Add(family);
                listener.EnableMeasurementEvents(instrument, family);
            }
        };
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.Start();
    }

    /// <summary>Observes the observable instruments and writes every family that has a sample, in the order of declaration.</summary>
    public void Write(IBufferWriter<byte> destination)
    {
        foreach (var family in _families)
        {
            family.BeginScrape();
        }

        _listener.RecordObservableInstruments();
        foreach (var family in _families)
        {
            _samples.Clear();
            family.Collect(_samples);
            if (_samples.Count > 0)
            {
                PrometheusText.WriteFamily(destination, family, _samples);
            }
        }
    }

    public void Dispose() => _listener.Dispose();
}
