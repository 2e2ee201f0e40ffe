using Xunit;

namespace Collector.EndToEnd.Harness;

/// <summary>The wall clock of a stage's collectors alone, which Debian's <c>faketime</c> sets, while they run too.</summary>
internal sealed class FakeClock
{
    private readonly string file;

    private FakeClock(Stage stage)
    {
        file = stage.Sub("clock");
        Set("+0");
        stage.Launcher =
        [
            "/usr/bin/env", "FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME_NO_CACHE=1", $"FAKETIME_TIMESTAMP_FILE={file}", "LD_PRELOAD=libfaketime.so.1", "LD_LIBRARY_PATH=" + Library(),
        ];
    }

    /// <summary>Puts it in front of every collector to come; skips the test where there is no faketime.</summary>
    public static FakeClock OrSkip(Stage stage)
    {
        if (!File.Exists("/usr/bin/faketime")) Assert.Skip("needs Debian's faketime");
        return new FakeClock(stage);
    }

    /// <param name="time">A distance (<c>-3600s</c>), or a time at which the clock stands still.</param>
    public void Set(string time)
    {
        File.WriteAllText(file + ".new", time + "\n");
        File.Move(file + ".new", file, overwrite: true);
    }

    private static string Library() => Directory.EnumerateDirectories("/usr/lib", "faketime", SearchOption.AllDirectories).First();
}
