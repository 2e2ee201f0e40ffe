using System.Globalization;

namespace Collector.Benchmarks;

/// <summary>What the kernel says of a running process (proc(5)). Zeros when it is gone.</summary>
internal static class ProcessLook
{
    /// <summary>USER_HZ, which Linux gives out as 100 whatever the kernel's own clock is.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>Resident memory now, in bytes.</summary>
    public static long Rss(int id) => Status(id, "VmRSS:");

    /// <summary>The part of it that no file backs, so that it cannot be dropped and read again, in bytes.</summary>
    public static long AnonymousRss(int id) => Status(id, "RssAnon:");

    /// <summary>The most resident memory that it ever had, in bytes.</summary>
    public static long PeakRss(int id) => Status(id, "VmHWM:");

    public static int Descriptors(int id) => Directory.GetFiles($"/proc/{id}/fd").Length;

    /// <summary>User and system time, of all threads, in seconds.</summary>
    public static double CpuSeconds(int id)
    {
        // Fields 14 and 15; the name in field 2 may hold blanks, its closing parenthesis is the last one.
        var fields = File.ReadAllText($"/proc/{id}/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    private static long Status(int id, string name)
    {
        try
        {
            var line = File.ReadLines($"/proc/{id}/status").FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split(' ', '\t').Where(p => p.Length > 0).ElementAt(1), CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
