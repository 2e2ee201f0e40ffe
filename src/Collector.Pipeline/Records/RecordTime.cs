using System.Buffers.Text;

namespace Collector.Pipeline.Records;

/// <summary>A record's time as nanoseconds since 1970 UTC: 1970-01-01 to 2262-04-11, the range of a long.</summary>
public readonly record struct RecordTime(long UnixNanoseconds) : IComparable<RecordTime>
{
    /// <summary>Bytes that <see cref="Format"/> writes.</summary>
    public const int FormattedLength = Rfc3339.NanosecondLength;

    private const long NanosecondsPerSecond = 1_000_000_000;
    private const int NanosecondDigits = 9;
    private const long MaxSeconds = long.MaxValue / NanosecondsPerSecond;

    /// <summary>
    /// An integer below these limits counts as seconds, milliseconds, microseconds; above the last as nanoseconds. Each limit is a
    /// time from 1973 to 5138, so current times are never near a border.
    /// </summary>
    private const long SecondsBelow = 100_000_000_000;
    private const long MillisecondsBelow = 100_000_000_000_000;
    private const long MicrosecondsBelow = 100_000_000_000_000_000;

    /// <summary>A time beyond what 64 bits of nanoseconds hold (1677 to 2262) becomes the nearest that they do.</summary>
    public static RecordTime From(DateTimeOffset time) =>
        new(Math.Clamp(time.UtcTicks - DateTime.UnixEpoch.Ticks, (long.MinValue / TimeSpan.NanosecondsPerTick) + 1, (long.MaxValue / TimeSpan.NanosecondsPerTick) - 1) * TimeSpan.NanosecondsPerTick);

    /// <summary>
    /// Parses a whole RFC 3339 text (fraction of 0 to 9 digits, <c>Z</c> or an offset). False when it is another text, has an
    /// impossible day or time, or is out of range. Second 60 (a leap second) is the next minute's second 0.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out RecordTime time)
    {
        time = default;
        if (text.Length == 0 || Rfc3339.Measure(text) != text.Length)
            return false;

        int year = (TwoDigits(text, 0) * 100) + TwoDigits(text, 2), month = TwoDigits(text, 5), day = TwoDigits(text, 8);
        int hour = TwoDigits(text, 11), minute = TwoDigits(text, 14), second = TwoDigits(text, 17);
        return TryReadOffset(text, out var offset)
            && TryFrom(year, month, day, hour, minute, second, ReadFraction(text[Rfc3339.SecondsEnd..]), offset, out time);
    }

    /// <summary>
    /// A time from its parts; false when there is no such day or time, or it is out of range. Second 60 is the next minute's second
    /// 0.
    /// </summary>
    /// <param name="year">In the zone, like the five that follow.</param>
    /// <param name="month">From 1.</param>
    /// <param name="day">From 1.</param>
    /// <param name="hour">0 to 23.</param>
    /// <param name="minute">0 to 59.</param>
    /// <param name="second">0 to 60.</param>
    /// <param name="nanoseconds">Within the second.</param>
    /// <param name="offset">Seconds that the zone is ahead of UTC.</param>
    /// <param name="time">When there is one.</param>
    internal static bool TryFrom(int year, int month, int day, int hour, int minute, int second, long nanoseconds, int offset, out RecordTime time)
    {
        time = default;
        if (year is < 1969 or > 2262 || month is 0 or > 12 || day == 0 || day > DateTime.DaysInMonth(year, month)
            || hour > 23 || minute > 59 || second > 60)
        {
            return false;
        }

        var days = (new DateTime(year, month, day).Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerDay;
        var seconds = (days * 86_400) + (hour * 3600) + (minute * 60) + second - offset;
        return TryFromUnix(seconds, nanoseconds, out time);
    }

    /// <summary>
    /// Parses a JSON number as a time since 1970, in the unit that its size implies (seconds, milliseconds, microseconds or
    /// nanoseconds); decimals are a fraction of that unit. False for negative numbers and for exponents.
    /// </summary>
    public static bool TryParseEpoch(ReadOnlySpan<byte> number, out RecordTime time)
    {
        time = default;
        if (!Utf8Parser.TryParse(number, out long whole, out var length) || whole < 0)
            return false;
        var decimals = number[length..];
        if (decimals.Length > 0 && (decimals[0] != '.' || decimals[1..].ContainsAnyExceptInRange((byte)'0', (byte)'9')))
            return false;

        long unitsPerSecond = whole switch
        {
            < SecondsBelow => 1,
            < MillisecondsBelow => 1_000,
            < MicrosecondsBelow => 1_000_000,
            _ => NanosecondsPerSecond,
        };
        var nanosecondsPerUnit = NanosecondsPerSecond / unitsPerSecond;
        var rest = (whole % unitsPerSecond * nanosecondsPerUnit) + (ReadFraction(decimals) / unitsPerSecond);
        return TryFromUnix(whole / unitsPerSecond, rest, out time);
    }

    /// <summary>Writes <c>2026-11-20T10:00:00.123456789Z</c>, always <see cref="FormattedLength"/> bytes; returns that.</summary>
    public int Format(Span<byte> destination)
    {
        var (seconds, nanoseconds) = Math.DivRem(UnixNanoseconds, NanosecondsPerSecond);
        var utc = DateTime.UnixEpoch.AddSeconds(seconds);
        "0000-00-00T00:00:00.000000000Z"u8.CopyTo(destination);
        WriteDigits(destination, 0, 4, utc.Year);
        WriteDigits(destination, 5, 2, utc.Month);
        WriteDigits(destination, 8, 2, utc.Day);
        WriteDigits(destination, 11, 2, utc.Hour);
        WriteDigits(destination, 14, 2, utc.Minute);
        WriteDigits(destination, 17, 2, utc.Second);
        WriteDigits(destination, 20, NanosecondDigits, nanoseconds);
        return FormattedLength;
    }

    /// <summary>The same in UTC, to the 100 nanoseconds that the type holds.</summary>
    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.UnixEpoch.AddTicks(UnixNanoseconds / TimeSpan.NanosecondsPerTick);

    public int CompareTo(RecordTime other) => UnixNanoseconds.CompareTo(other.UnixNanoseconds);

    public static bool operator <(RecordTime left, RecordTime right) => left.UnixNanoseconds < right.UnixNanoseconds;

    public static bool operator >(RecordTime left, RecordTime right) => left.UnixNanoseconds > right.UnixNanoseconds;

    public static bool operator <=(RecordTime left, RecordTime right) => left.UnixNanoseconds <= right.UnixNanoseconds;

    public static bool operator >=(RecordTime left, RecordTime right) => left.UnixNanoseconds >= right.UnixNanoseconds;

    /// <summary>False when it is out of range.</summary>
    internal static bool TryFromUnix(long seconds, long nanoseconds, out RecordTime time)
    {
        // The last second fits only in part; excluding it saves an overflow check.
        var fits = seconds is >= 0 and < MaxSeconds;
        time = fits ? new RecordTime((seconds * NanosecondsPerSecond) + nanoseconds) : default;
        return fits;
    }

    private static int TwoDigits(ReadOnlySpan<byte> text, int at) => (text[at] * 10) + text[at + 1] - ('0' * 11);

    /// <summary>The nanoseconds of <c>.123…</c> at the start of <paramref name="text"/>; 0 without a dot. Digits beyond the ninth do not count.</summary>
    private static long ReadFraction(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] != '.')
            return 0;
        long value = 0;
        var digits = 0;
        while (digits < NanosecondDigits && digits + 1 < text.Length && Rfc3339.IsDigit(text[digits + 1]))
            value = (value * 10) + text[++digits] - '0';
        for (; digits < NanosecondDigits; digits++)
            value *= 10;
        return value;
    }

    private static bool TryReadOffset(ReadOnlySpan<byte> text, out int seconds)
    {
        seconds = 0;
        if (text[^1] == 'Z')
            return true;
        int hours = TwoDigits(text, text.Length - 5), minutes = TwoDigits(text, text.Length - 2);
        seconds = ((hours * 60) + minutes) * (text[^6] == '-' ? -60 : 60);
        return hours <= 23 && minutes <= 59;
    }

    private static void WriteDigits(Span<byte> destination, int at, int count, long value)
    {
        for (var i = at + count - 1; i >= at; i--, value /= 10)
            destination[i] = (byte)('0' + (value % 10));
    }
}
