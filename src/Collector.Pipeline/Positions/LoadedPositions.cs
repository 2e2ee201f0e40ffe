using Collector.Pipeline.Buffer;
using Collector.Pipeline.Catalog;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Positions;

/// <summary>What could be read of an output's positions.</summary>
internal sealed class LoadedPositions
{
    private static readonly string[] Names = [PositionsJournal.FileName, PositionsJournal.NewName, PositionsJournal.PreviousName];

    /// <summary>What is stored or skipped.</summary>
    public CoverageMap Coverage { get; } = new();

    /// <summary>What the newest journal tells by itself.</summary>
    public CoverageMap Journal { get; } = new();

    /// <summary>Where the newest journal ends; 0 when there is none.</summary>
    public long JournalEnd { get; set; }

    /// <summary>Generations of which nothing more is to be read.</summary>
    public HashSet<GenerationId> Ended { get; } = [];

    /// <summary>Seqs that are done with.</summary>
    public StoredSeqs Stored { get; } = new();

    /// <summary>Seqs whose files were found and are not done with.</summary>
    public HashSet<long> Pending { get; } = [];

    public bool FirstStartDone { get; set; }

    /// <summary>Lines of the catalog, and where they are. What catalog objects on this disk hold is entered by who finds them.</summary>
    public CatalogLines Catalog { get; } = new();

    /// <summary>Lines that some journal tells; they wait, unless an object has them.</summary>
    public Dictionary<long, byte[]> CatalogLines { get; } = [];

    public long HighestSeq { get; private set; }

    public long HighestOpenedAt { get; private set; }

    /// <summary>Places that did not check, for the log; any makes the collector draw new instance bits.</summary>
    public List<string> Damage { get; } = [];

    /// <summary>Numbers that were used before.</summary>
    public void Raise(long seq, long openedAt)
    {
        HighestSeq = Math.Max(HighestSeq, seq);
        HighestOpenedAt = Math.Max(HighestOpenedAt, openedAt);
    }

    /// <summary>The union of all journals of a directory, skipping what is damaged. None at all is damage only beside other files.</summary>
    public static LoadedPositions Load(IStorageDirectory directory) => Load(directory, directory.ListFiles());

    /// <inheritdoc cref="Load(IStorageDirectory)"/>
    /// <param name="directory">The output's.</param>
    /// <param name="files">What is in it.</param>
    public static LoadedPositions Load(IStorageDirectory directory, IReadOnlyCollection<string> files)
    {
        var loaded = new LoadedPositions();
        var forgotten = new HashSet<GenerationId>();
        var found = Names.Where(name => files.Contains(name)).ToList();
        foreach (var name in found)
        {
            using var file = directory.Open(name);
            new PositionsReader(loaded, forgotten, file, $"{directory.Location}/{name}", name).Run();
        }

        if (!found.Contains(PositionsJournal.FileName) && !found.Contains(PositionsJournal.NewName)
            && (found.Count > 0 || files.Any(file => FileNames.TryParse(file, out _, out _))))
        {
            loaded.Damage.Add($"{directory.Location}/{PositionsJournal.FileName} is missing");
        }

        foreach (var id in forgotten)
        {
            loaded.Coverage.Remove(id);
            loaded.Ended.Remove(id);
        }

        return loaded;
    }
}
