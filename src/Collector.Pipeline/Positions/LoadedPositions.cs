using Collector.Pipeline.Buffer;
using Collector.Pipeline.Catalog;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Positions;

/// <summary>The readable part of an output's positions.</summary>
internal sealed class LoadedPositions
{
    private static readonly string[] Names = [PositionsJournal.FileName, PositionsJournal.NewName, PositionsJournal.PreviousName];

    /// <summary>Stored or skipped bytes.</summary>
    public CoverageMap Coverage { get; } = new();

    /// <summary>The content of the newest journal alone.</summary>
    public CoverageMap Journal { get; } = new();

    /// <summary>Where the newest journal ends; 0 when there is none.</summary>
    public long JournalEnd { get; set; }

    /// <summary>Ended generations, and how they ended.</summary>
    public Dictionary<GenerationId, NotedEnd> Ended { get; } = [];

    /// <summary>Finished seqs.</summary>
    public StoredSeqs Stored { get; } = new();

    /// <summary>Seqs of unfinished objects with files.</summary>
    public HashSet<long> Pending { get; } = [];

    public bool FirstStartDone { get; set; }

    /// <summary>
    /// Lines of the catalog, and their state. The caller that finds catalog objects on this disk adds their lines.
    /// </summary>
    public CatalogLines Catalog { get; } = new();

    /// <summary>Lines in some journal; they wait, unless a catalog object has them.</summary>
    public Dictionary<long, byte[]> CatalogLines { get; } = [];

    public long HighestSeq { get; private set; }

    public long HighestOpenedAt { get; private set; }

    /// <summary>Places that failed their check, for the log; any of them makes the collector draw new instance bits.</summary>
    public List<string> Damage { get; } = [];

    /// <summary>Numbers that were used before.</summary>
    public void Raise(long seq, long openedAt)
    {
        HighestSeq = Math.Max(HighestSeq, seq);
        HighestOpenedAt = Math.Max(HighestOpenedAt, openedAt);
    }

    /// <summary>
    /// The union of all journals of a directory, without damaged parts. An empty directory is damage only if there are other files.
    /// </summary>
    public static LoadedPositions Load(IStorageDirectory directory) => Load(directory, directory.ListFiles());

    /// <inheritdoc cref="Load(IStorageDirectory)"/>
    /// <param name="directory">The output's.</param>
    /// <param name="files">The names in it.</param>
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
