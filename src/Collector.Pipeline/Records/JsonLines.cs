using System.Text;

namespace Collector.Pipeline.Records;

/// <summary>How the lines of a source with <c>parser: json</c> become records. Immutable.</summary>
/// <param name="timeField">The top-level field that is the time; empty: the time of reading.</param>
/// <param name="timeFormat">How it is read; null: <see cref="TimeFormat.Auto"/>.</param>
/// <param name="namesSource">The records have a <c>source</c> that is the collector's.</param>
public sealed class JsonLines(string timeField = "", TimeFormat? timeFormat = null, bool namesSource = false)
{
    private readonly byte[] _timeField = Encoding.UTF8.GetBytes(timeField);

    public TimeFormat TimeFormat { get; } = timeFormat ?? TimeFormat.Auto;

    public bool NamesSource { get; } = namesSource;

    /// <summary>In UTF-8; empty: none.</summary>
    internal ReadOnlySpan<byte> TimeField => _timeField;
}
