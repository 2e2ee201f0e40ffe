using System.Globalization;
using System.Text;

namespace Collector.Testing.Mix;

/// <summary>
/// The container runtime's clock: each line gets a later time, with up to nine digits of a second, trailing zeros dropped
/// (as containerd writes them). It runs by itself, and can be brought up to the real time.
/// </summary>
public sealed class RuntimeClock(DateTimeOffset start, ulong seed)
{
    // Between two lines 20 to 500 microseconds pass.
    private const int ShortestStep = 20_000, LongestStep = 500_000;
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const int FractionDigits = 9;
    private const int SecondsLength = 19; // 2026-11-21T00:35:54

    private readonly SeededRandom random = new(seed);
    private readonly byte[] text = new byte[SecondsLength + 1 + FractionDigits + 1];
    private long nanoseconds = Nanoseconds(start);
    private long renderedSecond = -1;

    /// <summary>Now, cut to 100 ns.</summary>
    public DateTimeOffset Now => DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick);

    /// <summary>Goes to <paramref name="time"/> if that is later.</summary>
    public void CatchUp(DateTimeOffset time) => nanoseconds = Math.Max(nanoseconds, Nanoseconds(time));

    /// <summary>The time of the next line as RFC 3339 text. Valid until the next call.</summary>
    public ReadOnlySpan<byte> NextLine()
    {
        nanoseconds += random.Between(ShortestStep, LongestStep);
        (long second, long fraction) = Math.DivRem(nanoseconds, NanosecondsPerSecond);
        if (second != renderedSecond) RenderSecond(second);
        int length = SecondsLength;
        if (fraction != 0) length = AppendFraction(fraction);
        text[length] = (byte)'Z';
        return text.AsSpan(0, length + 1);
    }

    private static long Nanoseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    private void RenderSecond(long second)
    {
        string rendered = DateTimeOffset.FromUnixTimeSeconds(second).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
        Encoding.ASCII.GetBytes(rendered, text);
        renderedSecond = second;
    }

    private int AppendFraction(long fraction)
    {
        text[SecondsLength] = (byte)'.';
        for (int i = FractionDigits; i > 0; i--, fraction /= 10) text[SecondsLength + i] = (byte)('0' + (fraction % 10));
        int length = SecondsLength + 1 + FractionDigits;
        while (text[length - 1] == (byte)'0') length--;
        return length;
    }
}
