using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Following;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Sources.Files;
using Microsoft.Extensions.Logging;
using PresentFiles = System.Collections.Generic.Dictionary<ulong, (Collector.Pipeline.Tailing.FollowedSource Source, Collector.Pipeline.Sources.FoundChain Found)>;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// All known chains: found by scans, remembered over restarts, forgotten when their last byte is stored. Owned by the tail worker.
/// </summary>
internal sealed partial class ChainRegistry : IDisposable
{
    /// <summary>Bytes that one look compares before others have their turn: as much as a turn reads.</summary>
    private const long ComparedInALook = 4 << 20;

    private readonly Output[] _outputs;
    private readonly KnownGenerations _known;
    private readonly PositionsUpkeep _positions;
    private readonly Follower _follower;
    private readonly FileBudget _budget;
    private readonly ChainMetadata _metadata;
    private readonly Books _books;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly FollowedSource[] _sources;
    private readonly Parking _parking;
    private readonly ISourceTree _tree;
    private readonly Dictionary<string, Chain> _chains = new(StringComparer.Ordinal);
    private readonly List<Chain> _order = [];
    private readonly FirstStart _firstStart;
    private readonly GoneWhileDown _gone;
    private bool _hasRemembered;
    private bool _hasStarted;
    private bool _hasToldNotice;

    public ChainRegistry(TailSettings settings, Output[] outputs, KnownGenerations known, UnwantedPositions unwanted, Follower follower, FileBudget budget, ChainMetadata metadata, Books books, TimeProvider clock, ILogger logger, Parking parking)
    {
        _outputs = outputs;
        _known = known;
        _positions = new PositionsUpkeep(outputs, unwanted, budget, clock, parking);
        _follower = follower;
        _budget = budget;
        _metadata = metadata;
        _books = books;
        _clock = clock;
        _logger = logger;
        _parking = parking;
        _tree = settings.Tree;
        var node = new NodeFiles(settings.Tree, settings.DataDir);
        _sources = [.. settings.Sources.Select(s => new FollowedSource(Discovery.For(s, new Unreadables(s.Name, books, logger), node, clock), books.Source(s.Name), new CopyComparisons(ComparedInALook)))];
        _firstStart = new FirstStart(outputs, settings.HandOver, follower, parking, logger);
        _gone = new GoneWhileDown(outputs, books, clock, logger);
        follower.OpenChain = Open;
        follower.FindOtherSource = FindOtherSource;
        follower.IsFirstStart = Array.Exists(outputs, l => !l.Buffer.Positions.FirstStartDone);
        follower.IsTakingOver = settings.HandOver is { Positions.Count: > 0 };
    }

    /// <summary>In the order of their turns.</summary>
    public IReadOnlyList<Chain> Chains => _order;

    /// <summary>
    /// Lists all patterns. The first time also loads the chains of earlier runs, and skips what <c>startAt</c> says; false while
    /// that cannot be made durable: nothing may be read yet.
    /// </summary>
    public bool Scan()
    {
        foreach (var source in _sources)
        {
            _parking.Try($"source {source.Settings.Name}", "listing its files", () => source.Discovery.Scan((found, _) => TryFollow(source, found), found => source.FolderOf(found)));
        }

        if (!_hasStarted && !_hasRemembered)
        {
            Remember();
            _hasRemembered = true;
        }

        // Containers' folders are looked at before each turn of their chain; the chains of a pattern are only found by a look.
        foreach (var folder in _sources.SelectMany(s => s.Folders).Where(f => f.Names is FileNamePolicy).ToList())
        {
            TryLook(folder);
        }

        TellNotice();
        _hasStarted = _hasStarted || _firstStart.TryEnd(_order);
        _follower.IsFirstStart = !_hasStarted && _follower.IsFirstStart;
        return _hasStarted;
    }

    /// <summary>Paths that should be read and could not be.</summary>
    public int UnreadableCount => _sources.Sum(s => s.Unreadables.Count);

