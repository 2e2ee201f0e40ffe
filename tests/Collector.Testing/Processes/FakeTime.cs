namespace Collector.Testing.Processes;

/// <summary>
/// The wall clock of one program and of no other, which Debian's <c>faketime</c> sets, also while it runs. Its monotonic clock
/// goes on.
/// </summary>
public sealed class FakeTime
{
    private static readonly EnumerationOptions s_anywhere = new() { RecurseSubdirectories = true, IgnoreInaccessible = true };

    private readonly string file;
    private readonly string? library = Directory.EnumerateDirectories("/usr/lib", "faketime", s_anywhere).FirstOrDefault();

    /// <param name="file">Where the time is handed over; made here, with the true time in it.</param>
    public FakeTime(string file)
    {
        this.file = file;
        Set("+0");
    }

    /// <summary>Whether faketime is installed.</summary>
    public bool IsAvailable => library is not null;

    /// <summary>What goes in front of the program's command; empty without faketime.</summary>
    /// <param name="cache">Whether a time may be believed for a second: a program that asks often is slow without.</param>
    public IReadOnlyList<string> Launcher(bool cache) => library is null
        ? []
        :
        [
            "/usr/bin/env", "FAKETIME_DONT_FAKE_MONOTONIC=1", cache ? "FAKETIME_CACHE_DURATION=1" : "FAKETIME_NO_CACHE=1",
            $"FAKETIME_TIMESTAMP_FILE={file}", "LD_PRELOAD=libfaketime.so.1", $"LD_LIBRARY_PATH={library}",
        ];

    /// <summary>Renamed into place: a half-written time would be a time, too.</summary>
    /// <param name="time">A distance (<c>-3600s</c>), or a time at which the clock stands still.</param>
    public void Set(string time)
    {
        File.WriteAllText(file + ".new", time + "\n");
        File.Move(file + ".new", file, overwrite: true);
    }
}
