using System.Text;

namespace Collector.Pipeline.Records;

/// <summary>The date codes of key templates: <c>%F %Y %m %d %H %M</c>, always UTC.</summary>
internal static class KeyDate
{
    private const long Day = 24 * Hour;
    private const long Hour = 60 * Minute;
    private const long Minute = 60_000_000_000;

    public static bool IsCode(char code) => code is 'F' or 'Y' or 'm' or 'd' or 'H' or 'M';

    /// <summary>Nanoseconds within which a rendered date cannot change: the day also stands for the month and the year.</summary>
    public static long PeriodOf(string format) =>
        format.Contains("%M", StringComparison.Ordinal) ? Minute
        : format.Contains("%H", StringComparison.Ordinal) ? Hour
        : Day;

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
            to.Append(utc.ToString(DotNetFormat(format[i])));
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
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, null),
    };
}