    /// <summary>The same, with the reasons.</summary>
    public IEnumerable<UnreadablePath> Unreadables => _sources.SelectMany(s => s.Unreadables.Told).Select(told => new UnreadablePath(LogText.Shorten(told.Key), LogText.Shorten(told.Value)));

    /// <summary>How many files <c>excludePaths</c> excluded at the last listing.</summary>
    public int ExcludedByPathCount => _sources.Sum(s => s.Discovery.ExcludedCount);

    /// <summary>The files that exist and that <c>excludePaths</c> excludes. Lists the directories, for rare use.</summary>
    public IEnumerable<LogStatus> ExcludedByPath() => _sources.SelectMany(s => s.Discovery.ExcludedNow(), (s, path) =>
        new LogStatus(s.Settings.Name, LogText.Shorten(path), "", "", "", 0, $"excludePaths of source {s.Settings.Name} matches it"));

    /// <summary>Makes skips without a record durable; an output that cannot write now is asked again.</summary>
    public void FoldSkipped() => _positions.FoldSkipped(_order);

    /// <summary>
    /// Gives coverage back: the sources are read again. False, with nothing done, when they do not have all of it any more.
    /// <paramref name="before"/> runs when they do, and before anything is read.
    /// </summary>
    public bool TryUncover(Output output, CoverageMap coverage, bool evenIfGone, Action? before = null)
    {
        var holders = coverage.Entries.Select(e => (Entry: e, Holder: FindHolder(e))).ToList();
        if (!evenIfGone && holders.Exists(h => h.Holder.Chain is null || h.Entry.Intervals.End > h.Holder.Generation!.Size))
        {
            return false;
        }

        before?.Invoke();
        foreach (var (entry, (chain, generation)) in holders)
        {
            if (chain is null)
            {
                var gone = new CoverageMap();
                gone.GetOrAdd(entry.Identity).Add(entry);
                _books.LostBytes(BytesLostReason.RotatedAway, entry.Intervals.Total);
                output.TryTellLost(BytesLostReason.RotatedAway, gone);
            }
            else
            {
                foreach (var interval in entry.Intervals.Items)
                {
                    generation!.Covered[output.Index].Remove(interval.From, interval.To);
                }

                chain.Reset();
                chain.PollAt = 0;
            }
        }

        return true;
    }

    /// <summary>Forgets generations, and chains, whose last byte was stored long ago, in memory and in the positions.</summary>
    public void Forget()
    {
        foreach (var chain in _order)
        {
            _parking.Try(chain.Location, "removing its finished files", () => _positions.ForgetEnded(chain));
        }

        foreach (var chain in _order.FindAll(c => c.Generations.Count == 0 && _positions.IsLongAgo(c.FoundAt)))
        {
            _chains.Remove(chain.Key);
            _order.Remove(chain);
            chain.Folder.Chains.Remove(chain.Names.Base, out _);
            if (chain.Folder.Chains.Count == 0)
            {
                chain.Folder.Source.Forget(chain.Folder);
            }

            chain.Dispose();
        }

        _positions.ForgetGone();
    }

    public void Dispose()
    {
        _order.ForEach(c => c.Dispose());
        Array.ForEach(_sources, s => s.Dispose());
        _positions.Dispose();
    }

    private (Chain? Chain, Generation? Generation) FindHolder(CoverageEntry entry)
    {
        var chain = _chains.GetValueOrDefault(entry.Identity.Chain);
        var generation = chain?.Find(entry.Identity.Id);
        return generation is { HasEnded: false } && (generation.File is not null || generation.Name is not null) ? (chain, generation) : (null, null);
    }

    /// <summary>A chain that cannot be added now is left to a later scan.</summary>
    private bool TryFollow(FollowedSource source, FoundChain found) => _parking.Try(source.Discovery.Locate(found.Key), "taking it up", () => Follow(source, found));

