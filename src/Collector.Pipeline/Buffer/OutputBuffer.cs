using Collector.Pipeline.Buffer.Storage;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Buffer;

/// <summary>How a commit ended. Whatever is not <see cref="Committed"/> has covered nothing.</summary>
internal enum CommitResult
{
    Committed,

    /// <summary>Quota, free disk or ENOSPC: back-pressure.</summary>
    Full,

    /// <summary>The disk does not do what it should; told in the log, tried again.</summary>
    Failed,
}

/// <summary>
/// The open chunks of one output (FORMAT.md): the tail worker's side of its buffer. All members are the tail worker's,
/// except <see cref="SyncOpenChunks"/>.
/// </summary>
internal sealed partial class OutputBuffer : IDisposable
{
    /// <summary>Descriptors kept for open chunks; the rest is reopened when a frame comes.</summary>
    private const int MaxOpenFiles = 200;

    /// <summary>A seal's share of <c>maxAge</c> that is left to chance, so that a node's chunks are not due together.</summary>
    private const double AgeJitter = 0.1;

    private readonly Dictionary<string, Partition> _partitions = new(StringComparer.Ordinal);
    private readonly List<OpenChunk> _open = [];
    private readonly Numbering _numbering;
    private readonly ILogger _logger;
    private readonly Random _random;

    /// <summary>Chunks without a frame, to be deleted.</summary>
    private readonly List<string> _litter = [];

    private OpenChunk? _torn;
    private BacklogItem? _dropping;

    public OutputBuffer(
        OutputSettings settings, RecoveredOutput recovered, Numbering numbering, OutputBook book, TimeProvider clock, ILogger logger, Random? random = null)
    {
        _random = random ?? Random.Shared;
        Settings = settings;
        Directory = recovered.Directory;
        Book = book;
        Positions = recovered.Positions;
        Space = new BufferSpace(settings, recovered.Directory, clock);
        Clock = clock;
        _numbering = numbering;
        _logger = logger;
        TakeUp(recovered);
    }

    public OutputSettings Settings { get; }

    public IStorageDirectory Directory { get; }

    public OutputBook Book { get; }

    public Backlog Backlog { get; } = new();

    public PositionsJournal Positions { get; }

    public BufferSpace Space { get; }

    public TimeProvider Clock { get; }

    public int OpenChunks => _open.Count;

    public Partition GetPartition(string prefix)
    {
        if (!_partitions.TryGetValue(prefix, out var partition))
        {
            _partitions.Add(prefix, partition = new Partition(prefix));
        }

        return partition;
    }

    /// <summary>Makes what a partition has durable, because the stream it came from goes on in another one.</summary>
    public void Settle(Partition partition)
    {
        if (partition.Chunk is { } chunk)
        {
            MakeDurable(chunk);
        }
    }

    /// <summary>Forgets partitions without a chunk or batch; who still holds one asks again.</summary>
    public void RetirePartitions()
    {
        foreach (var partition in _partitions.Values.Where(p => p.Chunk is null && p.Batch is null).ToList())
        {
            partition.IsRetired = true;
            _partitions.Remove(partition.Prefix);
        }
    }

    /// <summary>Commits the partition's batch as one frame. The batch stays the caller's.</summary>
    /// <param name="partition">With a batch that has records.</param>
    /// <param name="coverage">What the batch covers.</param>
    /// <param name="grown">By how many bytes the disk's share of the output grew.</param>
    public CommitResult Commit(Partition partition, CoverageMap coverage, out long grown)
    {
        grown = 0;
        try
        {
            var batch = partition.Batch!;
            Mend();
            while (!Space.HasRoomFor(batch.Bytes.Length))
            {
                if (Settings.WhenFull != WhenFull.DropOldest || Space.IsBroken || !TryDropOldest())
                {
                    return CommitResult.Full;
                }
            }

            if (partition.Chunk is { } current && current.Bytes + batch.BodyLength > current.Header.MaxSize)
            {
                Close(current);
            }

            Append(partition.Chunk ?? Open(partition), batch, coverage, ref grown);
            return CommitResult.Committed;
        }
        catch (StorageException e)
        {
            Space.Failed(e);
            LogCommitFailed(Settings.Name, e.Message);
            return e.Error == StorageError.Full ? CommitResult.Full : CommitResult.Failed;
        }
    }

    /// <summary>Closes the chunks that are due by age, and the oldest one when the buffer is full of open ones.</summary>
    public void CloseDue()
    {
        TidyUp();
        var now = Clock.GetTimestamp();
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            if (_open[i].DueAt <= now)
            {
                TryClose(_open[i]);
            }
        }

