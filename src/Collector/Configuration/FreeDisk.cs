using System.Globalization;

namespace Collector.Configuration;

/// <summary>How much of a disk must stay free: a share of it, or a number of bytes.</summary>
public readonly record struct FreeDisk
{
    private FreeDisk(int? percent, long bytes) => (Percent, Bytes) = (percent, bytes);

    /// <summary>0 to 99; null when it was given in bytes.</summary>
    public int? Percent { get; }

    /// <summary>Without meaning when <see cref="Percent"/> is set.</summary>
    public long Bytes { get; }

    public static FreeDisk OfPercent(int percent) => new(percent, 0);

    public static FreeDisk OfBytes(long bytes) => new(null, bytes);

    /// <summary>The bytes that must stay free on a disk of <paramref name="total"/> bytes.</summary>
    public long On(long total) => Percent is { } percent ? total / 100 * percent : Bytes;

    public static bool TryParse(string text, out FreeDisk value)
    {
        value = default;
        if (text.EndsWith('%'))
        {
            if (!int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var percent) || percent > 99)
                return false;
            value = OfPercent(percent);
            return true;
        }

        if (!Size.TryParse(text, out var bytes))
            return false;
        value = OfBytes(bytes);
        return true;
    }

    public override string ToString() => Percent is { } percent ? $"{percent}%" : Size.Format(Bytes);
}