    private bool TryLook(Folder folder)
    {
        var isDone = _parking.Try(folder.Location, "listing the directory", () => _follower.LookIfChanged(folder));
        if (!isDone)
        {
            folder.Invalidate();
        }

        return isDone;
    }

    /// <summary>How files are opened here is known after the first of them.</summary>
    private void TellNotice()
    {
        if (!_hasToldNotice && _tree.Notice is { } notice)
        {
            _hasToldNotice = true;
            LogNotice(notice);
        }
    }

    private void Follow(FollowedSource source, FoundChain found)
    {
        var chain = Open(source, found);
        chain.FoundAt = _clock.GetTimestamp();
        chain.PollAt = chain.GoneSince != 0 ? 0 : chain.PollAt;
        SetContainerId(chain, found);
    }

    /// <summary>
    /// The other <c>file</c> source that follows a file, maybe under another name: the patterns of two sources may take it one after
    /// the other.
    /// </summary>
    private FollowedSource? FindOtherSource(FollowedSource source, FileStatus status) => source.Settings is not FileSourceSettings ? null
        : Array.Find(_sources, other => other != source && other.Settings is FileSourceSettings && other.WithInode(status.Inode).Any(g => g.IsIn(status) && g is { HasEnded: false, HasLostBytes: false }));

    /// <summary>The chain of that key; created, with the knowledge of earlier runs, when there is none.</summary>
    private Chain Open(FollowedSource source, FoundChain found)
    {
        if (_chains.TryGetValue(found.Key, out var chain))
        {
            return chain;
        }

        chain = new Chain(found, source.FolderOf(found.Folder)) { FoundAt = _clock.GetTimestamp(), WaitsSince = _clock.GetTimestamp() };
        SetContainerId(chain, found);
        _metadata.Begin(chain);
        AddKnown(chain);
        _chains.Add(found.Key, chain);
        _order.Add(chain);
        chain.Folder.Chains.Set(chain.Names.Base, chain);
        PlaceAmongLives(chain);
        LogFound(LogText.Shorten(chain.Location), chain.Generations.Count);
        return chain;
    }

    /// <summary>Each run of a Docker container is a chain; they are read one after the other.</summary>
    private void PlaceAmongLives(Chain chain)
    {
        if (chain.Container is { } container && ContainerDiscovery.IsDockers(chain.Key))
        {
            var lives = _order.FindAll(c => ContainerDiscovery.IsDockers(c.Key) && c.Container!.IsSame(container));
            if (lives.Where(c => c.Container!.Restart < container.Restart).MaxBy(c => c.Container!.Restart) is { } earlier)
            {
                chain.Follow(earlier);
            }

            lives.Where(c => c.Container!.Restart > container.Restart).MinBy(c => c.Container!.Restart)?.Follow(chain);
        }
    }

    private void AddKnown(Chain chain)
    {
        foreach (var generation in _known.Take(chain.Key))
        {
            Add(chain, generation, chain.Generations.Count);
        }

        if (chain.State == ChainState.Reading && chain.Outputs.Count == 0)
        {
            chain.PassOverKnown();
        }
    }

    /// <summary>Of an earlier run.</summary>
    private void Add(Chain chain, Generation generation, int place)
    {
        generation.Restart = chain.Names.TryParse(generation.Identity.Name, out var name) ? name.Restart : 0;
        generation.MissingSince = generation.EndedAt = _clock.GetTimestamp();
        generation.Chain = chain;
        chain.Generations.Insert(place, generation);
        chain.Folder.Source.Add(generation);
        chain.Folder.IsKnown = true;
        chain.NewestListed = Math.Max(chain.NewestListed ?? 0, generation.Restart);
    }

    private static void SetContainerId(Chain chain, FoundChain found)
    {
        if (found.Container is { ContainerId.Length: > 0 } container && chain.SetLink(container.Restart, found.Link ?? new ContainerLink(container.ContainerId, 0, File: null)))
        {
            chain.HasNews = true;
            chain.PollAt = 0;
        }
    }

