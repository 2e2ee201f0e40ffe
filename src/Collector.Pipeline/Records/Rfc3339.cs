using System.Runtime.Intrinsics;

namespace Collector.Pipeline.Records;

/// <summary>
/// The shape of a time as container runtimes and Go programs write it (RFC 3339 §5.6): <c>2026-11-20T10:00:00.123456789Z</c>, with
/// a fraction of 0 to 9 digits, and <c>Z</c> or <c>±hh:mm</c>. Only digits and separators are checked; <see cref="RecordTime"/>
/// checks whether the month exists.
/// </summary>
internal static class Rfc3339
{
    /// <summary>Length of a time with nine digits and <c>Z</c>, the form that runtimes write nine times in ten.</summary>
    public const int NanosecondLength = 30;

    /// <summary>Where the fraction or the zone begins.</summary>
    public const int SecondsEnd = 19;

    /// <summary>The longest: nine digits and an offset.</summary>
    public const int MaxLength = 35;

    private const int OffsetLength = 6;
    private const int MaxFraction = 9;

    /// <summary>Where the second half of a full-length time begins, so that two vectors cover it.</summary>
    private const int SecondHalf = NanosecondLength - 16;

    private static Vector128<byte> Date => Vector128.Create("0000-00-00T00:00"u8);

    private static Vector128<byte> DateRange => Vector128.Create((byte)9, 9, 9, 9, 0, 9, 9, 0, 9, 9, 0, 9, 9, 0, 9, 9);

    private static Vector128<byte> Fraction => Vector128.Create("00:00.000000000Z"u8);

    private static Vector128<byte> FractionRange => Vector128.Create((byte)9, 9, 0, 9, 9, 0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 0);

    /// <summary>How many bytes at the start of <paramref name="text"/> are a time; 0 if there is none.</summary>
    public static int Measure(ReadOnlySpan<byte> text)
    {
        if (text.Length <= SecondsEnd || !Matches(text, Date, DateRange))
            return 0;
        if (text.Length >= NanosecondLength && Matches(text[SecondHalf..], Fraction, FractionRange))
            return NanosecondLength;
        if (text[16] != ':' || !IsDigit(text[17]) || !IsDigit(text[18]))
            return 0;
        return MeasureZone(text, SecondsEnd + MeasureFraction(text[SecondsEnd..]));
    }

    public static bool IsDigit(byte value) => (uint)(value - '0') <= 9;

    // A byte matches when it is above the pattern's byte by no more than the range: 9 for a digit, 0 for a separator. Bytes below
    // the pattern wrap around and are too large.
    private static bool Matches(ReadOnlySpan<byte> text, Vector128<byte> pattern, Vector128<byte> range) =>
        Vector128.LessThanOrEqualAll(Vector128.Create(text) - pattern, range);

    private static int MeasureFraction(ReadOnlySpan<byte> text)
    {
        if (text[0] != '.')
            return 0;
        var end = 1;
        while (end < text.Length && end <= MaxFraction && IsDigit(text[end]))
            end++;
        return end == 1 ? 0 : end;
    }

    private static int MeasureZone(ReadOnlySpan<byte> text, int at)
    {
        if (at < text.Length && text[at] == 'Z')
            return at + 1;
        if (text.Length - at < OffsetLength)
            return 0;
        var offset = text.Slice(at, OffsetLength);
        var isOffset = offset[0] is (byte)'+' or (byte)'-' && offset[3] == ':'
            && IsDigit(offset[1]) && IsDigit(offset[2]) && IsDigit(offset[4]) && IsDigit(offset[5]);
        return isOffset ? at + OffsetLength : 0;
    }
}
