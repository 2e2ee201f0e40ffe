using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Positions;

/// <summary>
/// The files of a journal: appends records to the newest, and replaces it by a snapshot when it has grown long or cannot be trusted
/// (FORMAT.md, Positions). Throws <see cref="StorageException"/>. Not thread safe.
/// </summary>
internal sealed class JournalFile(IStorageDirectory directory, Action<ByteBuffer> writeSnapshot) : IDisposable
{
    /// <summary>Journal beyond which it is rewritten: small beside a backlog, large beside a snapshot of a few hundred files.</summary>
    private const long RewriteAt = 1 << 20;

    /// <summary>Disk space that is allocated ahead of the end, so that folding continues when the disk is full (I15).</summary>
    private const long Ahead = 256 * 1024;

    private IStorageFile? _file;
    private long _end;
    private long _allocated;
    private long _snapshotLength;

    /// <summary>Something was appended, and need not be durable yet.</summary>
    private bool _isUnsynced;

    /// <summary>The file cannot be trusted, or there is none: the next append begins with a snapshot.</summary>
    public bool MustRewrite { get; private set; } = true;

    /// <summary>
    /// Replaces the found journals by a snapshot. On a full disk the journal that ends at <paramref name="foundEnd"/> stays in use,
    /// with <paramref name="missing"/> in its allocated space. If there is no journal (0), or no room in it, the first change for
    /// which there is room writes a snapshot, so that the process starts, and the other outputs can drain meanwhile (I15).
    /// </summary>
    public void Open(long foundEnd, Action<ByteBuffer> missing)
    {
        if (!TryRewrite(orElse: true) && foundEnd > 0)
        {
            GoOn(foundEnd, missing);
        }
    }

    /// <summary>
    /// Appends a record. After a failure other than a full disk nothing in the file is trusted: the whole state is written again (a
    /// failed fsync is never repeated), in a new file, or at the end of the old one when the disk has no room.
    /// </summary>
    /// <param name="record">Whole envelopes.</param>
    /// <param name="sync">Whether it has to be durable on return.</param>
    /// <param name="isInSnapshot">Whether a snapshot has it too. Forgetting is not in a snapshot: the older copy beside it still
    /// has the record.</param>
    public void Append(ByteBuffer record, bool sync, bool isInSnapshot)
    {
        if ((MustRewrite || _end > Math.Max(RewriteAt, 3 * _snapshotLength)) && TryRewrite(orElse: _file is not null) && isInSnapshot)
        {
            return;
        }

        using var snapshot = new ByteBuffer(0);
        var bytes = record;
        if (MustRewrite)
        {
            writeSnapshot(snapshot);
            snapshot.Append(record.Written);
            bytes = snapshot;
        }

        try
        {
            Reserve(_end + bytes.Length);
            _file!.Write(bytes.Written, _end);
            _end += bytes.Length;
            _isUnsynced = true;
            if (sync || MustRewrite)
            {
                SyncFile();
            }

            MustRewrite = false;
        }
        catch (StorageException e)
        {
            MustRewrite |= e.Error != StorageError.Full;
            throw;
        }
    }

    /// <summary>Replaces the journal by a snapshot, durable on return.</summary>
    public void Rewrite()
    {
        directory.Delete(PositionsJournal.NewName);
        var (file, length) = WriteSnapshot();
        MustRewrite = true;
        try
        {
            directory.Sync();
            if (directory.TryGetLength(PositionsJournal.FileName) is not null)
            {
                directory.Rename(PositionsJournal.FileName, PositionsJournal.PreviousName);
            }

            directory.Rename(PositionsJournal.NewName, PositionsJournal.FileName);
            directory.Sync();
        }
        catch
        {
            file.Dispose();
            throw;
        }

        _file?.Dispose();
        _file = file;
        _end = _snapshotLength = length;
        _allocated = _end + Ahead;
        MustRewrite = _isUnsynced = false;
    }

    /// <summary>Records that were appended without a sync are durable on return.</summary>
    public void Sync()
    {
        if (!_isUnsynced || MustRewrite)
        {
            return;
        }

        try
        {
            SyncFile();
        }
        catch (StorageException)
        {
            MustRewrite = true;
            throw;
        }
    }

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }

    private void SyncFile()
    {
        _file!.Sync();
        _isUnsynced = false;
    }

    /// <summary>False when the disk has no room for a second journal and there is another way.</summary>
    private bool TryRewrite(bool orElse)
    {
        try
        {
            Rewrite();
            return true;
        }
        catch (StorageException e) when (e.Error == StorageError.Full && orElse)
        {
            return false;
        }
    }

    private void Reserve(long needed)
    {
        if (needed <= _allocated - (Ahead / 2))
        {
            return;
        }

        try
        {
            _file!.Preallocate(needed + Ahead);
            _allocated = needed + Ahead;
        }
        catch (StorageException e) when (e.Error == StorageError.Full)
        {
            // Allocated space still serves; the write itself reports when it is used up.
        }
    }

    private void GoOn(long end, Action<ByteBuffer> missing)
    {
        using var bytes = new ByteBuffer();
        missing(bytes);
        var file = directory.Open(PositionsJournal.FileName, writable: true);
        try
        {
            file.Write(bytes.Written, end);
            file.Sync();
            _allocated = file.Length;
        }
        catch (StorageException e)
        {
            file.Dispose();
            if (e.Error == StorageError.Full)
            {
                return;
            }

            throw;
        }

        _file = file;
        _end = end + bytes.Length;
        MustRewrite = false;
    }

    private (IStorageFile File, long Length) WriteSnapshot()
    {
        using var snapshot = new ByteBuffer();
        writeSnapshot(snapshot);
        var file = directory.Create(PositionsJournal.NewName);
        try
        {
            file.Preallocate(snapshot.Length + Ahead);
            file.Write(snapshot.Written, 0);
            file.Sync();
            return (file, snapshot.Length);
        }
        catch
        {
            file.Dispose();
            directory.Delete(PositionsJournal.NewName);
            throw;
        }
    }
}
