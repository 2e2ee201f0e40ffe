using System.Text;
using Collector.Pipeline.Catalog;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Buffer;

/// <summary>How a commit ended. Whatever is not <see cref="Committed"/> has covered nothing.</summary>
internal enum CommitResult
{
    Committed,

    /// <summary>Quota, free disk, ENOSPC, or more chunks than can be sealed: back-pressure.</summary>
    Full,

    /// <summary>A disk failure; it is logged, and the step is retried.</summary>
    Failed,
}

/// <summary>
/// One output's buffer as the tail worker sees it (FORMAT.md): partitions, their batches, and commits. All members are the
/// tail worker's, except <see cref="SyncOpenChunks"/>.
/// </summary>
internal sealed partial class OutputBuffer : IDisposable
{
    /// <summary>
    /// A frame is never split over objects, so it is limited to a part of a small object: objects fill, and none exceeds its limit.
    /// </summary>
    private const int FramesOfAnObject = 8;

    private readonly Dictionary<string, Partition> _partitions = new(StringComparer.Ordinal);
    private readonly OpenChunks _open;
    private readonly OldestDrop _drop;
    private readonly FullWatch _full;
    private readonly ILogger _logger;

    public OutputBuffer(
        OutputSettings settings, RecoveredOutput recovered, OutputBook book, TimeProvider clock, ILogger logger, Random? random = null)
    {
        Settings = settings;
        Directory = recovered.Directory;
        Book = book;
        Positions = recovered.Positions;
        Batches = new Batches((int)Math.Min(Batch.CommitAt, settings.Batch.MaxSize / FramesOfAnObject));
        Space = new BufferSpace(settings, recovered.Directory, clock);
        Clock = clock;
        _logger = logger;
        _open = new OpenChunks(settings, Directory, Positions, Space, Backlog, clock, random ?? Random.Shared);
        _full = new FullWatch(settings, book, clock, logger);
        _drop = new OldestDrop(this);
        Restore(recovered);
    }

    public OutputSettings Settings { get; }

    public IStorageDirectory Directory { get; }

    public OutputBook Book { get; }

    public Backlog Backlog { get; } = new();

    public PositionsJournal Positions { get; }

    public BufferSpace Space { get; }

    public TimeProvider Clock { get; }

    /// <summary>The batches until the next commit.</summary>
    public Batches Batches { get; }

    public int OpenChunks => _open.Count;

    /// <summary>The tail's sign of life: a step here may be thousands of syncs.</summary>
    public Action Beat { get; set; } = static () => { };

    public Partition GetPartition(string prefix)
    {
        if (!_partitions.TryGetValue(prefix, out var partition))
        {
            _partitions.Add(prefix, partition = new Partition(prefix));
        }

        return partition;
    }

    /// <summary>
    /// A stream continues in this partition for a reason that a second reading would not repeat: other metadata, or the time of
    /// reading. So everything that was committed is made durable before the partition's next frame; otherwise records that a power
    /// loss took would be read again and stored after the partition's later ones. Not needed when the record's own time chooses the
    /// partition. Costs nothing now.
    /// </summary>
    public static void SyncBefore(Partition partition) => partition.SyncsFirst = true;

    /// <summary>Forgets partitions without any state; a caller that still has one requests it again.</summary>
    public void RetirePartitions()
    {
        foreach (var partition in _partitions.Values.Where(p => p.IsIdle).ToList())
        {
            partition.IsRetired = true;
            _partitions.Remove(partition.Prefix);
        }
    }

    /// <summary>Commits the partition's batch as one frame. The batch stays the caller's.</summary>
    /// <param name="partition">With a batch that has records.</param>
    /// <param name="coverage">The batch's coverage.</param>
    /// <param name="grown">By how many bytes the disk's share of the output grew.</param>
    public CommitResult Commit(Partition partition, CoverageMap coverage, out long grown)
    {
        grown = 0;
        try
        {
            var batch = partition.Batch!;
            if (!HasRoomFor(partition, batch))
            {
                return CommitResult.Full;
            }

            if (partition.SyncsFirst)
            {
                SyncOpenChunks(TakeDirty());
                partition.SyncsFirst = false;
            }

            grown = Append(_open.For(partition, batch), batch, coverage);
            Space.Worked();
            return CommitResult.Committed;
        }
        catch (StorageException e)
        {
            Space.Failed(e);
            _full.Tell(Space.Full());
            return e.Error == StorageError.Full ? CommitResult.Full : CommitResult.Failed;
        }
    }

