using Collector.Testing.Mix;

namespace Collector.Torture.Troubles;

/// <summary>
/// The collector's wall clock, which Debian's faketime sets while it runs, by up to an hour and a half both ways. Its monotonic clock
/// and everybody else's clocks go on.
/// </summary>
internal sealed class SteppedClock
{
    private const int FarthestSeconds = 5400;
    private const string Launcher = "/usr/bin/env";

    private readonly string _file;
    private readonly string? _library;

    public SteppedClock(string file)
    {
        _file = file;
        _library = Directory.EnumerateDirectories("/usr/lib", "faketime", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }).FirstOrDefault();
        Set(0);
    }

    public bool IsAvailable => _library is not null;

    /// <summary>What goes in front of the collector's command; empty without faketime.</summary>
    public IReadOnlyList<string> Command => _library is null
        ? []
        : [Launcher, "FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME_CACHE_DURATION=1", $"FAKETIME_TIMESTAMP_FILE={_file}", "LD_PRELOAD=libfaketime.so.1", $"LD_LIBRARY_PATH={_library}"];

    /// <summary>Steps it to a random distance; what is returned steps it back.</summary>
    public Action Step(SeededRandom random)
    {
        Set(random.Between(-FarthestSeconds, FarthestSeconds));
        return () => Set(0);
    }

    // Renamed into place: a half-written offset would be an offset, too.
    private void Set(int seconds)
    {
        File.WriteAllText(_file + ".new", $"{seconds:+0;-0}s\n");
        File.Move(_file + ".new", _file, overwrite: true);
    }
}