        if (Space.IsFull && Backlog.Count == 0 && _open.Count > 0)
        {
            TryClose(_open[0]);
        }
    }

    public void CloseAll()
    {
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            TryClose(_open[i]);
        }
    }

    /// <summary>Closes the partitions that hold records of this chain alone, because its container has ended.</summary>
    public void CloseChain(string chain)
    {
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            if (_open[i].OnlyChain == chain)
            {
                TryClose(_open[i]);
            }
        }
    }

    /// <summary>Syncs what was committed until now. May run beside everything else, on one other thread.</summary>
    public void SyncOpenChunks(IReadOnlyList<OpenChunk> chunks)
    {
        var entries = false;
        foreach (var chunk in chunks)
        {
            chunk.SyncToDisk(Directory);
            entries |= !chunk.EntryDurable;
        }

        if (entries)
        {
            Directory.Sync();
            foreach (var chunk in chunks)
            {
                chunk.EntryDurable = true;
            }
        }
    }

    /// <summary>The chunks with frames that are not durable, for <see cref="SyncOpenChunks"/>; gives idle descriptors back.</summary>
    public IReadOnlyList<OpenChunk> TakeDirty()
    {
        var dirty = _open.FindAll(chunk => chunk.IsDirty);
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

    /// <summary>The oldest record's time, as far as it is known: the opening of the oldest chunk or object.</summary>
    public long? OldestOpenedAt()
    {
        var backlog = Backlog.OldestOpenedAt();
        return _open.Count == 0 ? backlog : Math.Min(backlog ?? long.MaxValue, _open[0].Header.OpenedAt);
    }

    /// <summary>Closes the files; makes nothing durable.</summary>
    public void Dispose()
    {
        foreach (var chunk in _open)
        {
            chunk.Dispose();
        }

        Positions.Dispose();
    }

    private ChunkHeader NewHeader(string prefix, long seq, long openedAt) =>
        new(seq, _numbering.Instance, openedAt, prefix, Settings.Node, Settings.Format, Settings.Compression, (byte)Settings.CompressionLevel, Settings.MaxSize);

    private OpenChunk Open(Partition partition)
    {
        if (_open.Count >= Settings.MaxOpen)
        {
            Close(_open[0]);
        }

        var (seq, openedAt) = _numbering.Next();
        var header = NewHeader(partition.Prefix, seq, openedAt);
        var chunk = new OpenChunk(partition, header, FileNames.Of(header.Seq, FileState.Chunk));
        using var bytes = new ByteBuffer();
        header.Write(bytes);
        var file = Directory.Create(chunk.Name);
        try
        {
            file.Write(bytes.Written, 0);
        }
        catch
        {
            file.Dispose();
            _litter.Add(chunk.Name);
            throw;
        }

        chunk.Attach(file);
        chunk.Length = bytes.Length;
        chunk.DueAt = Due(Settings.MaxAge);
        Space.Add(BufferSpace.OnDisk(chunk.Length));
        Enlist(chunk);
        return chunk;
    }

    private void Enlist(OpenChunk chunk)
    {
        chunk.Partition.Chunk = chunk;
        _partitions[chunk.Partition.Prefix] = chunk.Partition;
        _open.Add(chunk);
    }

    private long Due(TimeSpan age) =>
        Clock.GetTimestamp() + (long)(age.TotalSeconds * (1 - (_random.NextDouble() * AgeJitter)) * Clock.TimestampFrequency);

    private void Append(OpenChunk chunk, Batch batch, CoverageMap coverage, ref long grown)
    {
        var isFirst = chunk.Records == 0;
        var body = batch.BodyLength;
        var frame = Frame.Finish(batch, coverage, chunk.Identified);
        _torn = chunk;
        chunk.File(Directory).Write(frame, chunk.Length);
        _torn = null;
        grown = BufferSpace.OnDisk(chunk.Length + frame.Length) - (isFirst ? 0 : BufferSpace.OnDisk(chunk.Length));
        Space.Add(BufferSpace.OnDisk(chunk.Length + frame.Length) - BufferSpace.OnDisk(chunk.Length));
        chunk.Length += frame.Length;
        chunk.Bytes += body;
        chunk.Records += batch.Records;
        chunk.Coverage.Add(coverage);
        TakeTimes(chunk, batch);
        var chain = coverage.Entries.First().Identity.Chain;
        chunk.OnlyChain = (isFirst || chunk.OnlyChain == chain) && coverage.Entries.All(e => e.Identity.Chain == chain) ? chain : null;
    }

    private static void TakeTimes(OpenChunk chunk, Batch batch)
    {
        if (chunk.FirstTime.Length == 0)
        {
            chunk.FirstTime = System.Text.Encoding.UTF8.GetString(batch.FirstTime);
        }

        chunk.SetLastTime(batch.LastTime);
    }

    /// <summary>
    /// Cuts a torn frame off, durably, and closes its chunk. Until that is done nothing is committed: a frame that turned
    /// out whole after a crash would double what is read again meanwhile.
    /// </summary>
    private void Mend()
    {
        if (_torn is { } torn)
        {
            Close(torn);
        }
    }

    /// <summary>
    /// Drops the oldest object that no attempt is in flight for; false when there is none yet (then the oldest chunk is
    /// closed, to become one). Its coverage is durable before its file goes, so it is never read again; a drop that was
    /// begun is gone through with.
    /// </summary>
    private bool TryDropOldest()
    {
        _dropping ??= Backlog.TakeForDrop();
        if (_dropping is not { } item)
        {
            if (Backlog.ClosedCount == 0 && _open.Count > 0)
            {
                TryClose(_open[0]);
            }

            return false;
        }

        ObjectHeader? header;
        using (var file = Directory.Open(item.FileName))
        {
            header = ObjectHeader.Read(file, item.FileName);
        }

        Positions.Fold(item.Seq, item.OpenedAt, header?.Coverage ?? new CoverageMap());
        ObjectFile.Remove(Directory, item.FileName, header?.FromReserve == true);
        _dropping = null;
        Space.Add(-item.FileBytes);
        Backlog.Remove(item);
        Book.Dropped(item.Records, item.FileBytes, BufferState.Sealed, item.Attempted ? DropReason.BufferFullUnconfirmed : DropReason.BufferFull);
        return true;
    }

    /// <summary>Ends what a failing disk has left half done: deletions, and a drop, whose object is no one else's meanwhile.</summary>
    private void TidyUp()
    {
        try
        {
            if (_dropping is not null)
            {
                TryDropOldest();
            }

            for (; _litter is [.., var name]; _litter.RemoveAt(_litter.Count - 1))
            {
                Directory.Delete(name);
            }
        }
        catch (StorageException e)
        {
            Space.Failed(e);
        }
    }

    private void TryClose(OpenChunk chunk)
    {
        try
        {
            Close(chunk);
        }
        catch (StorageException e)
        {
            Space.Failed(e);
            LogCloseFailed(Settings.Name, chunk.Name, e.Message);
        }
    }

    /// <summary>Closes a chunk: durable first, so that its successor can only be newer (FORMAT.md, close before the successor).</summary>
    private void Close(OpenChunk chunk)
    {
        MakeDurable(chunk, cut: _torn == chunk);
        chunk.ReleaseFile();
        _torn = _torn == chunk ? null : _torn;
        _open.Remove(chunk);
        chunk.Partition.Chunk = null;
        if (chunk.Records == 0)
        {
            Space.Add(-BufferSpace.OnDisk(chunk.Length));
            _litter.Add(chunk.Name);
            return;
        }

        Backlog.Add(new BacklogItem(chunk.Header.Seq, chunk.Header.OpenedAt, chunk.Partition.Prefix)
        {
            State = ItemState.Closed,
            Records = chunk.Records,
            FileBytes = BufferSpace.OnDisk(chunk.Length),
            Chunk = chunk,
        });
    }

    private void MakeDurable(OpenChunk chunk, bool cut = false)
    {
        chunk.SyncToDisk(Directory, cut);
        if (!chunk.EntryDurable)
        {
            Directory.Sync();
            chunk.EntryDurable = true;
        }
    }

    private void TakeUp(RecoveredOutput recovered)
    {
        var configured = NewHeader("", 0, 0);
        foreach (var chunk in recovered.Chunks)
        {
            Book.Recovered(chunk.Records, BufferSpace.OnDisk(chunk.Length), BufferState.Open);
            Space.Add(BufferSpace.OnDisk(chunk.Length));
            var age = Clock.GetUtcNow().ToUnixTimeMilliseconds() - chunk.Header.OpenedAt;
            chunk.DueAt = Due(TimeSpan.FromMilliseconds(Math.Clamp(Settings.MaxAge.TotalMilliseconds - age, 0, Settings.MaxAge.TotalMilliseconds)));
            Enlist(chunk);
            if (!chunk.IsNewest || !chunk.Header.IsConfiguredLike(configured))
            {
                Close(chunk);
            }
        }

        foreach (var item in recovered.Objects)
        {
            Book.Recovered(item.Records, item.FileBytes, BufferState.Sealed);
            Space.Add(item.FileBytes);
            Backlog.Add(item);
        }

        foreach (var (records, bytes) in recovered.Quarantined)
        {
            Book.Recovered(records, bytes, BufferState.Quarantined);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output}: the buffer does not take records now: {Error}; reading waits, nothing is lost")]
    private partial void LogCommitFailed(string output, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output}: chunk {Chunk} cannot be closed yet: {Error}")]
    private partial void LogCloseFailed(string output, string chunk, string error);
}
