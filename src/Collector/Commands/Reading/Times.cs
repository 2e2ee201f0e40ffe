using System.Globalization;
using System.Text.RegularExpressions;

namespace Collector.Commands.Reading;

/// <summary>Parses times as people write them. A time before or after all logs, as "9999-12-31" in scripts, is the first or last that counts.</summary>
internal static partial class Times
{
    private static readonly DateTimeOffset First = DateTimeOffset.UnixEpoch;
    private static readonly DateTimeOffset Last = new(2261, 12, 31, 0, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<string, TimeSpan> Units = new(StringComparer.Ordinal)
    {
        ["d"] = TimeSpan.FromDays(1),
        ["h"] = TimeSpan.FromHours(1),
        ["m"] = TimeSpan.FromMinutes(1),
        ["s"] = TimeSpan.FromSeconds(1),
        ["ms"] = TimeSpan.FromMilliseconds(1),
    };

    /// <summary>A time before now, as kubectl takes it, and with days: <c>2h</c>, <c>1h30m</c>, <c>1.5h</c>, <c>0s</c>, <c>7d</c>. Null if the text is not a duration.</summary>
    public static DateTimeOffset? Ago(string text, DateTimeOffset now)
    {
        if (!DurationText().IsMatch(text))
            return null;
        var ticks = Part().Matches(text).Sum(part => double.Parse(part.Groups["number"].Value, CultureInfo.InvariantCulture) * Units[part.Groups["unit"].Value].Ticks);
        return ticks < (now - First).Ticks ? now.AddTicks(-(long)ticks) : First;
    }

    /// <summary>The same for a beginning: as for kubectl, none at all of <c>0s</c>.</summary>
    public static DateTimeOffset? Since(string text, DateTimeOffset now) => Ago(text, now) is { } time && time == now ? First : Ago(text, now);

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

    [GeneratedRegex(@"^(?:[0-9]+(?:\.[0-9]+)?(?:d|h|ms|m|s))+$")]
    private static partial Regex DurationText();

    [GeneratedRegex(@"(?<number>[0-9]+(?:\.[0-9]+)?)(?<unit>d|h|ms|m|s)")]
    private static partial Regex Part();
}
