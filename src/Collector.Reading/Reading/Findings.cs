namespace Collector.Reading;

/// <summary>Notes for the user beside the lines. Thread safe.</summary>
public sealed class Findings
{
    private const int MostNamed = 20;
    private readonly Lock _lock = new();
    private readonly List<string> _broken = [];
    private int _objectsRead;
    private readonly HashSet<string> _foreign = new(StringComparer.Ordinal);

    /// <summary>Names in the place of those that were asked for.</summary>
    public OtherNames Others { get; private init; } = new();

    /// <summary>Objects that were damaged, or deleted before they were read.</summary>
    public int Broken { get; private set; }

    /// <summary>Keys that are not the collector's, or of another layout.</summary>
    public int Foreign { get; private set; }

    /// <summary>Lines that are not JSON where JSON was expected; shown unchanged.</summary>
    public long OddLines { get; internal set; }

    /// <summary>Records without an owner, although the question has one.</summary>
    public long WithoutOwner { get; internal set; }

    /// <summary>Those of them that the agent read without the pod's metadata.</summary>
    public long WithoutMetadata { get; internal set; }

    /// <summary>Records of other runs of a container than the wanted one.</summary>
    public long OtherLives { get; internal set; }

    /// <summary>Lines of containers that do not say their run, although one run is wanted.</summary>
    public long WithoutRun { get; internal set; }

    /// <summary>Lines of text that do not say when they were written, although the question has times.</summary>
    public long WithoutTime { get; internal set; }

    /// <summary>Objects of text that are left out because the catalog does not tell of them what the question asks.</summary>
    public int UndecidedText { get; internal set; }

    /// <summary>Why the catalog does not tell it; empty: it was read.</summary>
    public string CatalogTrouble { get; internal set; } = "";

    /// <summary>There were too many containers to find the wanted run of each, so some are shown with all their runs.</summary>
    public bool HasUnknownRuns { get; internal set; }

    /// <summary>Objects that were not read because they were opened long after <c>--until</c>.</summary>
    public int TooLate { get; internal set; }

    /// <summary>Sequences that had to wait for others, so that their lines come late.</summary>
    public int Waited { get; internal set; }

    /// <summary>Last lines that were too many to be kept.</summary>
    public bool IsTailCut { get; internal set; }

    public long Lines { get; internal set; }

    public int ObjectsRead => Volatile.Read(ref _objectsRead);

    /// <summary>The first broken ones, with what is wrong.</summary>
    public IReadOnlyList<string> BrokenNames
    {
        get
        {
            lock (_lock)
                return [.. _broken];
        }
    }

    /// <summary>One of the foreign keys.</summary>
    public string ForeignExample { get; private set; } = "";

    /// <summary>The same objects are read once more: what their records showed is counted anew.</summary>
    internal void ReadAgain()
    {
        lock (_lock)
        {
            (Broken, OddLines, WithoutOwner, WithoutMetadata, OtherLives, WithoutRun, WithoutTime, Lines, IsTailCut) = (0, 0, 0, 0, 0, 0, 0, 0, false);
            _broken.Clear();
        }
    }

    /// <summary>Those of one of several threads, for <see cref="Add"/>. Names go to the same place.</summary>
    internal Findings Part() => new() { Others = Others };

    /// <summary>What a part found in its objects.</summary>
    internal void Add(Findings part)
    {
        lock (_lock)
        {
            Broken += part.Broken;
            _broken.AddRange(part._broken.Take(MostNamed - _broken.Count));
            OddLines += part.OddLines;
            WithoutOwner += part.WithoutOwner;
            WithoutMetadata += part.WithoutMetadata;
            OtherLives += part.OtherLives;
            WithoutRun += part.WithoutRun;
            WithoutTime += part.WithoutTime;
            HasUnknownRuns |= part.HasUnknownRuns;
            IsTailCut |= part.IsTailCut;
        }

        Interlocked.Add(ref _objectsRead, part.ObjectsRead);
    }

    internal void AddRead() => Interlocked.Increment(ref _objectsRead);

    internal void Break(string key, string how)
    {
        lock (_lock)
        {
            Broken++;
            if (_broken.Count < MostNamed)
                _broken.Add($"{key}: {how}");
        }
    }

    internal void AddForeign(string key)
    {
        lock (_lock)
        {
            if (!_foreign.Add(key))
                return;
            if (_foreign.Count > 10_000)
                _foreign.Clear();
            Foreign++;
            ForeignExample = ForeignExample.Length > 0 ? ForeignExample : key;
        }
    }
}
