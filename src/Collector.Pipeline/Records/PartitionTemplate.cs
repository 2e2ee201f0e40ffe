using System.Text;

namespace Collector.Pipeline.Records;

/// <summary>
/// A key template with a file's identity and stream put in: only dates are left open. Made once per file, stream and version of
/// the metadata, so that a record costs one division (<see cref="PeriodOf"/>) and a template without dates nothing. Immutable.
/// </summary>
public sealed class PartitionTemplate
{
    private readonly KeyPart[] _parts;
    private readonly long _period;
    private readonly string? _fixed;

    /// <param name="parts">Text and dates; kept only while a date is among them.</param>
    /// <param name="period">Nanoseconds within which no date changes; 0 when there are none.</param>
    internal PartitionTemplate(KeyPart[] parts, long period)
    {
        _period = period;
        _fixed = period == 0 ? RenderParts(parts, default) : null;
        _parts = period == 0 ? [] : parts;
    }

    /// <summary>
    /// A number that is the same for two times only if both render to the same prefix: render again when it changes. Always 0
    /// without dates.
    /// </summary>
    public long PeriodOf(RecordTime time) => _period == 0 ? 0 : time.UnixNanoseconds / _period;

    /// <summary>
    /// The key prefix of a record of that time; for a record without a time the time of reading. Within its limits, and without an
    /// addition at its end.
    /// </summary>
    public string Render(RecordTime time) => _fixed ?? RenderParts(_parts, time);

    private static string RenderParts(KeyPart[] parts, RecordTime time)
    {
        var prefix = new StringBuilder();
        foreach (var part in parts)
        {
            if (part is KeyPart.Date date)
                KeyDate.Append(prefix, date.Format, time);
            else if (part is KeyPart.Text text)
                prefix.Append(text.Value);
        }

        return KeyText.LimitPrefix(prefix.ToString());
    }
}
