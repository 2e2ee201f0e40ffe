namespace Collector.Pipeline.Diagnostics;

/// <summary>
/// The account of one output since the start of the process. It balances (contract §5):
/// recovered + matched = dropped + buffer (all states) + uploaded.
/// </summary>
public sealed class OutputFigures
{
    /// <summary>Records found in the data dir at start.</summary>
    public long Recovered { get; internal set; }

    /// <summary>Records routed to this output.</summary>
    public long Matched { get; internal set; }

    public EnumCounts<DropReason> Dropped { get; private set; } = new();

    /// <summary>Records on disk.</summary>
    public EnumCounts<BufferState> BufferRecords { get; private set; } = new();

    /// <summary>Bytes on disk.</summary>
    public EnumCounts<BufferState> BufferBytes { get; private set; } = new();

    public long UploadedRecords { get; internal set; }

    public long UploadedObjects { get; internal set; }

    /// <summary>Bytes of the uploaded bodies, as sent (compressed).</summary>
    public long UploadedBytes { get; internal set; }

    /// <summary>Objects that got a second key, because the first existed and the store did not show by which object.</summary>
    public long MaybeTwice { get; internal set; }

    public EnumCounts<AttemptResult> Attempts { get; private set; } = new();

    /// <summary>When an object was last uploaded; null before the first.</summary>
    public DateTimeOffset? LastUpload { get; internal set; }

    /// <summary>The last attempt that failed; null: none has.</summary>
    public FailedAttempt? LastFailure { get; internal set; }

    /// <summary>When the oldest record still in the buffer came in; null when it is empty.</summary>
    public DateTimeOffset? OldestRecord { get; internal set; }

    /// <summary>Why the output takes no records, or drops old ones; null: it takes records.</summary>
    public Fullness? Full { get; internal set; }

    /// <summary>Bytes that its buffer may hold; null: it is not configured.</summary>
    public long? BufferLimit { get; internal set; }

    /// <summary>Bytes that are free on the disk of its buffer; null: not known.</summary>
    public long? DiskFree { get; internal set; }

    /// <summary>The imbalance of the books; anything but 0 is a bug.</summary>
    public long Imbalance => Recovered + Matched - Dropped.Total - BufferRecords.Total - UploadedRecords;

    /// <summary>Nothing was stored since an attempt failed.</summary>
    public bool IsFailing => LastFailure is { IsOver: false };

    internal OutputFigures Copy()
    {
        var copy = (OutputFigures)MemberwiseClone();
        copy.Dropped = Dropped.Copy();
        copy.BufferRecords = BufferRecords.Copy();
        copy.BufferBytes = BufferBytes.Copy();
        copy.Attempts = Attempts.Copy();
        return copy;
    }
}

/// <summary>An upload attempt that failed.</summary>
/// <param name="At">When it ended.</param>
/// <param name="Result">How.</param>
/// <param name="Why">In words, with a fix; as in the log, without secrets.</param>
/// <param name="IsOver">An object was stored since.</param>
public sealed record FailedAttempt(DateTimeOffset At, AttemptResult Result, string Why, bool IsOver);
