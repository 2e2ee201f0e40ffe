namespace Collector.Pipeline.Diagnostics;

/// <summary>The files of one tail worker, as it last saw them; the gauges are sums over all workers. Thread safe.</summary>
public sealed class TailBook
{
    private readonly Lock _gate;
    private TailFigures _figures;

    internal TailBook(Lock gate) => _gate = gate;

    /// <summary>Guarded by the lock of the <see cref="Books"/>.</summary>
    internal ref readonly TailFigures Figures => ref _figures;

    /// <summary>Replaces this worker's last report; once a scan.</summary>
    public void Set(in TailFigures figures)
    {
        lock (_gate)
        {
            _figures = figures;
        }
    }
}

/// <summary>The number of files in each state, and how far reading is behind.</summary>
public readonly record struct TailFigures
{
    /// <summary>Files with an open descriptor that still have a name.</summary>
    public long Open { get; init; }

    /// <summary>Read to their end, closed and remembered.</summary>
    public long Idle { get; init; }

    /// <summary>Open, but not read before their pod's metadata has arrived.</summary>
    public long Waiting { get; init; }

    /// <summary>Without a name, held open because they are unread.</summary>
    public long Deleted { get; init; }

    /// <summary>Excluded by an annotation or by the configuration.</summary>
    public long Excluded { get; init; }

    /// <summary>Skipped after an exception until a retry succeeds (I6).</summary>
    public long Parked { get; init; }

    /// <summary>Bytes that are in known files and unread.</summary>
    public long LagBytes { get; init; }

    /// <summary>Files that have such bytes.</summary>
    public long LagFiles { get; init; }

    internal TailFigures Plus(in TailFigures other) => new()
    {
        Open = Open + other.Open,
        Idle = Idle + other.Idle,
        Waiting = Waiting + other.Waiting,
        Deleted = Deleted + other.Deleted,
        Excluded = Excluded + other.Excluded,
        Parked = Parked + other.Parked,
        LagBytes = LagBytes + other.LagBytes,
        LagFiles = LagFiles + other.LagFiles,
    };
}
