using System.Globalization;

namespace Collector.Reading.Layout;

/// <summary>The date in a prefix so far: from the year down, as far as it is known.</summary>
internal readonly record struct DateParts(int? Year, int? Month, int? Day, int? Hour, int? Minute)
{
    /// <summary>How many digits a code has; %F is %Y-%m-%d.</summary>
    public static string PatternOf(char code) => code switch
    {
        'Y' => "[0-9]{4}",
        's' => "[0-9]{1,10}",
        'F' => "[0-9]{4}-[0-9]{2}-[0-9]{2}",
        _ => "[0-9]{2}",
    };

    public DateParts With(char code, string text) => code switch
    {
        'F' => With('Y', text[..4]).With('m', text[5..7]).With('d', text[8..]),
        'Y' => this with { Year = Number(text) },
        'm' => this with { Month = Number(text) },
        'd' => this with { Day = Number(text) },
        'H' => this with { Hour = Number(text) },
        'M' => this with { Minute = Number(text) },
        _ => this,
    };

    /// <summary>Whether a record of a time within the limits can have these dates.</summary>
    public bool Meets(DateTimeOffset since, DateTimeOffset until) => IsDate && (Range is not var (start, end) || (end > since && start <= until));

    /// <summary>From the beginning up to the end, which is not in it; null: without a year there is none.</summary>
    public (DateTimeOffset Start, DateTimeOffset End)? Range
    {
        get
        {
            if (!IsDate || Year is not { } year || Month is < 1 or > 12)
                return null;
            var month = Month ?? 1;
            var day = Month is null ? 1 : Day ?? 1;
            var isDay = Month is not null && Day is not null;
            var start = new DateTimeOffset(year, month, day, isDay ? (Hour ?? 0) % 24 : 0, isDay && Hour is not null ? (Minute ?? 0) % 60 : 0, 0, TimeSpan.Zero);
            var end = Month is null ? start.AddYears(1) : Day is null ? start.AddMonths(1) : Hour is null ? start.AddDays(1) : Minute is null ? start.AddHours(1) : start.AddMinutes(1);
            return (start, end);
        }
    }

    /// <summary>False for a year or a day that does not exist; what is not known does not count.</summary>
    private bool IsDate => Year is not { } year || Month is < 1 or > 12
        || (year is >= 1 and <= 9998 && (Month is not { } month || Day is not { } day || (day >= 1 && day <= DateTime.DaysInMonth(year, month))));

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
