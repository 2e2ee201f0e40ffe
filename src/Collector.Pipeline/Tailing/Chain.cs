using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Tailing.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// The generations of one container's directory, or of one base name, in the order in which they are read, and the cursors
/// that read them. Owned by the tail worker.
/// </summary>
internal sealed class Chain(string key, SourceSettings source, SourceBook book, SourceRoot root, string directory, SiblingNames names) : IDisposable
{
    private readonly Dictionary<int, Route> _routes = [];

    /// <summary>Its name in positions: the same over restarts, wherever the root is mounted.</summary>
    public string Key { get; } = key;

    public SourceSettings Source { get; } = source;

    public SourceBook Book { get; } = book;

    public SourceRoot Root { get; } = root;

    /// <summary>Where its files are, relative to the root; empty: in the root itself.</summary>
    public string Directory { get; } = directory;

    public SiblingNames Names { get; } = names;

    /// <summary>Whose log it is; null for <c>file</c> sources.</summary>
    public ContainerRef? Container { get; init; }

    /// <summary>A container's directory of kubelet's: its files are appended to, and never truncated by a rotator.</summary>
    public bool IsKubelets => ReferenceEquals(Names, SiblingNames.Container);

    /// <summary>Container ids by restart number, from the links.</summary>
    public Dictionary<int, string> ContainerIds { get; } = [];

    /// <summary>In order of reading.</summary>
    public List<Generation> Generations { get; } = [];

    public List<Cursor> Cursors { get; } = [];

    /// <summary>The outputs that want it.</summary>
    public List<Lane> Lanes { get; set; } = [];

    /// <summary>Outputs without a cursor: they could not take what was read, or have not begun.</summary>
    public List<Lane> Detached { get; } = [];

    /// <summary>When it is looked at next, monotonic.</summary>
    public long PollAt { get; set; }

    /// <summary>How long it is left alone after a look that found nothing.</summary>
    public TimeSpan PollInterval { get; set; }

    /// <summary>The directory's time of modification when it was last listed, if that can be trusted; 0: list it again.</summary>
    public long ListedAt { get; set; }

    /// <summary>A sibling could not be told yet from a copy: asked again even when the directory has not changed.</summary>
    public bool IsUndecided { get; set; }

    /// <summary>A cursor is at an end that has to be still for a moment before it is left.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>Names that could not be opened or read, so that the log says it once.</summary>
    public HashSet<string> Unreadable { get; } = new(StringComparer.Ordinal);

    /// <summary>How often its turn has failed in a row; it is parked while that is not 0 and its time has not come (I6).</summary>
    public int Failures { get; set; }

    /// <summary>The directory or base was last seen to be gone, monotonic; 0: it is there.</summary>
    public long GoneSince { get; set; }

    /// <summary>Descriptors that it holds.</summary>
    public int OpenFiles => Generations.Count(g => g.File is not null);

    public string PathOf(string name) => Directory.Length == 0 ? name : $"{Directory}/{name}";

    public Generation? Find(GenerationId id)
    {
        foreach (var generation in Generations)
        {
            if (generation.Identity.Id == id)
            {
                return generation;
            }
        }

        return null;
    }

    public Generation? Next(Generation generation)
    {
        var at = Generations.IndexOf(generation);
        return at + 1 < Generations.Count ? Generations[at + 1] : null;
    }

    /// <summary>Where the records of a generation go.</summary>
    public Route RouteOf(Generation generation, Func<int, Route> make)
    {
        if (!_routes.TryGetValue(generation.Restart, out var route))
        {
            _routes.Add(generation.Restart, route = make(generation.Restart));
        }

        return route;
    }

    /// <summary>The container's identity is known better now: routes are made anew.</summary>
    public void ForgetRoutes() => _routes.Clear();

    public long NextOrdinal()
    {
        long highest = -1;
        foreach (var generation in Generations)
        {
            highest = Math.Max(highest, generation.Identity.Ordinal);
        }

        return highest + 1;
    }

    public void Dispose()
    {
        Cursors.ForEach(c => c.Dispose());
        Generations.ForEach(g => g.Dispose());
    }
}
