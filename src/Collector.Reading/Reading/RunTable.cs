using Collector.Pipeline.Records;
using Collector.Reading.Lines;

namespace Collector.Reading;

/// <summary>One run of a container, and the time of its latest record so far.</summary>
/// <param name="source">Of one of its records.</param>
/// <param name="life">That of the source.</param>
internal sealed class Run(Source source, string life)
{
    /// <summary>Without its labels, which would take most of the memory.</summary>
    public Source Source { get; } = new() { Namespace = source.Namespace, Pod = source.Pod, PodId = source.PodId, Container = source.Container, ContainerId = source.ContainerId, Restarts = source.Restarts };

    public string Life { get; } = life;

    public RecordTime Latest { get; private set; } = new(long.MinValue);

    public ContainerName Container => RunTable.NameOf(Source);

    public void Note(RecordTime time) => Latest = time > Latest ? time : Latest;

    /// <summary>Within one pod the restart count decides, which no clock can mislead; else the time.</summary>
    public bool IsAfter(Run other) =>
        Source.PodId == other.Source.PodId && Source.Restarts is { } count && other.Source.Restarts is { } others ? count > others : Latest > other.Latest;
}

/// <summary>The runs in some records, each once.</summary>
internal sealed class SeenRuns
{
    private readonly Dictionary<(ContainerName, string), Run> _runs = [];
    private Source? _lastSource;
    private Run? _lastRun;

    public IReadOnlyCollection<Run> All => _runs.Values;

    public void Note(Source source, RecordTime time)
    {
        if (!ReferenceEquals(source, _lastSource))
            (_lastSource, _lastRun) = (source, source.Life is { } life ? RunOf(source, life) : null);
        _lastRun?.Note(time);
    }

    private Run RunOf(Source source, string life)
    {
        var key = (RunTable.NameOf(source), life);
        return _runs.TryGetValue(key, out var run) ? run : _runs[key] = new Run(source, life);
    }
}

/// <summary>The last run of each container and the one before it, from all records that were noted, in any order. Thread safe.</summary>
/// <param name="wanted"><see cref="Lives.Last"/> or <see cref="Lives.Previous"/>.</param>
internal sealed class RunTable(Lives wanted)
{
    /// <summary>They take some 20 MiB. Of further containers all runs count.</summary>
    private const int MostContainers = 20_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<ContainerName, (Run Last, Run? Before)> _runs = [];

    /// <summary>There were more containers than are kept.</summary>
    public bool IsFull { get; private set; }

    public static ContainerName NameOf(Source source) => new(source.Namespace, source.Pod, source.Container);

    public void Note(IEnumerable<Run> runs)
    {
        lock (_lock)
        {
            foreach (var run in runs)
                Note(run);
        }
    }

    /// <summary>Whether a record is of the wanted run of its container. One without a run may be of the last one, and is never known to be of another.</summary>
    /// <param name="source">Of the record.</param>
    /// <param name="life">The source's.</param>
    public bool Accepts(Source source, string? life)
    {
        if (life is null)
            return wanted == Lives.Last;
        lock (_lock)
        {
            if (!_runs.TryGetValue(NameOf(source), out var known))
                return wanted == Lives.Last || IsFull;
            return wanted == Lives.Last ? known.Last.Life == life : known.Before?.Life == life;
        }
    }

    /// <summary>The run before the last one of a container, so far; null: none.</summary>
    public Run? BeforeOf(ContainerName container)
    {
        lock (_lock)
            return _runs.TryGetValue(container, out var known) ? known.Before : null;
    }

    private void Note(Run run)
    {
        if (!_runs.TryGetValue(run.Container, out var known))
        {
            IsFull |= _runs.Count == MostContainers;
            if (_runs.Count < MostContainers)
                _runs[run.Container] = (run, null);
            return;
        }

        var (last, before) = known;
        if (run.Life == last.Life)
            last.Note(run.Latest);
        else if (run.Life == before?.Life)
            before.Note(run.Latest);
        else if (before is null || run.IsAfter(before))
            before = run;
        _runs[run.Container] = before?.IsAfter(last) == true ? (before, last) : (last, before);
    }
}