    /// <summary>Reports to metrics and log whether the output takes records, and if not, why. Called often.</summary>
    public void TellRoom()
    {
        _full.Tell(Space.Full());
        Book.SetRoom(Settings.Buffer.MaxSize, Space.DiskFree);
    }

    /// <summary>Closes the chunks that are due by age, and the oldest one when the buffer is full of open ones.</summary>
    public void CloseDue()
    {
        TidyUp();
        var now = Clock.GetTimestamp();
        CloseWhere(CloseReason.Age, chunk => chunk.DueAt <= now);
        if (Space.IsFull && Backlog.Count == 0 && _open.Oldest is { } oldest)
        {
            TryClose(oldest, CloseReason.BufferFull);
        }
    }

    public void CloseAll()
    {
        try
        {
            // With one sync of the directory for all of them; a failure is reported by its own chunk.
            SyncOpenChunks(TakeDirty());
        }
        catch (StorageException e)
        {
            Space.Failed(e);
        }

        CloseWhere(CloseReason.Stop, _ => true);
    }

    /// <summary>Closes the partitions that hold records of this chain alone, because its container has ended.</summary>
    public void CloseChain(string chain) => CloseWhere(CloseReason.ContainerEnd, chunk => chunk.OnlyChain == chain);

    /// <summary>Syncs what was committed until now. May run in parallel on one other thread.</summary>
    /// <param name="chunks">The chunks from <see cref="TakeDirty"/>.</param>
    /// <param name="beat">The sign of life of the calling loop; null: the tail's.</param>
    public void SyncOpenChunks(IReadOnlyList<OpenChunk> chunks, Action? beat = null) => Buffer.OpenChunks.Sync(Directory, chunks, beat ?? Beat);

    /// <summary>The chunks with frames that are not durable, for <see cref="SyncOpenChunks"/>; gives idle descriptors back.</summary>
    public IReadOnlyList<OpenChunk> TakeDirty() => _open.TakeDirty();

    /// <summary>
    /// Notes that an object is stored, or dropped and counted, with its line of the catalog; durable on return. Fails as
    /// <see cref="PositionsJournal.Fold"/>. Thread safe.
    /// </summary>
    /// <param name="header">The object's.</param>
    /// <param name="dropped">Why it was dropped; null: it was stored.</param>
    public void Fold(ObjectHeader header, DropReason? dropped = null) =>
        Positions.Fold(header.Seq, header.OpenedAt, header.Coverage, !Settings.Catalog.Enabled || header.Span is not null ? null : number => CatalogLine.Of(number, header, dropped?.ToString()), header.Span);

    /// <summary>The store has an object of the backlog, its coverage is folded and its file is deleted.</summary>
    public void Stored(BacklogItem item, ObjectHeader header)
    {
        Space.Add(-item.FileBytes);
        Book.Uploaded(item.Records, item.FileBytes, header.BodyLength);
        Backlog.Remove(item);
        LogStored(Settings.Name, header.Key, item.Records, header.BodyLength);
    }

    /// <summary>The oldest record's time, as far as it is known: the opening of the oldest chunk or object, in Unix milliseconds.</summary>
    public long? OldestOpenedAt()
    {
        var backlog = Backlog.OldestOpenedAt();
        return _open.Oldest is { } oldest ? Math.Min(backlog ?? long.MaxValue, oldest.Header.OpenedAt) : backlog;
    }

    /// <summary>Closes the files without making anything durable.</summary>
    public void Dispose()
    {
        _open.Dispose();
        Positions.Dispose();
    }

