using System.Globalization;
using System.Text.RegularExpressions;
using Collector.Configuration;

namespace Collector.Commands.Reading;

/// <summary>Parses times as people write them. A time before or after all logs, as "9999-12-31" in scripts, is the first or last that counts.</summary>
internal static partial class Times
{
    private static readonly DateTimeOffset First = DateTimeOffset.UnixEpoch;
    private static readonly DateTimeOffset Last = new(2261, 12, 31, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A time before now: <c>2h</c>, <c>1h30m</c>, <c>7d</c>. Null if the text is not a duration.</summary>
    public static DateTimeOffset? Ago(string text, DateTimeOffset now) =>
        text.EndsWith('d') && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is > 0 and < 36_500 ? now.AddDays(-days)
        : Duration.TryParse(text, out var duration) ? (duration < now - First ? now - duration : First)
        : null;

    /// <summary>RFC 3339, or its beginning, in UTC if there is no zone. Null if the text is not a time.</summary>
    public static DateTimeOffset? At(string text) =>
        text is [_, _, _, _, '-', _, _, '-', _, _, ..] && DateTimeOffset.TryParse(BeyondTicks().Replace(text, ""), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? (time < First ? First : time > Last ? Last : time)
            : null;

    /// <summary>
    /// Digits behind the seventh of a second. The parser would round them, and so leave out the line of that very time; without
    /// them a time is the beginning of its 100 nanoseconds (and <c>--until</c> counts to their end).
    /// </summary>
    [GeneratedRegex(@"(?<=\.[0-9]{7})[0-9]+")]
    private static partial Regex BeyondTicks();
}
