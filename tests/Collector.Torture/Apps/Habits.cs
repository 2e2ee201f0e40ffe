using System.Globalization;
using Collector.Testing.Mix;

namespace Collector.Torture.Apps;

/// <summary>How logs of applications are put aside, one habit a log: what rotators, libraries and people do.</summary>
internal static class Habits
{
    // A file that is edited again and again.
    private const int LongEnough = 300;

    /// <summary>By the name of the log.</summary>
    public static readonly IReadOnlyDictionary<string, Func<AppLog, SeededRandom, bool>> All = new Dictionary<string, Func<AppLog, SeededRandom, bool>>
    {
        ["old"] = (log, random) => log.TryRename(log.Live + ".old", goesOn: random.Chance(0.3)),

        // The pattern takes such a name by itself, and as a log of its own while the live name was never seen.
        ["before"] = (log, random) => log.IsKnown && Numbered(log, n => Beside(log, $"-{n}"), random),
        ["number"] = (log, random) => Numbered(log, n => $"{log.Live}.{n}", random),
        ["lumberjack"] = (log, random) => log.TryRename(Beside(log, "-" + Now("yyyy-MM-dd'T'HH-mm-ss.fff")), goesOn: false),
        ["epoch"] = (log, random) => log.TryRename($"{log.Live}-{Now("yyyyMMdd")}-{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}", goesOn: random.Chance(0.3)),
        ["olddir"] = (log, random) => log.IsKnown && log.TryRename(Path.Combine(log.Directory, "old", $"{log.Stem}.log-{Now("yyyyMMddHHmmssfff")}"), goesOn: random.Chance(0.3)),
        ["copytruncate"] = (log, random) => Copied(log, n => $"{log.Live}.{n}"),
        ["backup"] = (log, random) => BackedUp(log, random),
        ["person"] = (log, random) => log.IsKnown && log.TryRename(Path.Combine(log.Directory, $"{log.Stem} of {Now("HH.mm.ss.fff")}"), goesOn: true),
        ["edited"] = (log, random) => log.Lines > LongEnough ? log.TryTruncate() : log.TryEdit(),
        ["truncated"] = (log, random) => log.TryTruncate(),
        ["json"] = (log, random) => Numbered(log, n => $"{log.Live}.{n}", random),
        ["days"] = (log, random) => log.TryRename($"{log.Live}.{Now("yyyy-MM-dd-HHmmssfff")}", goesOn: random.Chance(0.3)),
    };

    /// <summary>Which of them write JSON objects.</summary>
    public static bool IsJson(string name) => name is "json" or "days";

    /// <summary>Which of them are compressed when they are put aside; not what may come back or has its fixed name.</summary>
    public static bool IsCompressed(string name) => name is "number" or "lumberjack" or "epoch" or "olddir" or "json" or "days";

    private static string Now(string format) => DateTime.UtcNow.ToString(format, CultureInfo.InvariantCulture);

    private static string Beside(AppLog log, string stamp) => Path.Combine(log.Directory, log.Stem + stamp + ".log");

    private static bool Numbered(AppLog log, Func<int, string> name, SeededRandom random)
    {
        if (!log.IsOpen) return false;
        log.ShiftNumbers(name);
        return log.TryRename(name(1), goesOn: random.Chance(0.3));
    }

    private static bool Copied(AppLog log, Func<int, string> name)
    {
        if (!log.IsOpen) return false;
        log.ShiftNumbers(name);
        return log.TryCopyAndTruncate(name(1));
    }

    private static bool BackedUp(AppLog log, SeededRandom random)
    {
        log.Backup(Path.Combine(log.Directory, $"copy of {log.Stem}"));
        return random.Chance(0.5) && log.TryRename($"{log.Live}-{Now("yyyyMMddHHmmssfff")}", goesOn: false);
    }
}
