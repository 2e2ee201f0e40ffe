using Collector.Pipeline.Buffer.Storage;

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
    private long _failedAt = long.MinValue;
    private long _refusedAt = long.MinValue;

    /// <summary>Bytes of chunks and objects on disk.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>Whether the last batches were refused, or the disk is below <c>minFreeDisk</c>.</summary>
    public bool IsFull => DiskIsLow() || IsRecent(_failedAt) || IsRecent(_refusedAt) || Used >= settings.MaxBufferSize;

    /// <summary>What a file of that length counts for.</summary>
    public static long OnDisk(long length) => (length + Block - 1) / Block * Block;

    public void Add(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) < settings.MaxBufferSize && bytes < 0)
        {
            _refusedAt = long.MinValue;
        }
    }

    public bool HasRoomFor(long bytes)
    {
        if (DiskIsLow() || IsRecent(_failedAt))
        {
            return false;
        }

        var fits = Used + OnDisk(bytes) + Block <= settings.MaxBufferSize;
        if (!fits)
        {
            _refusedAt = clock.GetTimestamp();
        }

        return fits;
    }

    /// <summary>Notes a failed storage operation: nothing is tried for a moment.</summary>
    public void Failed(StorageException error) => _failedAt = error.Error is StorageError.Full or StorageError.Io ? clock.GetTimestamp() : _failedAt;

    private bool IsRecent(long when) => when != long.MinValue && clock.GetElapsedTime(when) < Believed;

    private bool DiskIsLow()
    {
        if (!IsRecent(_askedAt))
        {
            var (free, total) = directory.GetSpace();
            _diskIsLow = settings.MinFreeDisk.IsBelow(free, total);
            _askedAt = clock.GetTimestamp();
        }

        return _diskIsLow;
    }
}
