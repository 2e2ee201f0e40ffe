using System.Globalization;
using Collector.Pipeline.Buffer;

namespace Collector.Configuration;

/// <summary><see cref="FreeDisk"/> as people write it: "12%", or a size.</summary>
public static class FreeDiskText
{
    public static bool TryParse(string text, out FreeDisk value)
    {
        value = default;
        if (text.EndsWith('%'))
        {
            if (!int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var percent) || percent > 99)
                return false;
            value = FreeDisk.OfPercent(percent);
            return true;
        }

        if (!Size.TryParse(text, out var bytes))
            return false;
        value = FreeDisk.OfBytes(bytes);
        return true;
    }

    public static string Format(FreeDisk value) => value.Percent is { } percent ? $"{percent}%" : Size.Format(value.Bytes);
}
