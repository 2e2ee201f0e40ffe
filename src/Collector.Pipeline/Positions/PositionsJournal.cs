using Collector.Pipeline.Buffer;
using Collector.Pipeline.Buffer.Storage;
using Collector.Pipeline.Records;

namespace Collector.Pipeline.Positions;

/// <summary>
/// The durable positions of one output: a journal of unions (FORMAT.md). What <see cref="Fold"/> returns from is durable.
/// Thread safe: uploads fold, the tail worker folds what it skips and ends generations.
/// </summary>
internal sealed class PositionsJournal : IDisposable
{
    public const string FileName = "positions";
    public const string PreviousName = "positions.prev";
    public const string NewName = "positions.new";

    /// <summary>Journal beyond which it is rewritten: small beside a backlog, large beside a snapshot of a few hundred files.</summary>
    private const long RewriteAt = 1 << 20;

    /// <summary>Kept allocated ahead of the end, so that folding goes on when the disk is full (I15).</summary>
    private const long Ahead = 256 * 1024;

    private readonly Lock _lock = new();
    private readonly IStorageDirectory _directory;
    private readonly ByteBuffer _buffer = new();
    private readonly Numbering _numbering;
    private readonly CoverageMap _state;
    private readonly HashSet<GenerationId> _ended;
    private readonly LoadedPositions _loaded;
    private IStorageFile? _file;
    private long _end;
    private long _allocated;
    private long _snapshotLength;
    private bool _mustRewrite = true;

    public PositionsJournal(IStorageDirectory directory, Numbering numbering, LoadedPositions loaded)
    {
        _directory = directory;
        _numbering = numbering;
        _loaded = loaded;
        _state = loaded.Coverage;
        _ended = loaded.Ended;
        FirstStartDone = loaded.FirstStartDone;
    }

    /// <summary>Whether this output has been through the first scan of its first start (<c>startAt</c>).</summary>
    public bool FirstStartDone { get; private set; }

    /// <summary>
    /// Writes a whole new journal; called once at start, before anything is folded. On a full disk the old one goes on; where
    /// there is none yet, the first change writes it: the other outputs can drain meanwhile (I15).
    /// </summary>
    public void Open()
    {
        lock (_lock)
        {
            if (!TryRewrite(orElse: true) && _loaded.JournalEnd > 0)
            {
                GoOn();
            }
        }
    }

    /// <summary>
    /// Makes a coverage part of the durable positions. When it throws, it may be durable or not: the caller tries again, and
    /// does nothing else with the object meanwhile.
    /// </summary>
    public void Fold(long seq, long openedAt, CoverageMap coverage)
    {
        lock (_lock)
        {
            _state.Add(coverage);
            _numbering.Raise(seq, openedAt);
            _buffer.Reset();
            PositionRecords.WriteFold(_buffer, seq, openedAt, coverage);
            Append(sync: true);
        }
    }

    /// <summary>Notes that the first scan of the first start is done, and what it skipped; durable on return, both or none.</summary>
    public void EndFirstStart(CoverageMap skipped)
    {
        lock (_lock)
        {
            _state.Add(skipped);
            FirstStartDone = true;
            Rewrite();
        }
    }

    /// <summary>Notes that nothing more of a generation is to be read. Durable with the next fold.</summary>
    public void End(GenerationId id)
    {
        lock (_lock)
        {
            if (_ended.Add(id))
            {
                _buffer.Reset();
                PositionRecords.WriteEnd(_buffer, id, forget: false);
                Append(sync: false);
            }
        }
    }

    /// <summary>Forgets a generation. Durable with the next fold: forgetting late does no harm.</summary>
    public void Forget(GenerationId id)
    {
        lock (_lock)
        {
            _ended.Remove(id);
            if (_state.Remove(id))
            {
                _buffer.Reset();
                PositionRecords.WriteEnd(_buffer, id, forget: true);
                Append(sync: false);
            }
        }
    }

    /// <summary>Whether nothing more of it is to be read.</summary>
    public bool HasEnded(GenerationId id)
    {
        lock (_lock)
        {
            return _ended.Contains(id);
        }
    }

    /// <summary>Whether the durable positions cover all of <paramref name="coverage"/>.</summary>
    public bool Contains(CoverageMap coverage)
    {
        lock (_lock)
        {
            return _state.Contains(coverage);
        }
    }

    /// <summary>A copy of the durable positions.</summary>
    public CoverageMap Snapshot()
    {
        lock (_lock)
        {
            var copy = new CoverageMap();
            copy.Add(_state);
            return copy;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _file?.Dispose();
            _file = null;
            _buffer.Dispose();
        }
    }

    /// <summary>
    /// Appends the buffer. After a failure other than a full disk nothing that is in the file is trusted: the whole state is
    /// written anew (a failed fsync is never repeated), in a new file, or behind what is there when the disk has no room for one.
    /// </summary>
    private void Append(bool sync)
    {
        if ((_mustRewrite || _end > Math.Max(RewriteAt, 3 * _snapshotLength)) && TryRewrite(orElse: _file is not null))
        {
            return;
        }

        if (_mustRewrite)
        {
            _buffer.Reset();
            WriteState(_buffer, _state.Entries);
        }

        try
        {
            Reserve(_end + _buffer.Length);
            _file!.Write(_buffer.Written, _end);
            _end += _buffer.Length;
            if (sync || _mustRewrite)
            {
                _file.Sync();
            }

            _mustRewrite = false;
        }
        catch (StorageException e)
        {
            _mustRewrite |= e.Error != StorageError.Full;
            throw;
        }
    }

    /// <summary>False when the disk has no room for a second journal and there is something else to do.</summary>
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
            // What is already allocated still serves; the write itself tells when that is used up.
        }
    }

    /// <summary>Goes on with the journal that was found: adds what only the other copies told, in the room ahead of its end.</summary>
    private void GoOn()
    {
        var missing = new CoverageMap();
        missing.Add(_state);
        missing.Subtract(_loaded.Journal);
        _buffer.Reset();
        WriteState(_buffer, missing.Entries.Where(entry => !entry.Intervals.IsEmpty));
        var file = _directory.Open(FileName, writable: true);
        try
        {
            file.Write(_buffer.Written, _loaded.JournalEnd);
            file.Sync();
            _allocated = file.Length;
        }
        catch
        {
            file.Dispose();
            throw;
        }

        _file = file;
        _end = _loaded.JournalEnd + _buffer.Length;
        _mustRewrite = false;
    }

    private void Rewrite()
    {
        _directory.Delete(NewName);
        var (file, length) = WriteSnapshot();
        _mustRewrite = true;
        try
        {
            _directory.Sync();
            if (_directory.ListFiles().Contains(FileName))
            {
                _directory.Rename(FileName, PreviousName);
            }

            _directory.Rename(NewName, FileName);
            _directory.Sync();
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
        _mustRewrite = false;
    }

    private (IStorageFile File, long Length) WriteSnapshot()
    {
        using var snapshot = new ByteBuffer();
        WriteState(snapshot, _state.Entries);
        var file = _directory.Create(NewName);
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
            _directory.Delete(NewName);
            throw;
        }
    }

    private void WriteState(ByteBuffer to, IEnumerable<CoverageEntry> entries)
    {
        PositionRecords.WriteHeader(to, _numbering, FirstStartDone);
        foreach (var entry in entries)
        {
            var one = new CoverageMap();
            one.Of(entry.Identity).Add(entry);
            PositionRecords.WriteFold(to, 0, 0, one);
        }

        foreach (var id in _ended)
        {
            PositionRecords.WriteEnd(to, id, forget: false);
        }
    }
}
