using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Buffer;

/// <summary>
/// The disk space of an output's buffer, checked against its quota and against the disk's free space. The tail worker asks; the
/// seal and upload loops give space back. Thread safe.
/// </summary>
internal sealed class BufferSpace(OutputSettings settings, IStorageDirectory directory, TimeProvider clock)
{
    private const int Block = 4096;

    /// <summary>
    /// How long an answer about free space, or a failure, is reused: short compared with the time that a disk takes to fill.
    /// </summary>
    private static readonly TimeSpan Believed = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How long a reported failure stays valid, unless a write has succeeded since: a failed write is retried every second at most.
    /// </summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(10);

    private long _used;
    private long _askedAt = long.MinValue;
    private (long Free, long Total)? _space;
    private bool _wasFull;
    private long _usedWhenFull;
    private StorageException? _lastFailure;
    private long _failedAt = long.MinValue;
    private long _brokenAt = long.MinValue;
    private long _noSpaceAt = long.MinValue;
    private long _refusedAt = long.MinValue;
    private bool _isRefusing;

    /// <summary>Bytes of chunks and objects on disk.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>Whether a batch was refused a moment ago, or the disk is below <c>minFreeDisk</c>: nothing is tried now.</summary>
    public bool IsFull => IsBroken || DiskIsFull() || IsRecent(_refusedAt) || Used >= settings.Buffer.MaxSize;

    /// <summary>Free bytes on the disk at the last check; null: unknown.</summary>
    public long? DiskFree => _space?.Free;

    /// <summary>
    /// Why the buffer is full, as <see cref="IsFull"/>, but ignoring the moments of a retry, because the last batch was refused.
    /// Null: it takes records.
    /// </summary>
    public Fullness? Full()
    {
        var isLow = DiskIsLow();
        return _lastFailure is { } failure && IsWithin(Remembered, _failedAt) ? failure.Error == StorageError.Full ? Fullness.OfNoSpace(failure.Message) : Fullness.OfError(failure.Message)
            : isLow && _space is { } space ? Fullness.OfDisk(space.Free, space.Total, settings.Shared.MinFreeDisk.Describe(space.Total))
            : Used >= settings.Buffer.MaxSize || (Volatile.Read(ref _isRefusing) && !isLow) ? Fullness.OfQuota(Used, settings.Buffer.MaxSize)
            : IsRecent(_refusedAt) ? Fullness.OfSealing()
            : null;
    }

    /// <summary>The disk has just failed in a way that more space would not cure.</summary>
    public bool IsBroken => IsRecent(_brokenAt);

    /// <summary>The quota share of a file of that length.</summary>
    public static long OnDisk(long length) => (length + Block - 1) / Block * Block;

    /// <summary>
    /// Counts added or freed bytes. Afterwards a full buffer is checked again, so that a drop takes effect at once.
    /// </summary>
    public void Add(long bytes)
    {
        var used = Interlocked.Add(ref _used, bytes);
        if (bytes < 0)
        {
            _noSpaceAt = _askedAt = long.MinValue;
            if (used < settings.Buffer.MaxSize)
            {
                _refusedAt = long.MinValue;
                Volatile.Write(ref _isRefusing, false);
            }
        }
    }

    /// <summary>
    /// Whether the buffer may grow by that many bytes. While the disk is full it does not grow, and with <c>dropOldest</c> takes as
    /// much as was dropped: if another program has filled the disk, that is no reason to drop the whole backlog.
    /// </summary>
    public bool HasRoomFor(long bytes)
    {
        var isFull = DiskIsFull();
        if (IsBroken || (isFull && settings.Buffer.WhenFull == WhenFull.Block))
        {
            return false;
        }

        var fits = Used + OnDisk(bytes) + Block <= (isFull ? Math.Min(_usedWhenFull, settings.Buffer.MaxSize) : settings.Buffer.MaxSize);
        Volatile.Write(ref _isRefusing, !fits);
        if (!fits)
        {
            _refusedAt = clock.GetTimestamp();
        }

        return fits;
    }

    /// <summary>Nothing is tried for a moment, although there is room.</summary>
    public void Refuse() => _refusedAt = clock.GetTimestamp();

    /// <summary>A write succeeded: the earlier failure is over.</summary>
    public void Worked() => _lastFailure = null;

    /// <summary>Notes a failed storage operation: nothing is tried for a moment.</summary>
    public void Failed(StorageException error)
    {
        _lastFailure = error;
        _failedAt = clock.GetTimestamp();
        if (error.Error == StorageError.Full)
        {
            _noSpaceAt = clock.GetTimestamp();
        }
        else
        {
            _brokenAt = clock.GetTimestamp();
        }
    }

    private bool IsRecent(long when) => IsWithin(Believed, when);

    private bool IsWithin(TimeSpan time, long when) => when != long.MinValue && clock.GetElapsedTime(when) < time;

    private bool DiskIsFull()
    {
        var isFull = IsRecent(_noSpaceAt) || DiskIsLow();
        _usedWhenFull = isFull && !_wasFull ? Used : _usedWhenFull;
        return _wasFull = isFull;
    }

    private bool DiskIsLow()
    {
        if (!IsRecent(_askedAt))
        {
            _space = TryGetSpace();
            _askedAt = clock.GetTimestamp();
        }

        return _space is not { } space || settings.Shared.MinFreeDisk.IsBelow(space.Free, space.Total);
    }

    /// <summary>Null: a disk that cannot even be asked has room for nothing.</summary>
    private (long Free, long Total)? TryGetSpace()
    {
        try
        {
            return directory.GetSpace();
        }
        catch (StorageException e)
        {
            Failed(e);
            return null;
        }
    }
}
