using System.Diagnostics.CodeAnalysis;

namespace Collector.Pipeline.Records;

/// <summary>How the time in a JSON line is read (contract §2, <c>timeFormat</c>). Immutable.</summary>
public sealed class TimeFormat
{
    /// <summary>Common formats of programs besides RFC 3339 and numbers since 1970; a fraction and a zone may follow.</summary>
    private static readonly TimePattern[] s_common =
    [
        TimePattern.WithRest("%Y-%m-%d %H:%M:%S"), // Python, log4j, PostgreSQL
        TimePattern.WithRest("%Y-%m-%dT%H:%M:%S"), // ISO 8601 with a comma, without a zone, or with one that has no colon
        TimePattern.WithRest("%Y/%m/%d %H:%M:%S"), // Go's log, nginx's error log
        TimePattern.WithRest("%d/%b/%Y:%H:%M:%S"), // access logs
        TimePattern.WithRest("%a, %d %b %Y %H:%M:%S"), // RFC 1123
        TimePattern.WithRest("%a %b %e %H:%M:%S %Y"), // ctime
    ];

    private readonly TimePattern? _pattern;
    private readonly bool _takesRfc3339;
    private readonly bool _takesEpoch;

    private TimeFormat(string text, bool takesRfc3339 = false, bool takesEpoch = false, TimePattern? pattern = null)
    {
        Text = text;
        _takesRfc3339 = takesRfc3339;
        _takesEpoch = takesEpoch;
        _pattern = pattern;
    }

    /// <summary>RFC 3339, a number or a text of digits since 1970 in s, ms, us or ns, or a common format of programs.</summary>
    public static TimeFormat Auto { get; } = new("auto", takesRfc3339: true, takesEpoch: true);

    public static TimeFormat Rfc3339Alone { get; } = new("rfc3339", takesRfc3339: true);

    public static TimeFormat EpochAlone { get; } = new("epoch", takesEpoch: true);

    /// <summary>As configured.</summary>
    public string Text { get; }

    /// <summary>
    /// Parses <c>auto</c>, <c>rfc3339</c>, <c>epoch</c> or a <see cref="TimePattern"/>. When false, <paramref name="error"/> says
    /// what to write.
    /// </summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TimeFormat? format, out string error)
    {
        error = "";
        format = text switch { "auto" => Auto, "rfc3339" => Rfc3339Alone, "epoch" => EpochAlone, _ => null };
        if (format is null && TimePattern.TryParse(text, out var pattern, out error))
            format = new TimeFormat(text, pattern: pattern);
        return format is not null;
    }

    public override string ToString() => Text;

    /// <summary>Parses a whole text, or a JSON number; false when it is not a time of this format.</summary>
    /// <param name="text">Without quotes and escapes.</param>
    /// <param name="time">UTC; a time without a zone counts as UTC.</param>
    internal bool TryRead(ReadOnlySpan<byte> text, out RecordTime time)
    {
        if (_pattern is not null)
            return _pattern.TryRead(text, out time);
        if ((_takesRfc3339 && RecordTime.TryParse(text, out time)) || (_takesEpoch && RecordTime.TryParseEpoch(text, out time)))
            return true;
        foreach (var common in _takesRfc3339 && _takesEpoch ? s_common : [])
        {
            if (common.TryRead(text, out time))
                return true;
        }

        time = default;
        return false;
    }
}
