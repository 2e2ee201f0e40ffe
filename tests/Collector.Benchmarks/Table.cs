using System.Globalization;

namespace Collector.Benchmarks;

/// <summary>What a row must not go beyond.</summary>
internal readonly record struct Limit(double Value, string Unit, bool IsAtLeast = false)
{
    public static Limit AtLeast(double value, string unit) => new(value, unit, IsAtLeast: true);

    public static Limit AtMost(double value, string unit) => new(value, unit);

    public bool IsMet(double figure) => IsAtLeast ? figure >= Value : figure <= Value;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(IsAtLeast ? "≥" : "≤")} {Value:0.##} {Unit}");
}

/// <summary>Prints one row a figure, as soon as it is there, with its limit beside it.</summary>
internal static class Table
{
    /// <summary>A figure with a limit.</summary>
    public static void Add(string what, double figure, Limit limit, string note = "") =>
        Print(what, Format(figure, limit.Unit), limit.ToString(), limit.IsMet(figure) ? "met" : "MISSED", note);

    /// <summary>A figure that nothing is asked of.</summary>
    public static void Add(string what, double figure, string unit, string note = "") => Print(what, Format(figure, unit), "", "", note);

    public static void Header(BenchmarkSettings settings)
    {
        var load = File.ReadAllText("/proc/loadavg").Split(' ');
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC, {Environment.ProcessorCount} cores, load {load[0]} {load[1]} {load[2]}; {settings.Bytes / 1e6:F0} MB of the mix a run, everything from file to stored object"));
        Print("", "figure", "limit", "", "");
    }

    public static string MiB(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)Mebibyte:F0} MiB");

    public const long Mebibyte = 1 << 20;

    private static string Format(double figure, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{(Math.Abs(figure) < 10 ? figure.ToString("F2", CultureInfo.InvariantCulture) : figure.ToString("F0", CultureInfo.InvariantCulture))} {unit}");

    private static void Print(string what, string figure, string limit, string verdict, string note) =>
        Console.WriteLine($"{what,-46} {figure,14}  {limit,-16} {verdict,-6}  {note}".TrimEnd());
}
