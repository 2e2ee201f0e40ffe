using System.Diagnostics.CodeAnalysis;
using Collector.Pipeline.Catalog;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// The generations of one container's directory, or of one base name, in the order in which they are read, and the cursors
/// that read them. Owned by the tail worker.
/// </summary>
internal sealed class Chain(FoundChain found, Folder folder) : IDisposable
{
    private const long FirstOrdinal = 1L << 40;

    /// <summary>Distance between the ordinals of two generations: room for those that are found late.</summary>
    private const long OrdinalStep = 1 << 20;

    private readonly SmallMap<(int Restart, string ContainerId), Route> _routes = new();
    private readonly SmallMap<(int Restart, string ContainerId), Route> _formerRoutes = new();
    private int _newestLinked;

    /// <summary>Its name in positions: the same over restarts, wherever the root is mounted.</summary>
    public string Key { get; } = found.Key;

    /// <summary>For messages: a container's directory beneath <c>podLogs</c>, or the path that any other writer writes to; never a link.</summary>
    public string Location => Folder.Source.Discovery.Locate(Key);

    /// <summary>Existing bytes that some matching output does not have.</summary>
    public long Unread => Generations.Where(g => !g.HasEnded).Sum(g => g.Unread(Outputs));

    /// <summary>Its line in <c>collector status</c>.</summary>
    public LogStatus ToStatus(long unread) => new(
        Source.Name, LogText.Shorten(Location), Container?.Namespace ?? "", Container?.Pod ?? "", Container?.Container ?? "", unread,
        State switch
        {
            ChainState.Excluded when Facts?.Reason == ExclusionReason.OwnLog => "it is the collector's own log; the pod annotation collector/exclude: \"false\" includes it",
            ChainState.Excluded => "the pod has the annotation collector/exclude",
            ChainState.Waiting => "it waits for the pod's metadata (kubernetes.metadataTimeout)",
            _ => "",
        });

    /// <summary>Where its writer writes.</summary>
    public Folder Folder { get; } = folder;

    public SourceSettings Source { get; } = folder.Source.Settings;

    public SourceBook Book { get; } = folder.Source.Book;

    public SiblingNames Names { get; } = found.Names;

    /// <summary>The log's container; null for <c>file</c> sources.</summary>
    public ContainerRef? Container { get; } = found.Container;

    public ChainState State { get; set; }

    /// <summary>What is known of its newest container; null for <c>file</c> sources.</summary>
    public ContainerFacts? Facts { get; set; }

    /// <summary>Restarts whose logs were gone before we saw them, still to be listed in the catalogs; null: none.</summary>
    public LostFiles? RestartGap { get; set; }

    /// <summary>The restart number that <see cref="Facts"/> are about.</summary>
    public int FactsRestart { get; set; }

    /// <summary>The facts may have changed: they are requested again in the next turn.</summary>
    public bool HasNews { get; set; }

    /// <summary>When it was found, monotonic: it waits for facts no longer than a while after that.</summary>
    public long WaitsSince { get; init; }

    /// <summary>It waits no more, whatever is known by now.</summary>
    public bool IsWaitOver { get; set; }

    /// <summary>The newest restart whose records were without metadata, so that each is counted once; -1: none.</summary>
    public int WithoutMetadata { get; set; } = -1;

    /// <summary>A container's directory of kubelet's: its files are appended to, and never truncated by a rotator.</summary>
    public bool IsKubelets => ReferenceEquals(Names, SiblingNames.Container);

    /// <summary>The containers from links, the newest of each restart number.</summary>
    public SmallMap<int, ContainerLink> Links { get; } = new();

    /// <summary>
    /// The chain of the container's previous run, until that is read to its end: its lines come first (I9). Null: nothing is to be
    /// read before. For kubelet all runs of a container are one chain; with Docker each run has a directory, and a chain, of its
    /// own.
    /// </summary>
    public Chain? Earlier { get; private set; }

    /// <summary>The container has a later run, in another chain: nothing more is written here.</summary>
    public bool IsSucceeded { get; private set; }

    /// <summary>When its last turn began, monotonic; 0: it had none.</summary>
    public long TurnAt { get; set; }

    /// <summary>When a turn last read something, monotonic.</summary>
    public long ReadAt { get; set; }

