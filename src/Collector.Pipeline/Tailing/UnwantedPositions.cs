using Collector.Pipeline.Buffer;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// Bytes that were read, and counted, for no output: kept over restarts, so that no start reads and counts them again. They are not
/// an output's position: an output that later matches those files begins at its own beginning. Owned by the tail worker.
/// </summary>
internal sealed class UnwantedPositions : IDisposable
{
    private readonly PositionsJournal _journal;

    private UnwantedPositions(PositionsJournal journal) => _journal = journal;

    /// <summary>In a directory of its own. Damaged parts are read again, without other harm.</summary>
    public static UnwantedPositions Open(IStorageDirectory directory, Numbering numbering)
    {
        var journal = new PositionsJournal(directory, numbering, LoadedPositions.Load(directory));
        journal.Open();
        return new UnwantedPositions(journal);
    }

    /// <summary>What earlier runs read.</summary>
    public CoverageMap Known => _journal.Snapshot();

    /// <summary>Makes durable what was read of these generations since the last time; on a full disk it is asked again.</summary>
    public void Fold(IEnumerable<Generation> generations)
    {
        var read = generations.Where(g => !g.UnwantedSinceFold.IsEmpty).ToList();
        var map = new CoverageMap();
        foreach (var generation in read)
        {
            var entry = generation.AddTo(map, generation.UnwantedSinceFold);
            entry.Add(generation.Digest);
            entry.SeenSize = generation.IsGzip ? 0 : generation.Size;
        }

        if (map.Count > 0 && Try(() => _journal.Skip(SkipReason.NoRecord, map)))
        {
            read.ForEach(g => g.UnwantedSinceFold.Remove(0, long.MaxValue));
        }
    }

    /// <summary>Forgets a generation; remembering it for longer is harmless.</summary>
    public void Forget(GenerationId id) => Try(() => _journal.Forget(id));

    public void Dispose() => _journal.Dispose();

    private static bool Try(Action change)
    {
        try
        {
            change();
            return true;
        }
        catch (StorageException)
        {
            return false;
        }
    }
}
