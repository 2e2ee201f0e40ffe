using Collector.Testing.Kubernetes;
using Collector.Testing.Mix;
using Collector.Testing.S3;

namespace Collector.Torture.Troubles;

/// <summary>
/// All that goes wrong in a run beside the kills: both stores in their ways, the disk, the clock. <see cref="End"/> before the
/// account is taken.
/// </summary>
internal sealed class RunTroubles : IDisposable
{
    private readonly List<FaultWindows> _windows = [];
    private readonly S3Troubles _s3;
    private readonly FullDisk _disk;
    private readonly SteppedClock _clock;
    private readonly ApiTroubles _api = new();

    public RunTroubles(Workspace workspace, ulong seed)
    {
        _s3 = new S3Troubles(workspace.S3Directory, seed);
        _disk = new FullDisk(workspace.DataDir);
        _clock = new SteppedClock(Path.Combine(workspace.Root, "clock"));
    }

    public Uri S3Endpoint => _s3.Endpoint.Endpoint;

    /// <summary>The API server of the run.</summary>
    public FakeApi Api => _api.Server;

    /// <summary>What goes in front of the collector's command.</summary>
    public IReadOnlyList<string> Launcher => _clock.Command;

    /// <summary>Requests that no collector may send, and other bytes for a key.</summary>
    public IReadOnlyCollection<string> Violations => _s3.Endpoint.Tally.Violations;

    public void Begin(Workspace workspace, SeededRandom random)
    {
        Add("S3 trouble", random, 8, 4, _s3.Begin);
        Add("API trouble", random, 12, 4, _api.Begin);
        Add("store directory gone", random, 12, 4, _ => Hide(workspace.Objects));
        if (_disk.Reason is null) Add("disk full", random, 12, 3, _disk.Fill);
        if (_clock.IsAvailable) Add("clock stepped", random, 10, 8, _clock.Step);
    }

    public void End()
    {
        _windows.ForEach(w => w.Stop());
        _s3.End();
    }

    /// <summary>What was done, a row each.</summary>
    public IEnumerable<(string Name, string Amount)> Amounts()
    {
        foreach (FaultWindows windows in _windows) yield return (windows.Name, $"{windows.Count} times");
        if (_disk.Reason is { } reason) yield return ("disk full", $"not tried: {reason}");
        if (!_clock.IsAvailable) yield return ("clock stepped", "not tried: Debian's faketime is not installed");
        S3Tally tally = _s3.Endpoint.Tally;
        yield return ("S3 requests", $"{tally.Requests:N0}, {tally.Stored:N0} stored");
        yield return ("S3 faults", string.Join(", ", tally.Injected.OrderBy(p => p.Key).Select(p => $"{p.Key} {p.Value}")));
        yield return ("S3 answers", string.Join(", ", tally.Answers.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key} {p.Value}")));
        yield return ("S3 violations", $"{tally.Violations.Count}");
    }

    public void Dispose()
    {
        _windows.ForEach(w => w.Dispose());
        _s3.Dispose();
        _api.Dispose();
        _disk.Dispose();
    }

    private static Action Hide(string directory)
    {
        string hidden = directory + ".away";
        Directory.Move(directory, hidden);
        return () => Directory.Move(hidden, directory);
    }

    private void Add(string name, SeededRandom random, int quietSeconds, int longestSeconds, Func<SeededRandom, Action> begin) =>
        _windows.Add(new FaultWindows(name, random.Fork(), TimeSpan.FromSeconds(quietSeconds), TimeSpan.FromSeconds(longestSeconds), begin));
}
