using System.Globalization;
using Collector.Testing.Mix;
using Collector.Testing.Processes;

namespace Collector.Torture.Troubles;

/// <summary>The collector's wall clock, stepped while it runs by up to an hour and a half both ways.</summary>
internal sealed class SteppedClock(string file)
{
    private const int FarthestSeconds = 5400;

    private readonly FakeTime _clock = new(file);

    public bool IsAvailable => _clock.IsAvailable;

    /// <summary>What goes in front of the collector's command; empty without faketime.</summary>
    public IReadOnlyList<string> Command => _clock.Launcher(cache: true);

    /// <summary>Steps it to a random distance; what is returned steps it back.</summary>
    public Action Step(SeededRandom random)
    {
        int seconds = random.Between(-FarthestSeconds, FarthestSeconds);
        _clock.Set(string.Create(CultureInfo.InvariantCulture, $"{seconds:+0;-0}s"));
        return () => _clock.Set("+0");
    }
}
