using System.Globalization;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Running;

/// <summary>
/// Gives back the pages of the program's own file that are not used. The kernel maps 16 pages around each one that is touched
/// (<c>fault_around_bytes</c>), so after the start, which uses most of the program once, nearly all of it counts as resident. A page
/// that is used again is mapped again from the page cache, in about a microsecond. Only mappings of the executable that cannot be
/// written and were never changed are given back; the runtime's tables, which can, are left alone.
/// </summary>
internal static class ProgramPages
{
    /// <summary>By then the files are found and the first of them read, unless there are thousands, or the API server is waited for.</summary>
    private static readonly TimeSpan FirstTime = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Releases those of the host's start now, before what is read needs memory, and later ones from time to time, until the timer
    /// is disposed.
    /// </summary>
    public static ITimer Watch(TimeProvider clock)
    {
        var ranges = Find();
        Release(ranges);
        return clock.CreateTimer(_ => Release(ranges), null, FirstTime, Interval);
    }

    /// <summary>
    /// The unchanged read-only mappings of the executable: none where this code itself does not lie in one of them, as with a build
    /// that the runtime compiles while it runs, or under an emulator that shows the addresses of its own process.
    /// </summary>
    private static unsafe IReadOnlyList<MemoryRange> Find()
    {
        try
        {
            var program = File.ResolveLinkTarget("/proc/self/exe", returnFinalTarget: false)?.FullName;
            var ranges = Parse(File.ReadLines("/proc/self/smaps"), program ?? "");
            var here = (nuint)(delegate*<IReadOnlyList<MemoryRange>>)&Find;
            return ranges.Exists(range => range.From <= here && here < range.To) ? ranges : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The ranges in the text of <c>/proc/self/smaps</c> (proc_pid_smaps(5)).</summary>
    /// <param name="lines">The text.</param>
    /// <param name="program">The executable's path.</param>
    internal static List<MemoryRange> Parse(IEnumerable<string> lines, string program)
    {
        var ranges = new List<MemoryRange>();
        MemoryRange? current = null;
        foreach (var line in lines)
        {
            // "00405000-01991000 r-xp 00005000 fe:00 11764059    /path", then lines like "Anonymous:    0 kB".
            var words = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words.Length == 6 && !words[0].EndsWith(':'))
            {
                current = words[5] == program && (words[1] is "r-xp" or "r--p") ? RangeOf(words[0]) : null;
            }
            else if (current is { } range && words is ["Anonymous:", "0", "kB"])
            {
                ranges.Add(range);
            }
            else if (words.Length is > 0 and < 6 && !words[0].EndsWith(':'))
            {
                // A mapping without a name.
                current = null;
            }
        }

        return ranges;
    }

    private static MemoryRange? RangeOf(string addresses)
    {
        var dash = addresses.IndexOf('-', StringComparison.Ordinal);
        return dash > 0 &&
            nuint.TryParse(addresses.AsSpan(0, dash), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var from) &&
            nuint.TryParse(addresses.AsSpan(dash + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var to)
            ? new MemoryRange(from, to)
            : null;
    }

    private static void Release(IReadOnlyList<MemoryRange> ranges)
    {
        foreach (var range in ranges)
        {
            // A kernel that refuses it keeps the pages: nothing is lost.
            _ = LinuxCalls.Advise(range.From, range.To - range.From, LinuxCalls.DontNeed);
        }
    }
}

/// <summary>Addresses from <paramref name="From"/> up to, and without, <paramref name="To"/>.</summary>
internal readonly record struct MemoryRange(nuint From, nuint To);
