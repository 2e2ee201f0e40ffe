using System.Globalization;

namespace Collector.Configuration;

/// <summary>Durations as text: whole numbers with <c>ms s m h</c>, also joined from large to small (<c>1m30s</c>).</summary>
public static class Duration
{
    /// <summary>The longest allowed duration: the runtime's timers end at 49 days.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>Largest first: the order that joined parts must have.</summary>
    private static readonly (string Name, long Milliseconds)[] Units = [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

    /// <summary>False if the text is not a duration, is zero, or is longer than <see cref="Longest"/>.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var total = 0L;
        var rest = text.AsSpan();
        for (var smallest = 0; rest.Length > 0;)
        {
            if (!TryTakePart(ref rest, ref smallest, out var milliseconds))
                return false;
            total += milliseconds;
        }

        if (total <= 0 || total > Longest.TotalMilliseconds)
            return false;
        duration = TimeSpan.FromMilliseconds(total);
        return true;
    }

    /// <summary>The shortest exact text of one unit.</summary>
    public static string Format(TimeSpan duration)
    {
        var milliseconds = duration.Ticks / TimeSpan.TicksPerMillisecond;
        foreach (var (name, unit) in Units)
        {
            if (milliseconds % unit == 0)
                return $"{milliseconds / unit}{name}";
        }

        return $"{milliseconds}ms";
    }

    /// <summary>Takes a number and its unit; <paramref name="next"/> is the first unit that may still come.</summary>
    private static bool TryTakePart(ref ReadOnlySpan<char> rest, ref int next, out long milliseconds)
    {
        milliseconds = 0;
        var digits = rest.IndexOfAnyExceptInRange('0', '9');
        if (digits <= 0 || !int.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return false;

        var letters = rest[digits..].IndexOfAnyInRange('0', '9') is var end and >= 0 ? end : rest.Length - digits;
        var name = rest.Slice(digits, letters);
        rest = rest[(digits + letters)..];
        for (; next < Units.Length; next++)
        {
            if (name.SequenceEqual(Units[next].Name))
            {
                milliseconds = number * Units[next++].Milliseconds;
                return true;
            }
        }

        return false;
    }
}
