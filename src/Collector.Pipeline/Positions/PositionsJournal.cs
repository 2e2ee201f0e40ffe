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
    private const string NewName = "positions.new";

    /// <summary>Journal beyond which it is rewritten: small beside a backlog, large beside a snapshot of a few hundred files.</summary>
    private const long RewriteAt = 1 << 20;

    /// <summary>Kept allocated ahead of the end, so that folding goes on when the disk is full (I15).</summary>
    private const long Ahead = 256 * 1024;

    private readonly Lock _lock = new();
    private readonly IStorageDirectory _directory;
    private readonly ByteBuffer _buffer = new();
    private readonly HashSet<GenerationId> _identified = [];
    private readonly Numbering _numbering;
    private CoverageMap _state;
    private IStorageFile? _file;
    private long _end;
    private long _allocated;
    private long _snapshotLength;

    public PositionsJournal(IStorageDirectory directory, Numbering numbering, LoadedPositions loaded)
    {
        _directory = directory;
        _numbering = numbering;
        _state = loaded.Coverage;
        FirstStartDone = loaded.FirstStartDone;
    }

    /// <summary>Whether this output has been through the first scan of its first start (<c>startAt</c>).</summary>
    public bool FirstStartDone { get; private set; }

    /// <summary>Writes a whole new journal; called once at start, before anything is folded.</summary>
    public void Open()
    {
        lock (_lock)
        {
            Rewrite();
        }
    }

    /// <summary>Makes a coverage part of the durable positions. Throws <see cref="StorageException"/> with nothing changed that matters: a union may be tried again.</summary>
    public void Fold(long seq, long openedAt, CoverageMap coverage)
    {
        lock (_lock)
        {
            _buffer.Reset();
            PositionRecords.WriteFold(_buffer, seq, openedAt, coverage, _identified);
            Append();
            _state.Add(coverage);
            if (_end > Math.Max(RewriteAt, 3 * _snapshotLength))
            {
                TryRewrite();
            }
        }
    }

    /// <summary>Notes that the first scan of the first start is done; durable on return.</summary>
    public void EndFirstStart()
    {
        lock (_lock)
        {
            FirstStartDone = true;
            Rewrite();
        }
    }

    /// <summary>Forgets generations whose bytes no longer matter. Durable with the next fold: forgetting late does no harm.</summary>
    public void Forget(IEnumerable<GenerationId> ended)
    {
        lock (_lock)
        {
            _buffer.Reset();
            foreach (var id in ended)
            {
                if (_state.Remove(id))
                {
                    _identified.Remove(id);
                    PositionRecords.WriteEnd(_buffer, id);
                }
            }

            if (_buffer.Length > 0)
            {
                WriteToEnd();
            }
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

    private void Append()
    {
        WriteToEnd();
        _file!.Sync();
    }

    private void WriteToEnd()
    {
        try
        {
            Reserve(_end + _buffer.Length);
            _file!.Write(_buffer.Written, _end);
            _end += _buffer.Length;
        }
        catch
        {
            // The identities in what was not written have to be written again.
            _identified.Clear();
            throw;
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

    private void TryRewrite()
    {
        try
        {
            Rewrite();
        }
        catch (StorageException)
        {
            // The old journal goes on; the next fold tries again.
            _snapshotLength = _end;
        }
    }

    private void Rewrite()
    {
        _directory.Delete(NewName);
        var file = _directory.Create(NewName);
        try
        {
            WriteSnapshot(file);
        }
        catch
        {
            file.Dispose();
            _directory.Delete(NewName);
            throw;
        }

        if (_directory.ListFiles().Contains(FileName))
        {
            _directory.Rename(FileName, PreviousName);
        }

        _directory.Rename(NewName, FileName);
        _directory.Sync();
        _file?.Dispose();
        _file = file;
        _end = _snapshotLength = _buffer.Length;
        _allocated = _end + Ahead;
    }

    private void WriteSnapshot(IStorageFile file)
    {
        _buffer.Reset();
        _identified.Clear();
        PositionRecords.WriteHeader(_buffer, _numbering, FirstStartDone);
        foreach (var entry in _state.Entries)
        {
            var one = new CoverageMap();
            one.Of(entry.Identity).Add(entry);
            PositionRecords.WriteFold(_buffer, 0, 0, one, _identified);
        }

        file.Preallocate(_buffer.Length + Ahead);
        file.Write(_buffer.Written, 0);
        file.Sync();
    }
}