    /// <summary>Chains of an earlier run without a name now: still there, or deleted with unread bytes.</summary>
    private void Remember()
    {
        var remembered = new List<(FollowedSource Source, FoundChain Found)>();
        var parked = new HashSet<string>(StringComparer.Ordinal);
        var present = new Lazy<PresentFiles>(ListPresent);
        foreach (var key in _known.Keys)
        {
            if (!_parking.Try(Locate(key), "loading its known files", () => remembered.AddRange(FindKnown(key, present))))
            {
                parked.Add(key);
            }
        }

        parked.UnionWith(remembered.FindAll(r => !TryFollow(r.Source, r.Found)).Select(r => r.Found.Key));

        // A parked chain is not deleted: a later scan adds it, with everything that is known of it.
        foreach (var (key, generations) in _known.TakeAllBut(parked))
        {
            generations.RemoveAll(TryAdopt);
            if (generations.Count == 0)
            {
                continue;
            }

            generations.ForEach(g => g.EndedAt = _clock.GetTimestamp());
            _positions.AddGone(generations);
            if (generations.Exists(g => !g.HasEnded && g.IsWanted) && Array.Exists(_sources, s => s.Discovery.Owns(key)))
            {
                _gone.Count(key, Locate(key), generations);
            }
        }
    }

    /// <summary>
    /// A file was rewritten or shortened in place, and its name is not taken any more: the log of its earlier content keeps its later one, which
    /// would be read again otherwise.
    /// </summary>
    private bool TryAdopt(Generation generation)
    {
        var (inode, birth) = (generation.Identity.Inode, generation.Identity.BirthTime);
        var before = birth == 0 ? null : _sources.SelectMany(s => s.WithInode(inode)).FirstOrDefault(g => g.Identity.BirthTime == birth);
        var wasShortened = before is not null && generation.Size < before.Position;
        if (before is null || (!wasShortened && before.Identity.Fingerprint.MayAgree(generation.Identity.Fingerprint)))
        {
            return false;
        }

        var chain = before.Chain;
        generation.Identity = generation.Identity with { Chain = chain.Key, Ordinal = chain.OrdinalBehind(before) };
        Add(chain, generation, chain.Generations.IndexOf(before) + 1);
        return true;
    }

    /// <summary>The current chain for a key of an earlier run; none when nothing of it is left.</summary>
    private IEnumerable<(FollowedSource Source, FoundChain Found)> FindKnown(string key, Lazy<PresentFiles> present)
    {
        foreach (var source in _sources)
        {
            if (source.Discovery.Remember(key) is { } found)
            {
                _known.Move(key, found.Key);
                return [(source, found)];
            }
        }

        // No pattern matches its name any more. Its read content still helps to recognize a file under another name (R1).
        if (key.StartsWith(FileDiscovery.FileKey, StringComparison.Ordinal) && _known.Find(key).Select(g => present.Value.GetValueOrDefault(g.Identity.Inode)).FirstOrDefault(p => p.Source is not null) is { Source: not null } file)
        {
            _known.Move(key, file.Found.Key);
            return [file];
        }

        return [];
    }

    private PresentFiles ListPresent()
    {
        var present = new PresentFiles();
        foreach (var source in _sources)
        {
            foreach (var (found, status) in source.Discovery.Present())
            {
                present[status.Inode] = (source, found);
            }
        }

        return present;
    }

    /// <summary>
    /// For messages: the place of a chain's files, now or earlier, when only its key is known; the key itself where no source reads
    /// them any more.
    /// </summary>
    private string Locate(string key) => Array.Find(_sources, s => s.Discovery.Owns(key))?.Discovery.Locate(key) ?? key;

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Path}: log found; {Known} generations of it are known from earlier runs")]
    private partial void LogFound(string path, int known);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Notice}")]
    private partial void LogNotice(string notice);
}
