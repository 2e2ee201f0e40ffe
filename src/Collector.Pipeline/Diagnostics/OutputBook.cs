namespace Collector.Pipeline.Diagnostics;

/// <summary>
/// The account of one output: a method for each way in which records enter, move in and leave its buffer. Every method keeps the
/// equation of <see cref="OutputFigures"/>, and refuses negative numbers. So the books balance at every scrape, whatever the order
/// of the calls. New records enter the buffer through <see cref="Books.Commit"/>. Thread safe. Records are whole
/// records, bytes are bytes on disk.
/// </summary>
public sealed class OutputBook
{
    private readonly Lock _gate;
    private readonly TimeProvider _clock;
    private readonly OutputFigures _figures = new();
    private Func<DateTimeOffset?> _credentialExpiry = static () => null;

    internal OutputBook(string name, int index, Lock gate, TimeProvider clock)
    {
        Name = name;
        Index = index;
        _gate = gate;
        _clock = clock;
    }

    public string Name { get; }

    internal int Index { get; }

    /// <summary>Guarded by the lock of the <see cref="Books"/>.</summary>
    internal OutputFigures Figures => _figures;

    internal DateTimeOffset? CredentialExpiry => Volatile.Read(ref _credentialExpiry)();

    /// <summary>Found in the data dir at start.</summary>
    public void Recovered(long records, long bytes, BufferState state)
    {
        Refuse(records, bytes);
        lock (_gate)
        {
            _figures.Recovered += records;
            Move(state, records, bytes);
        }
    }

    /// <summary>An open chunk of <paramref name="openBytes"/> became an object file of <paramref name="sealedBytes"/>.</summary>
    public void Sealed(long records, long openBytes, long sealedBytes)
    {
        Refuse(records, openBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(sealedBytes);
        lock (_gate)
        {
            Move(BufferState.Open, -records, -openBytes);
            Move(BufferState.Sealed, records, sealedBytes);
        }
    }

    /// <summary>
    /// A sealed object is in the store; its file of <paramref name="sealedBytes"/>, with a body of <paramref name="bodyBytes"/>, is
    /// no longer counted.
    /// </summary>
    public void Uploaded(long records, long sealedBytes, long bodyBytes)
    {
        Refuse(records, sealedBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(bodyBytes);
        lock (_gate)
        {
            Move(BufferState.Sealed, -records, -sealedBytes);
            _figures.UploadedRecords += records;
            _figures.UploadedObjects++;
            _figures.UploadedBytes += bodyBytes;
            _figures.LastUpload = _clock.GetUtcNow();
            _figures.LastFailure = _figures.LastFailure is { } failure ? failure with { IsOver = true } : null;
        }
    }

    /// <summary>A sealed object was put aside.</summary>
    public void Quarantined(long records, long bytes)
    {
        Refuse(records, bytes);
        lock (_gate)
        {
            Move(BufferState.Sealed, -records, -bytes);
            Move(BufferState.Quarantined, records, bytes);
        }
    }

    /// <summary>An object is sent under a second key because its first key existed: the store may have it under both.</summary>
    public void SentAgain()
    {
        lock (_gate)
        {
            _figures.MaybeTwice++;
        }
    }

    /// <summary>Records left the buffer for <paramref name="reason"/> without being uploaded.</summary>
    public void Dropped(long records, long bytes, BufferState from, DropReason reason)
    {
        Refuse(records, bytes);
        lock (_gate)
        {
            Move(from, -records, -bytes);
            _figures.Dropped[reason] += records;
        }
    }

    /// <summary>
    /// A damaged chunk or object is given back: its coverage is removed and the sources are read again. The records count as
    /// dropped with reason <c>reread</c>, and as matched a second time when they come: counters cannot go down, and alerts on loss
    /// exclude this reason.
    /// </summary>
    public void GivenBack(long records, long bytes, BufferState from) => Dropped(records, bytes, from, DropReason.Reread);

    /// <summary>An upload attempt ended; <see cref="CollectorMetrics.UploadAttempted"/> also records how long it took.</summary>
    internal void Attempted(AttemptResult result)
    {
        lock (_gate)
        {
            _figures.Attempts[result]++;
        }
    }

    /// <summary>An upload attempt ended without storing its object.</summary>
    public void Failed(AttemptResult result, string why)
    {
        lock (_gate)
        {
            _figures.LastFailure = new FailedAttempt(_clock.GetUtcNow(), result, why, IsOver: false);
        }
    }

    /// <summary>Why the output takes no records, or drops old ones; null: it takes records.</summary>
    public void SetFull(Fullness? full)
    {
        lock (_gate)
        {
            _figures.Full = full;
        }
    }

    /// <summary>The limit of the output's buffer, and the free bytes on its disk (null: unknown).</summary>
    public void SetRoom(long limit, long? diskFree)
    {
        lock (_gate)
        {
            _figures.BufferLimit = limit;
            _figures.DiskFree = diskFree;
        }
    }

    /// <summary>When the oldest record still in the buffer came in; null when the buffer is empty.</summary>
    public void SetOldestRecord(DateTimeOffset? time)
    {
        lock (_gate)
        {
            _figures.OldestRecord = time;
        }
    }

    /// <summary>Asks <paramref name="expiry"/> at every scrape, outside any lock; it must not block or throw.</summary>
    public void ObserveCredentialExpiry(Func<DateTimeOffset?> expiry) => Volatile.Write(ref _credentialExpiry, expiry);

    private static void Refuse(long records, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(records);
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
    }

    private void Move(BufferState state, long records, long bytes)
    {
        _figures.BufferRecords[state] += records;
        _figures.BufferBytes[state] += bytes;
    }
}
