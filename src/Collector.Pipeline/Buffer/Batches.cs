namespace Collector.Pipeline.Buffer;

/// <summary>
/// The batches of one output between two commits, in the order in which their partitions were first written to. Bounded, because
/// the caller that appends also commits the batches that are due after each record. Owned by the tail worker.
/// </summary>
/// <param name="commitAt">The size in bytes of records from which on a batch is due.</param>
internal sealed class Batches(int commitAt = Batch.CommitAt)
{
    /// <summary>Partitions that may have a batch at a time: the records of one read may have as many dates as lines.</summary>
    private const int Most = 128;

    /// <summary>Batches kept for the next turn; they hold little each (<see cref="Batch.Reset"/>).</summary>
    private const int MostSpare = 16;

    private readonly List<Partition> _waiting = [];
    private readonly Stack<Batch> _spare = new();
    private Partition? _last;

    /// <summary>Partitions that have a batch now.</summary>
    public int Count => _waiting.Count;

    /// <summary>Batches that are kept for later.</summary>
    public int Spare => _spare.Count;

    /// <summary>The batch of a partition, to append to.</summary>
    public Batch BatchOf(Partition partition)
    {
        _last = partition;
        if (partition.Batch is null)
        {
            partition.Batch = _spare.TryPop(out var spare) ? spare : new Batch();
            _waiting.Add(partition);
        }

        return partition.Batch;
    }

    /// <summary>
    /// The batches to commit after a record: the record's own batch when it has grown large, all when there are too many; else
    /// none. The caller commits and releases each.
    /// </summary>
    public IReadOnlyList<Partition> TakeDue()
    {
        var isLarge = _last?.Batch?.BodyLength >= commitAt;
        if (!isLarge && _waiting.Count < Most)
        {
            return [];
        }

        // A batch whose predecessors must be synced first cannot be committed alone.
        if (_waiting.Count >= Most || _last!.SyncsFirst)
        {
            return TakeAll();
        }

        _waiting.Remove(_last);
        return [_last];
    }

    /// <summary>All batches, in commit order; the caller commits and releases each.</summary>
    public IReadOnlyList<Partition> TakeAll()
    {
        if (_waiting.Count == 0)
        {
            return [];
        }

        Partition[] all = [.. _waiting.Where(p => !p.SyncsFirst), .. _waiting.Where(p => p.SyncsFirst)];
        _waiting.Clear();
        _last = null;
        return all;
    }

    /// <summary>Takes the batch of a partition back, committed or not.</summary>
    public void Release(Partition partition)
    {
        var batch = partition.Batch!;
        partition.Batch = null;
        if (_spare.Count == MostSpare)
        {
            batch.Dispose();
            return;
        }

        batch.Reset();
        _spare.Push(batch);
    }
}
