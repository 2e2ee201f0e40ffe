using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Buffer;

/// <summary>
/// The open chunks of one output, oldest first: opens, appends to and closes them by the rules of FORMAT.md (Chunk). Failures throw
/// <see cref="StorageException"/> and are retried. Owned by the tail worker, except <see cref="Sync"/>.
/// </summary>
internal sealed class OpenChunks(OutputSettings settings, IStorageDirectory directory, PositionsJournal positions, BufferSpace space, Backlog backlog, TimeProvider clock, Random random) : IDisposable
{
    /// <summary>Descriptors kept for open chunks; the rest is reopened when a frame comes.</summary>
    private const int MaxOpenFiles = 200;

    /// <summary>The share of the allowed open chunks that is closed at once when there are too many.</summary>
    private const int EvictedShare = 8;

    /// <summary>The random share of <c>maxAge</c>, so that a node's chunks are not due at the same time.</summary>
    private const double AgeJitter = 0.1;

    private readonly List<OpenChunk> _open = [];

    /// <summary>Closed chunks that were not durable at that time.</summary>
    private readonly List<OpenChunk> _unsynced = [];

    /// <summary>Chunks without a frame, to be deleted.</summary>
    private readonly List<OpenChunk> _litter = [];

    private OpenChunk? _torn;

    public int Count => _open.Count;

    public OpenChunk? Oldest => _open.Count == 0 ? null : _open[0];

    /// <summary>
    /// Sealing is behind: the open chunks and those that wait to be sealed are twice <c>batch.maxOpen</c>, so no more are opened. Each
    /// takes about a kilobyte.
    /// </summary>
    public bool MustWaitForSealing => _open.Count + backlog.ClosedCount >= 2 * settings.Batch.MaxOpen;

    /// <summary>Open ones that are so, latest first: each may be closed meanwhile.</summary>
    public IEnumerable<OpenChunk> Where(Func<OpenChunk, bool> wanted) => _open.Where(wanted).Reverse().ToList();

    /// <summary>
    /// Syncs what was committed until now, with one sync of the directory. May run in parallel on one other thread.
    /// </summary>
    /// <param name="directory">Theirs.</param>
    /// <param name="chunks">Thousands, perhaps.</param>
    /// <param name="beat">The calling loop's sign of life, after each chunk: a slow disk is not a hanging loop.</param>
    public static void Sync(IStorageDirectory directory, IReadOnlyList<OpenChunk> chunks, Action beat)
    {
        var hasNew = false;
        foreach (var chunk in chunks)
        {
            chunk.SyncToDisk(directory);
            hasNew |= !chunk.EntryDurable;
            beat();
        }

        if (!hasNew)
        {
            return;
        }

        directory.Sync();
        foreach (var chunk in chunks)
        {
            chunk.EntryDurable = true;
        }
    }

    /// <summary>The chunks that are not fully durable; closes idle descriptors.</summary>
    public IReadOnlyList<OpenChunk> TakeDirty()
    {
        _unsynced.RemoveAll(chunk => !chunk.IsDirty);
        List<OpenChunk> dirty = [.. _unsynced, .. _open.Where(chunk => chunk.IsDirty)];
        for (int i = 0, excess = _open.Count(chunk => chunk.HasFile) - MaxOpenFiles; i < _open.Count && excess > 0; i++)
        {
            if (_open[i].HasFile && !_open[i].IsDirty)
            {
                _open[i].ReleaseFile();
                excess--;
            }
        }

        return dirty;
    }

    /// <summary>The header of a chunk that is opened now.</summary>
    public ChunkHeader NewHeader(string prefix, long seq, long openedAt) =>
        new(seq, positions.Instance, openedAt, prefix, settings.Node, settings.Format, settings.Compression, (byte)settings.CompressionLevel, settings.Batch.MaxSize);

    /// <summary>Adds a chunk of an earlier run.</summary>
    public void Enlist(OpenChunk chunk, TimeSpan age)
    {
        chunk.DueAt = Due(TimeSpan.FromTicks(Math.Clamp((settings.Batch.MaxAge - age).Ticks, 0, settings.Batch.MaxAge.Ticks)));
        chunk.Partition.Chunk = chunk;
        _open.Add(chunk);
    }

    /// <summary>
    /// The chunk for the records of a batch: the partition's chunk, or a new one when there is none or that one is full.
    /// </summary>
    public OpenChunk For(Partition partition, Batch batch)
    {
        Mend();
        if (partition.Chunk is { } current)
        {
            if (current.Bytes + batch.BodyLength <= current.Header.MaxSize)
            {
                return current;
            }

            Close(current, CloseReason.Size);
        }

        if (_open.Count >= settings.Batch.MaxOpen)
        {
            Evict();
        }

        partition.Predecessor?.MakeDurable(directory);
        partition.Predecessor = null;
        return Open(partition, settings.Catalog.Enabled ? batch.Kubernetes : default);
    }

