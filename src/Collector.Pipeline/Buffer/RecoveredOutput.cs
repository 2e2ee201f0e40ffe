using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Buffer;

/// <summary>The content of one output's directory after a restart.</summary>
internal sealed class RecoveredOutput(IStorageDirectory directory, PositionsJournal positions)
{
    public IStorageDirectory Directory { get; } = directory;

    public PositionsJournal Positions { get; } = positions;

    /// <summary>Chunks that are whole up to their length, oldest first.</summary>
    public List<OpenChunk> Chunks { get; } = [];

    /// <summary>By seq.</summary>
    public List<BacklogItem> Objects { get; init; } = [];

    public List<(long Records, long Bytes)> Quarantined { get; } = [];

    /// <summary>Records of whole frames after damage: their sources are read again, as far as they exist.</summary>
    public long GivenBack { get; set; }

    /// <summary>
    /// The union of positions, objects and chunks: everything that is not to be read again. For returned coverage it has the known
    /// sizes: an entry may cover nothing, and its <see cref="CoverageEntry.SeenSize"/> says how much there was to read.
    /// </summary>
    public CoverageMap Coverage { get; init; } = new();

    /// <summary>Records that wait to be delivered.</summary>
    public long Waiting => Chunks.Sum(c => c.Records) + Objects.Sum(o => o.Records);

    /// <summary>
    /// The ended generations, with all coverage that their output has: they may be forgotten as soon as
    /// <see cref="PositionsJournal.Contains"/> confirms that nothing of <see cref="Coverage"/>'s entry is pending.
    /// </summary>
    public IEnumerable<CoverageEntry> Ended => Coverage.Entries.Where(entry => Positions.HasEnded(entry.Identity.Id));

    /// <summary>Enters it into the books.</summary>
    public void Count(OutputBook book)
    {
        Chunks.ForEach(c => book.Recovered(c.Records, BufferSpace.OnDisk(c.Length), BufferState.Open));
        Objects.ForEach(o => book.Recovered(o.Records, o.FileBytes, BufferState.Sealed));
        Quarantined.ForEach(q => book.Recovered(q.Records, q.Bytes, BufferState.Quarantined));
        book.Recovered(GivenBack, 0, BufferState.Open);
        book.GivenBack(GivenBack, 0, BufferState.Open);
    }
}
