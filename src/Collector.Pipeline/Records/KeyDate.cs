using System.Text;

namespace Collector.Pipeline.Records;

/// <summary>The date codes of key templates: <c>%F %Y %m %d %H %M %S</c>, and <c>%s</c> for seconds since 1970; always UTC.</summary>
internal static class KeyDate
{
    private const long Day = 24 * Hour;
    private const long Hour = 60 * Minute;
    private const long Minute = 60 * Second;
    private const long Second = 1_000_000_000;

    public static bool IsCode(char code) => code is 'F' or 'Y' or 'm' or 'd' or 'H' or 'M' or 'S' or 's';

    /// <summary>Nanoseconds within which a rendered date cannot change; the day is also used for month and year.</summary>
    public static long PeriodOf(string format) =>
        HasSeconds(format) ? Second
        : format.Contains("%M", StringComparison.Ordinal) ? Minute
        : format.Contains("%H", StringComparison.Ordinal) ? Hour
        : Day;

    /// <summary>Whether each second has a prefix of its own.</summary>
    public static bool HasSeconds(string format) =>
        format.Contains("%S", StringComparison.Ordinal) || format.Contains("%s", StringComparison.Ordinal);

    public static void Append(StringBuilder to, string format, RecordTime time)
    {
        var utc = time.ToDateTimeOffset();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                to.Append(format[i]);
                continue;
            }

            i++;
            to.Append(format[i] == 's' ? utc.ToUnixTimeSeconds().ToString() : utc.ToString(DotNetFormat(format[i])));
        }
    }

    private static string DotNetFormat(char code) => code switch
    {
        'F' => "yyyy-MM-dd",
        'Y' => "yyyy",
        'm' => "MM",
        'd' => "dd",
        'H' => "HH",
        'M' => "mm",
        'S' => "ss",
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, null),
    };
}
