using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Buffer;

/// <summary>
/// What an output's buffer takes on disk, against its quota and against the disk's free space. The tail worker asks; seal
/// and upload loops give back. Thread safe.
/// </summary>
internal sealed class BufferSpace(OutputSettings settings, IStorageDirectory directory, TimeProvider clock)
{
    private const int Block = 4096;

    /// <summary>How long an answer about free space, or a failure, is believed: short beside the time a disk takes to fill.</summary>
    private static readonly TimeSpan Believed = TimeSpan.FromMilliseconds(250);

    private long _used;
    private long _askedAt = long.MinValue;
    private bool _diskIsLow;
    private long _brokenAt = long.MinValue;
    private long _noSpaceAt = long.MinValue;
    private long _refusedAt = long.MinValue;
    private bool _isRefusing;

    /// <summary>Bytes of chunks and objects on disk.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>Whether a batch was refused a moment ago, or the disk is below <c>minFreeDisk</c>: nothing is tried now.</summary>
    public bool IsFull => IsBroken || DiskIsFull() || IsRecent(_refusedAt) || Used >= settings.MaxBufferSize;

    /// <summary>As <see cref="IsFull"/>, but without the moments in which it is tried again: the last batch was refused.</summary>
    public bool IsRefusing => Volatile.Read(ref _isRefusing) || IsFull;

    /// <summary>The disk has just failed in a way that more space would not cure.</summary>
    public bool IsBroken => IsRecent(_brokenAt);

    /// <summary>What a file of that length counts for.</summary>
    public static long OnDisk(long length) => (length + Block - 1) / Block * Block;

    /// <summary>Counts bytes that came, or went: then whatever was full is asked again, so that one drop is not taken for none.</summary>
    public void Add(long bytes)
    {
        var used = Interlocked.Add(ref _used, bytes);
        if (bytes < 0)
        {
            _noSpaceAt = _askedAt = long.MinValue;
            if (used < settings.MaxBufferSize)
            {
                _refusedAt = long.MinValue;
                Volatile.Write(ref _isRefusing, false);
            }
        }
    }

    public bool HasRoomFor(long bytes)
    {
        if (IsBroken || DiskIsFull())
        {
            return false;
        }

        var fits = Used + OnDisk(bytes) + Block <= settings.MaxBufferSize;
        Volatile.Write(ref _isRefusing, !fits);
        if (!fits)
        {
            _refusedAt = clock.GetTimestamp();
        }

        return fits;
    }

    /// <summary>Nothing is tried for a moment, although there is room.</summary>
    public void Refuse() => _refusedAt = clock.GetTimestamp();

    /// <summary>Notes a failed storage operation: nothing is tried for a moment.</summary>
    public void Failed(StorageException error)
    {
        if (error.Error == StorageError.Full)
        {
            _noSpaceAt = clock.GetTimestamp();
        }
        else
        {
            _brokenAt = clock.GetTimestamp();
        }
    }

    private bool IsRecent(long when) => when != long.MinValue && clock.GetElapsedTime(when) < Believed;

    private bool DiskIsFull()
    {
        if (IsRecent(_noSpaceAt))
        {
            return true;
        }

        if (!IsRecent(_askedAt))
        {
            _diskIsLow = TryGetSpace() is not { } space || settings.MinFreeDisk.IsBelow(space.Free, space.Total);
            _askedAt = clock.GetTimestamp();
        }

        return _diskIsLow;
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
