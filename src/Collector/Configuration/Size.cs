using System.Globalization;

namespace Collector.Configuration;

/// <summary>Sizes in bytes, as text: a whole number, bare or with <c>kB MB GB KiB MiB GiB</c>.</summary>
public static class Size
{
    public const long KB = 1000;
    public const long MB = 1000 * KB;
    public const long GB = 1000 * MB;
    public const long KiB = 1024;
    public const long MiB = 1024 * KiB;
    public const long GiB = 1024 * MiB;

    /// <summary>Largest first, so that <see cref="Format"/> finds the shortest text.</summary>
    private static readonly (string Name, long Bytes)[] Units =
        [("GiB", GiB), ("GB", GB), ("MiB", MiB), ("MB", MB), ("KiB", KiB), ("kB", KB)];

    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9') is var end and >= 0 ? end : text.Length;
        if (!long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return false;

        var unit = UnitOf(text[digits..].TrimStart(' '));
        if (unit == 0 || number > long.MaxValue / unit)
            return false;
        bytes = number * unit;
        return true;
    }

    /// <summary>The shortest exact text.</summary>
    public static string Format(long bytes)
    {
        foreach (var (name, unit) in Units)
        {
            if (bytes != 0 && bytes % unit == 0)
                return $"{bytes / unit}{name}";
        }

        return bytes.ToString(CultureInfo.InvariantCulture);
    }

    private static long UnitOf(string name)
    {
        foreach (var unit in Units)
        {
            if (unit.Name == name)
                return unit.Bytes;
        }

        return name.Length == 0 ? 1 : 0;
    }
}