    /// <summary>In order of reading.</summary>
    public List<Generation> Generations { get; } = new(1);

    public List<Cursor> Cursors { get; } = new(1);

    /// <summary>The outputs that want it. Chains share the list: it is replaced, and never changed.</summary>
    public List<Output> Outputs { get; set; } = [];

    /// <summary>Outputs without a cursor: they could not take what was read, or have not begun.</summary>
    public List<Output> Detached { get; } = new(1);

    /// <summary>When it is looked at next, monotonic.</summary>
    public long PollAt { get; set; }

    /// <summary>How long it is not looked at after a look that found nothing.</summary>
    public TimeSpan PollInterval { get; set; }

    /// <summary>
    /// The highest restart number of a listed file, from which on gaps are counted; null: not followed until now.
    /// </summary>
    public int? NewestListed { get; set; }

    /// <summary>When a name last led here, monotonic.</summary>
    public long FoundAt { get; set; }

    /// <summary>When all of its generations were last looked at, including the old ones, monotonic.</summary>
    public long AllWatchedAt { get; set; }

    /// <summary>How its last turn ended.</summary>
    public TurnOutcome LastTurn { get; set; }

    /// <summary>Its last turn ended with an exception: the next one waits for its time (I6).</summary>
    public bool IsParked { get; set; }

    /// <summary>The directory or base was last seen to be deleted, monotonic; 0: it exists.</summary>
    public long GoneSince { get; set; }

    /// <summary>Descriptors that it holds.</summary>
    public int OpenFiles => Generations.Count(g => g.File is not null);

    /// <summary>Below the root; a name with a slash in front is of another folder.</summary>
    public string PathOf(string name) => name.StartsWith('/') ? name[1..] : Folder.PathOf(name);

    /// <summary>The highest restart number of a link or a file.</summary>
    public int NewestRestart
    {
        get
        {
            var newest = Math.Max(Container?.Restart ?? 0, _newestLinked);
            return IsKubelets && Generations.Count > 0 ? Math.Max(newest, Generations[^1].Restart) : newest;
        }
    }

    /// <summary>No output matches it any more: what some output has of it, no other output needs.</summary>
    public void PassOverKnown() => Generations.ForEach(g => g.PassOver(0, g.Position));

    /// <summary>The outputs have every byte that was seen of it, or skipped it.</summary>
    public bool IsReadToEnd => Generations.TrueForAll(g => g.HasEnded || HasRead(g));