    private bool HasRoomFor(Partition partition, Batch batch)
    {
        if (partition.Chunk is null && _open.MustWaitForSealing)
        {
            Space.Refuse();
            return false;
        }

        while (!Space.HasRoomFor(batch.Bytes.Length))
        {
            var full = Space.Full();
            if (Settings.Buffer.WhenFull != WhenFull.DropOldest || Space.IsBroken || !TryDropOldest())
            {
                return false;
            }

            _full.Dropped(full);
        }

        return true;
    }

    /// <summary>When there is nothing to drop yet, the oldest chunk is closed, to become an object.</summary>
    private bool TryDropOldest()
    {
        if (_drop.TryDrop())
        {
            return true;
        }

        if (Backlog.ClosedCount == 0 && _open.Oldest is { } oldest)
        {
            TryClose(oldest, CloseReason.BufferFull);
        }

        return false;
    }

    /// <summary>Returns by how many bytes the disk's share of the output grew.</summary>
    private long Append(OpenChunk chunk, Batch batch, CoverageMap coverage)
    {
        var isFirst = chunk.Records == 0;
        var body = batch.BodyLength;
        var frame = Frame.Finish(batch, coverage, chunk.Told);
        _open.Write(chunk, frame);
        var before = BufferSpace.OnDisk(chunk.Length);
        var after = BufferSpace.OnDisk(chunk.Length + frame.Length);
        Space.Add(after - before);
        chunk.Length += frame.Length;
        chunk.Bytes += body;
        chunk.Records += batch.Records;
        chunk.Coverage.Add(coverage);
        chunk.FirstTime = chunk.FirstTime.Length == 0 ? Encoding.UTF8.GetString(batch.FirstTime) : chunk.FirstTime;
        chunk.SetLastTime(batch.LastTime);
        var chain = coverage.Entries.First().Identity.Chain;
        chunk.OnlyChain = (isFirst || chunk.OnlyChain == chain) && coverage.Entries.All(e => e.Identity.Chain == chain) ? chain : null;
        return after - (isFirst ? 0 : before);
    }

    /// <summary>Finishes what a failing disk has left half done: deletions, and a drop.</summary>
    private void TidyUp()
    {
        try
        {
            if (_drop.IsBegun)
            {
                _drop.TryDrop();
            }

            _open.DeleteLitter();
        }
        catch (StorageException e)
        {
            Space.Failed(e);
        }
    }

    private void CloseWhere(CloseReason reason, Func<OpenChunk, bool> wanted)
    {
        foreach (var chunk in _open.Where(wanted))
        {
            TryClose(chunk, reason);
            Beat();
        }
    }

    private void TryClose(OpenChunk chunk, CloseReason reason)
    {
        try
        {
            _open.Close(chunk, reason);
        }
        catch (StorageException e)
        {
            Space.Failed(e);
            if (chunk.CloseError != e.Message)
            {
                // It is tried again several times a second.
                chunk.CloseError = e.Message;
                LogCloseFailed(Settings.Name, chunk.Name, e.Message);
            }
        }
    }

    private void Restore(RecoveredOutput recovered)
    {
        var configured = _open.NewHeader("", 0, 0);
        var now = Clock.GetUtcNow().ToUnixTimeMilliseconds();
        recovered.Count(Book);
        foreach (var chunk in recovered.Chunks)
        {
            Space.Add(BufferSpace.OnDisk(chunk.Length));
            _partitions[chunk.Partition.Prefix] = chunk.Partition;
            _open.Enlist(chunk, TimeSpan.FromMilliseconds(Math.Max(0, now - chunk.Header.OpenedAt)));
            if (!chunk.IsNewest || !chunk.Header.IsConfiguredLike(configured))
            {
                _open.Close(chunk, CloseReason.Restart);
            }
        }

        foreach (var item in recovered.Objects)
        {
            Space.Add(item.FileBytes);
            Backlog.Add(item);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "output {Output}: stored {Key}, {Records} records, {Bytes} bytes")]
    private partial void LogStored(string output, string key, long records, long bytes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output}: chunk {Chunk} cannot be closed yet: {Error}; its records wait on disk, and the collector retries")]
    private partial void LogCloseFailed(string output, string chunk, string error);
}
