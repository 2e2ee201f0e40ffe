using System.Globalization;

namespace Collector.Pipeline.Diagnostics;

/// <summary>Figures of this process from <c>/proc</c>; see proc_pid_stat(5).</summary>
internal sealed record ProcessFigures
{
    // USER_HZ: the unit of times in /proc on every architecture that .NET supports.
    private const double TicksPerSecond = 100;

    // Fields of /proc/self/stat, counted from the one after the command's closing parenthesis (field 3 of the manual).
    private const int UserTime = 14 - 3;
    private const int SystemTime = 15 - 3;
    private const int ThreadCount = 20 - 3;
    private const int StartTicks = 22 - 3;
    private const int VirtualSize = 23 - 3;
    private const int ResidentPages = 24 - 3;

    public required double CpuSeconds { get; init; }

    public required double ResidentBytes { get; init; }

    public required double VirtualBytes { get; init; }

    public required double OpenDescriptors { get; init; }

    public required double MaxDescriptors { get; init; }

    public required double Threads { get; init; }

    public required double StartTime { get; init; }

    /// <summary>Reads them; null if there is no such <c>/proc</c>, or no descriptor left to read it.</summary>
    public static ProcessFigures? Read()
    {
        try
        {
            return Parse(File.ReadAllText("/proc/self/stat"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static ProcessFigures Parse(string stat)
    {
        // The command may hold spaces and parentheses; nothing after it does.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return new ProcessFigures
        {
            CpuSeconds = (Number(fields[UserTime]) + Number(fields[SystemTime])) / TicksPerSecond,
            ResidentBytes = Number(fields[ResidentPages]) * Environment.SystemPageSize,
            VirtualBytes = Number(fields[VirtualSize]),
            OpenDescriptors = Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(),
            MaxDescriptors = NumberAfter("/proc/self/limits", "Max open files"),
            Threads = Number(fields[ThreadCount]),
            StartTime = NumberAfter("/proc/stat", "btime") + (Number(fields[StartTicks]) / TicksPerSecond),
        };
    }

    private static double NumberAfter(string path, string label)
    {
        var line = File.ReadLines(path).First(line => line.StartsWith(label, StringComparison.Ordinal));
        return Number(line[label.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]);
    }

    // A limit may be the word "unlimited".
    private static double Number(string text) =>
        double.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : double.PositiveInfinity;
}
