using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Harness;

/// <summary>Wall clocks for tests that may be skipped.</summary>
internal static class FakeClock
{
    /// <summary>Puts one in front of every collector of the stage to come; skips the test where there is no faketime.</summary>
    public static FakeTime OrSkip(Stage stage)
    {
        var clock = new FakeTime(stage.Sub("clock"));
        if (!clock.IsAvailable) Assert.Skip("needs Debian's faketime");
        stage.Launcher = clock.Launcher(cache: false);
        return clock;
    }
}