    /// <summary>Appends a frame to the chunk. When it throws, the frame is cut off before anything else is written.</summary>
    public void Write(OpenChunk chunk, ReadOnlySpan<byte> frame)
    {
        _torn = chunk;
        chunk.File(directory).Write(frame, chunk.Length);
        _torn = null;
    }

    /// <summary>Closes a chunk: durable first, so that its successor can only be newer (FORMAT.md, close before the successor).</summary>
    public void Close(OpenChunk chunk, CloseReason reason)
    {
        chunk.MakeDurable(directory, cut: _torn == chunk);
        _torn = _torn == chunk ? null : _torn;
        Retire(chunk, reason);
    }

    /// <summary>Deletes a chunk that was created and never filled.</summary>
    public void DeleteLitter()
    {
        for (; _litter is [.., var chunk]; _litter.RemoveAt(_litter.Count - 1))
        {
            directory.Delete(chunk.Name);
            positions.Unused(chunk.Header.Seq);
        }
    }

    /// <summary>Closes the files without making anything durable.</summary>
    public void Dispose()
    {
        _open.ForEach(chunk => chunk.Dispose());
        _unsynced.ForEach(chunk => chunk.Dispose());
    }

    /// <summary>
    /// Cuts a torn frame off, durably, and closes its chunk. Nothing is committed before: a frame that turned out whole after a
    /// crash would duplicate the records that are read again meanwhile.
    /// </summary>
    private void Mend()
    {
        if (_torn is { } torn)
        {
            Close(torn, CloseReason.WriteFailed);
        }
    }

    /// <summary>
    /// Closes the oldest, and leaves making them durable to the seal loop, because a sync for each new partition here would be
    /// slow.
    /// </summary>
    private void Evict()
    {
        foreach (var chunk in _open.Take(Math.Max(1, settings.Batch.MaxOpen / EvictedShare)).ToList())
        {
            if (chunk is { IsDirty: true, Records: > 0 })
            {
                chunk.Partition.Predecessor = chunk;
                _unsynced.Add(chunk);
            }

            Retire(chunk, CloseReason.TooManyOpen);
        }
    }

    /// <param name="partition">Whose records it will have.</param>
    /// <param name="kubernetes">Whose the first record is, for the catalog; in the file alone, because thousands of chunks may be open.</param>
    private OpenChunk Open(Partition partition, ReadOnlyMemory<byte> kubernetes)
    {
        var (seq, openedAt) = positions.Next();
        var chunk = new OpenChunk(partition, NewHeader(partition.Prefix, seq, openedAt), FileNames.Format(seq, FileState.Chunk));
        using var bytes = new ByteBuffer();
        chunk.Header.Write(bytes, kubernetes.Span);
        Create(chunk);
        try
        {
            chunk.File(directory).Write(bytes.Written, 0);
        }
        catch
        {
            chunk.Dispose();
            _litter.Add(chunk);
            throw;
        }

        chunk.Length = bytes.Length;
        space.Add(BufferSpace.OnDisk(chunk.Length));
        Enlist(chunk, TimeSpan.Zero);
        return chunk;
    }

    private void Create(OpenChunk chunk)
    {
        try
        {
            chunk.Attach(directory.Create(chunk.Name));
        }
        catch
        {
            positions.Unused(chunk.Header.Seq);
            throw;
        }
    }

    /// <summary>Its records wait to be sealed.</summary>
    private void Retire(OpenChunk chunk, CloseReason reason)
    {
        chunk.ClosedFor = reason;
        chunk.ReleaseFile();
        _open.Remove(chunk);
        chunk.Partition.Chunk = null;
        if (chunk.Records == 0)
        {
            space.Add(-BufferSpace.OnDisk(chunk.Length));
            _litter.Add(chunk);
            return;
        }

        backlog.Add(new BacklogItem(chunk.Header.Seq, chunk.Header.OpenedAt, PrefixId.Of(chunk.Partition.Prefix))
        {
            State = ItemState.Closed,
            Records = chunk.Records,
            FileBytes = BufferSpace.OnDisk(chunk.Length),
            Chunk = chunk,
        });
    }

    private long Due(TimeSpan age) =>
        clock.GetTimestamp() + (long)(age.TotalSeconds * (1 - (random.NextDouble() * AgeJitter)) * clock.TimestampFrequency);
}