    public bool HasRead(Generation generation)
    {
        if (Outputs.Count == 0)
        {
            return generation.Unwanted.FirstGap(0) >= generation.Size;
        }

        foreach (var output in Outputs)
        {
            if (generation.Covered[output.Index].FirstGap(0) < generation.Size)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// The previous runs are waited for no longer. The destinations of their records are known here: they are durable before a
    /// record of this chain goes elsewhere.
    /// </summary>
    public void GoOnBehindEarlier()
    {
        for (; Earlier is not null; Earlier = Earlier.Earlier)
        {
            NewestRoute ??= Earlier.NewestRoute;
        }
    }

    /// <summary>An earlier run of the same container had another chain.</summary>
    public void Follow(Chain earlier)
    {
        Earlier = earlier;
        earlier.IsSucceeded = true;
        earlier.PollAt = 0;
    }

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

    /// <summary>
    /// Notes the container of a link; false when it is not new. A restart number may come again, as for a static pod that was
    /// removed and added: the newer link counts for the file that it leads to and for later files. Earlier files stay with the
    /// other container.
    /// </summary>
    public bool SetLink(int restart, ContainerLink link)
    {
        if (Links.TryGetValue(restart, out var known))
        {
            if (known.ContainerId == link.ContainerId || link.MadeAt <= known.MadeAt)
            {
                return false;
            }

            foreach (var generation in Generations.Where(g => g.Restart == restart && !link.LeadsTo(g.Identity)))
            {
                generation.ContainerId ??= known.ContainerId;
            }
        }

        Links.Set(restart, link);
        _newestLinked = Math.Max(_newestLinked, restart);
        return true;
    }

    /// <summary>The id of the file's container; empty: no link had it.</summary>
    public string ContainerIdOf(Generation generation) => generation.ContainerId ?? ContainerIdOf(generation.Restart);

    /// <summary>The id of the newest container with that restart number; empty if no link has shown one.</summary>
    public string ContainerIdOf(int restart) => Links.TryGetValue(IsKubelets ? restart : Container?.Restart ?? 0, out var link) ? link.ContainerId : "";

    /// <summary>All routes that are kept.</summary>
    public IEnumerable<Route> Routes => _routes.Values.Concat(_formerRoutes.Values);

    /// <summary>The destination of a generation's records.</summary>
    public bool TryGetRoute(Generation generation, [NotNullWhen(true)] out Route? route) => _routes.TryGetValue((generation.Restart, ContainerIdOf(generation)), out route);

    public Route AddRoute(Generation generation, Route route)
    {
        _routes.Set((generation.Restart, ContainerIdOf(generation)), route);
        return route;
    }

    /// <summary>
    /// The newest route, whatever its restart: a stream that continues by another route begins where that one ends.
    /// </summary>
    public Route? NewestRoute { get; set; }

    /// <summary>The route of a generation before <see cref="ForgetRoutes"/>, returned once.</summary>
    public Route? TakeFormerRoute(Generation generation) => _formerRoutes.Remove((generation.Restart, ContainerIdOf(generation)), out var route) ? route : null;

    /// <summary>The container's identity may be known better now: routes are made again.</summary>
    public void ForgetRoutes()
    {
        foreach (var (life, route) in _routes.Items)
        {
            _formerRoutes.Set(life, route);
        }

        _routes.Clear();
    }

    /// <summary>
    /// Forgets the links and routes of runs that are older than the oldest file: a container that restarts every few minutes has
    /// thousands in a month.
    /// </summary>
    public void ForgetOldRuns()
    {
        var oldest = Generations.Count > 0 ? Generations.Min(g => g.Restart) : NewestRestart;
        Links.RemoveAll(restart => restart < oldest);
        _routes.RemoveAll(run => run.Restart < oldest);
        _formerRoutes.RemoveAll(run => run.Restart < oldest);
    }

    /// <summary>Removes all cursors: they are made again from the coverage, with nothing pending.</summary>
    public void Reset()
    {
        foreach (var cursor in Cursors)
        {
            Detached.AddRange(cursor.Outputs);
            cursor.Dispose();
        }

        Cursors.Clear();
    }

    /// <summary>Cursors whose outputs all could not take what was read.</summary>
    public void RemoveIdleCursors()
    {
        for (var i = Cursors.Count - 1; i >= 0; i--)
        {
            if (Cursors[i].Outputs.Count == 0 && !Cursors[i].IsForNobody)
            {
                Cursors[i].Dispose();
                Cursors.RemoveAt(i);
            }
        }
    }

    /// <summary>
    /// Moves a cursor to the first gap of a generation. Outputs with other coverage than the first one get cursors of their own.
    /// </summary>
    public void MoveOn(Cursor cursor, Generation to)
    {
        for (var i = cursor.Outputs.Count - 1; i > 0; i--)
        {
            if (!to.IsCoveredAlike(cursor.Outputs[i], cursor.Outputs[0], from: 0))
            {
                Detached.Add(cursor.Outputs[i]);
                cursor.Outputs.RemoveAt(i);
            }
        }

        cursor.Generation = to;
        cursor.Offset = cursor.CoveredOf(to).FirstGap(0);
        cursor.LongLine = null;
    }

    /// <summary>The ordinal of a generation that is read after this one and before the next; null: before all.</summary>
    public long OrdinalBehind(Generation? generation)
    {
        var at = generation is null ? -1 : Generations.IndexOf(generation);
        var low = generation?.Identity.Ordinal ?? (Generations.Count > 0 ? Generations[0].Identity.Ordinal - (2 * OrdinalStep) : FirstOrdinal - OrdinalStep);
        return at + 1 < Generations.Count ? low + ((Generations[at + 1].Identity.Ordinal - low) / 2) : low + OrdinalStep;
    }

    public void Dispose()
    {
        Cursors.ForEach(c => c.Dispose());
        Generations.ForEach(g => g.Dispose());
    }
}

/// <summary>Whether a chain is read.</summary>
internal enum ChainState : byte
{
    /// <summary>Its files are held open, and unread, until their container is known.</summary>
    Waiting,

    Reading,

    /// <summary>No output gets it: none of its files is opened.</summary>
    Excluded,
}
