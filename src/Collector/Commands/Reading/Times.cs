using System.Globalization;
using Collector.Configuration;

namespace Collector.Commands.Reading;

/// <summary>Parses times as people write them.</summary>
internal static class Times
{
    /// <summary>A time before now: <c>2h</c>, <c>1h30m</c>, <c>7d</c>. Null if the text is not a duration.</summary>
    public static DateTimeOffset? Ago(string text, DateTimeOffset now) =>
        text.EndsWith('d') && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is > 0 and < 36_500 ? now.AddDays(-days)
        : Duration.TryParse(text, out var duration) ? now - duration
        : null;

    /// <summary>RFC 3339, or its beginning, in UTC if there is no zone. Null if the text is not a time.</summary>
    public static DateTimeOffset? At(string text) =>
        text.Length >= 10 && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;
}
