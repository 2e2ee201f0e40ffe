using Collector.Pipeline.Buffer;
using Collector.Pipeline.Catalog;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// One output as the tail sees it: its filter, the destination of its records, and whether it takes any. Owned by the tail worker.
/// </summary>
internal sealed class Output(int index, OutputBuffer buffer, Func<string, RecordIdentity, bool> match)
{
    /// <summary>Its index in <see cref="Generation.Covered"/>.</summary>
    public int Index { get; } = index;

    public OutputBuffer Buffer { get; } = buffer;

    /// <summary>For messages.</summary>
    public string Title { get; } = $"output {buffer.Settings.Name}";

    /// <summary>It refused a batch in this turn: it gets nothing more before the next turn.</summary>
    public bool Failed { get; set; }

    /// <summary>Takes records now.</summary>
    public bool IsOpen => !Buffer.Space.IsFull || Buffer.Settings.Buffer.WhenFull == WhenFull.DropOldest;

    public bool Wants(string source, RecordIdentity identity) => match(source, identity);

    /// <summary>Makes durable that this output skips these gaps. Throws the storage's exceptions.</summary>
    public void Skip(SkipReason reason, CoverageMap gaps) => Buffer.Positions.Skip(reason, gaps, HasCatalog);

    /// <summary>Like <see cref="Skip"/>. False: it is not durable, and must be repeated.</summary>
    public bool TrySkip(SkipReason reason, CoverageMap gaps) => Try(() => Skip(reason, gaps));

    /// <summary>
    /// Like <see cref="TrySkip"/>, for bytes that are lost: the catalog lists them under that reason. False: it is not durable, and
    /// must be repeated.
    /// </summary>
    public bool TrySkipLost(BytesLostReason reason, CoverageMap lost) => Try(() => Buffer.Positions.SkipLost(reason, lost, HasCatalog));

    /// <summary>
    /// Lists lost bytes in the catalog, and changes nothing else. A line that a full disk or a kill takes is missing; the counter
    /// has them all the same.
    /// </summary>
    public void TryTellLost(BytesLostReason reason, CoverageMap lost)
    {
        if (HasCatalog && !lost.IsEmpty)
        {
            Try(() => Buffer.Positions.Tell(number => CatalogLine.OfLoss(number, reason, lost)));
        }
    }

    /// <summary>Like {TryTellLost(BytesLostReason, CoverageMap)}, for whole files.</summary>
    public void TryTellLost(LostFiles lost)
    {
        if (HasCatalog)
        {
            Try(() => Buffer.Positions.Tell(number => CatalogLine.OfLostFiles(number, lost)));
        }
    }

    /// <summary>Notes that the first scan is done, and what it skipped. False: not durable yet.</summary>
    public bool TryEndFirstStart(CoverageMap skipped) => Try(() => Buffer.Positions.EndFirstStart(skipped, HasCatalog));

    /// <summary>Notes that a generation has ended; if a full disk loses the note, it only costs a look after a restart.</summary>
    public void TryEnd(Generation generation) => Try(() => Buffer.Positions.End(generation.Identity.Id, lostAt: generation.LostAt));

    /// <summary>Notes that a generation whose end may be noted has lost its bytes again, or that they are in a file again.</summary>
    public void TryEndAgain(Generation generation) =>
        Try(() => Buffer.Positions.EndAgain(generation.Identity.Id, generation.LostAt == 0 ? NotedEnd.FoundAgain : generation.LostAt));

    /// <summary>Like <see cref="TryEnd(Generation)"/>, for a generation of which this output may lack something.</summary>
    /// <param name="generation">Which.</param>
    /// <param name="reason">How what it lacks was lost, which the catalog lists; null: it is not wanted.</param>
    public void TryEnd(Generation generation, BytesLostReason? reason)
    {
        var unread = generation.UnreadBy(this);
        var gaps = new CoverageMap();
        if (reason is not null && HasCatalog && !unread.IsEmpty)
        {
            generation.AddTo(gaps, unread);
        }

        Try(() => Buffer.Positions.End(
            generation.Identity.Id,
            unread.IsEmpty ? GenerationEnd.Whole : GenerationEnd.Incomplete,
            generation.LostAt,
            gaps.IsEmpty ? null : number => CatalogLine.OfLoss(number, reason!.Value, gaps)));
    }

    /// <summary>Makes durable which generations have ended; a failure is harmless.</summary>
    public void TrySync() => Try(Buffer.Positions.Sync);

    /// <summary>Makes durable what was read so far. False: it is not durable.</summary>
    public bool TrySyncRecords() => Try(() => Buffer.SyncOpenChunks(Buffer.TakeDirty()));

    /// <summary>Forgets a generation; a failure is as harmless as a missing note of its end.</summary>
    public void TryForget(GenerationId id) => Try(() => Buffer.Positions.Forget(id));

    /// <summary>
    /// A container has ended, and its log is read completely: objects with only its records need not wait, and the catalog notes
    /// the end.
    /// </summary>
    /// <param name="chain">Whose log.</param>
    /// <param name="restart">The container's restart number.</param>
    public void ContainerEnded(Chain chain, int restart)
    {
        if (Buffer.Settings.Batch.FlushOnContainerEnd)
        {
            Buffer.CloseChain(chain.Key);
        }

        if (HasCatalog && chain.Container is not null)
        {
            Try(() => Buffer.Positions.Tell(number => CatalogLine.OfEnd(number, chain.Key, restart)));
        }
    }

    private bool HasCatalog => Buffer.Settings.Catalog.Enabled;

    private bool Try(Action change)
    {
        try
        {
            change();
            return true;
        }
        catch (StorageException e)
        {
            Buffer.Space.Failed(e);
            return false;
        }
    }
}
