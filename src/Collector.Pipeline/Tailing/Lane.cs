using Collector.Pipeline.Buffer;
using Collector.Pipeline.Records;

namespace Collector.Pipeline.Tailing;

/// <summary>One output as the tail sees it: what it wants, where its records go, and whether it takes any. Owned by the tail worker.</summary>
internal sealed class Lane(int index, OutputBuffer buffer, Func<string, RecordIdentity, bool> match)
{
    private readonly Stack<Batch> _spare = new();

    /// <summary>Its place in <see cref="Generation.Covered"/>.</summary>
    public int Index { get; } = index;

    public OutputBuffer Buffer { get; } = buffer;

    /// <summary>The partitions that have a batch now.</summary>
    public List<Partition> Touched { get; } = [];

    /// <summary>A batch was not taken in this turn: nothing more is given to it before the next.</summary>
    public bool Failed { get; set; }

    /// <summary>Takes records now.</summary>
    public bool IsOpen => !Buffer.Space.IsFull || Buffer.Settings.WhenFull == WhenFull.DropOldest;

    public bool Wants(string source, RecordIdentity identity) => match(source, identity);

    public Batch BatchOf(Partition partition)
    {
        if (partition.Batch is null)
        {
            partition.Batch = _spare.TryPop(out var spare) ? spare : new Batch();
            Touched.Add(partition);
        }

        return partition.Batch;
    }

    /// <summary>Takes the batch of a partition back, committed or not.</summary>
    public void Release(Partition partition)
    {
        partition.Batch!.Reset();
        _spare.Push(partition.Batch);
        partition.Batch = null;
    }
}
