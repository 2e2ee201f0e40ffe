using Collector.Pipeline.Following;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>A name that a listing showed.</summary>
internal readonly record struct ListedFile(string Path, FileStatus Status, NameProposal Proposal);

/// <summary>
/// One look at a folder: lists it, decides which file is which, and lists it again. A listing, and opening its names, is not a
/// snapshot: a rotation at that moment can hide a generation. So a look holds only when a second listing shows the same names with
/// the same inodes, none of them shorter. Logs that have one file each, and that came, went or were renamed between the two listings, do
/// not count: where files come and go all the time there would be no look that holds. Owned by the tail worker.
/// </summary>
internal sealed class Look(Folder folder, TimeProvider clock, FollowingTimes times) : IDisposable
{
    /// <summary>How many looks at a directory whose files change names, before it is left for the next turn.</summary>
    private const int MostLooks = 3;

    /// <summary>A directory with a younger mtime may change again within the same tick of the file system's clock.</summary>
    private const long TrustedAge = 2_000_000_000;

    /// <summary>Directories searched for a file that was moved: <c>/var/log</c> of a full node has some thousands.</summary>
    private const int MostDirectories = 4096;

    private readonly FollowedSource _source = folder.Source;
    private readonly Dictionary<GenerationId, Generation> _generations = [];
    private List<ListedFile> _held = [];
    private readonly Dictionary<SeenFile, ListedFile> _listed = new(ReferenceEqualityComparer.Instance);

    /// <summary>The files that it opened; generations take those from which they continue to read.</summary>
    public LookFiles Files { get; private set; } = new(folder);

    /// <summary>The directory's time of modification, if it can be trusted; 0: it must be listed again soon.</summary>
    public long ListedAt { get; private set; }

    /// <summary>The files of the folder that are no known generation's: they may be the copies of what this look finds lost.</summary>
    public IReadOnlyList<FileBirth> Strangers => field ??= [.. _held.Where(l => !_source.WithInode(l.Status.Inode).Any(g => g.IsIn(l.Status))).Select(l => l.Status.Birth)];

    /// <summary>As in <see cref="Folder.Signature"/>.</summary>
    public long? Signature { get; private set; }

    /// <summary>
    /// Lists once. True: the names and inodes are those of the last look, which held, so that no decision is needed. Most
    /// directories with a recent mtime are unchanged.
    /// </summary>
    public bool IsAsBefore()
    {
        var before = folder.Signature;
        return List() is not null && before is not null && Signature == before;
    }

    public Generation GenerationOf(KnownFile known) => _generations[known.Id];

    public ListedFile ListedOf(SeenFile seen) => _listed[seen];

    /// <summary>Null: a descriptor led to it, no name.</summary>
    public ListedFile? TryListedOf(SeenFile seen) => _listed.TryGetValue(seen, out var listed) ? listed : null;

    /// <summary>The restart numbers in names, including unreadable files.</summary>
    public List<int> Restarts { get; } = [];

    /// <summary>Null: the folder cannot be listed now, or does not hold still.</summary>
    public LookResult? Run()
    {
        var listed = List();
        for (var looks = 0; looks < MostLooks && listed is not null; looks++)
        {
            var result = Decide(listed);
            var again = List();
            if (again is not null && !Files.HasChanged && !Files.LacksDescriptors && Holds(result, listed, again))
            {
                _held = listed;
                if (_source.Unreadables.IsAnyWaiting)
                {
                    _source.Unreadables.EndWait(folder.Location);
                }

                _source.Comparisons.Settle(result);
                return result;
            }

            if (Files.LacksDescriptors)
            {
                _source.Unreadables.WaitForDescriptor(folder.Location);
            }

            listed = again;
            Files.Dispose();
            Files = new LookFiles(folder);
        }

        ListedAt = 0;
        return null;
    }

    public void Dispose() => Files.Dispose();

    /// <summary>
    /// Whether the second listing shows what was decided. A file truncated between the listings was compared by a stale size.
    /// </summary>
    private bool Holds(LookResult result, List<ListedFile> one, List<ListedFile> other)
    {
        var came = other.ToDictionary(o => o.Path, StringComparer.Ordinal);
        var went = new List<ListedFile>();
        foreach (var file in one)
        {
            if (!came.Remove(file.Path, out var again))
            {
                went.Add(file);
            }
            else if (again.Status.Birth != file.Status.Birth || again.Status.Size < file.Status.Size)
            {
                return false;
            }
        }

        if (went.Count == 0 && came.Count == 0)
        {
            return true;
        }

        // The second listing was not decided: it is listed again soon.
        (ListedAt, Signature) = (0, null);
        var logs = one.Concat(other).ToLookup(file => file.Proposal.Base, StringComparer.Ordinal);
        return went.Concat(came.Values).All(file => IsLogOfOneFile(file, logs[file.Proposal.Base])) && result.Lost.TrueForAll(IsReadAndDeleted);
    }

    /// <summary>No rotation: no other file is, or was, of its log.</summary>
    private bool IsLogOfOneFile(ListedFile file, IEnumerable<ListedFile> log) =>
        file.Proposal is { Base.Length: > 0, Role: NameRole.Other or NameRole.Live } && log.All(other => other.Path == file.Path) &&
        (!folder.Chains.TryGetValue(file.Proposal.Base, out var chain) || chain.Generations.TrueForAll(g => g.HasEnded || g.IsIn(file.Status)));

    /// <summary>Nothing of it is left that might be in a copy which the first listing does not show.</summary>
    private static bool IsReadAndDeleted(LostFile lost) => lost.Cause == LossCause.Gone && (lost.Known.HasEnded || lost.Known.WasReadToEnd);

    /// <summary>Regular files by name, with what their names propose; empty when the folder is deleted.</summary>
    private List<ListedFile>? List()
    {
        var place = folder.Directory.Length == 0 ? "." : folder.Directory;
        var isThere = folder.Root.TryGetStatus(place, out var directory);
        var listing = folder.Root.List(folder.Directory);
        if (!listing.IsListed || !isThere)
        {
            ListedAt = 0;
            TellUnlisted(listing);
            return listing.Result == ListResult.Gone ? [] : null;
        }

        var age = clock.GetUtcNow().UnixNanoseconds() - directory.ModificationTime;
        ListedAt = age > TrustedAge ? directory.ModificationTime : 0;
        var present = listing.Names.ToHashSet(StringComparer.Ordinal);
        var names = new FolderNames(folder.Directory, present, folder.Chains.ContainsKey);
        var listed = new List<ListedFile>(listing.Names.Count);
        Restarts.Clear();
        foreach (var name in listing.Names)
        {
            var path = folder.PathOf(name);
            var proposal = folder.Names.Propose(names, name);
            if (proposal.Role != NameRole.None)
            {
                Restarts.Add(proposal.Sibling.Restart);
            }

            if (!folder.Root.TryGetStatus(path, out var status))
            {
                if (proposal.Role != NameRole.None && !folder.Root.IsGone(path))
                {
                    // A permission that is given does not change the directory's time of modification.
                    ListedAt = 0;
                    _source.Unreadables.Tell(folder.Location, Unreadables.NotEntered);
                }

                continue;
            }

            if (status.Kind == FileKind.Regular)
            {
                listed.Add(new ListedFile(path, status, proposal));
            }
            else if (proposal.Role != NameRole.None && folder.Names.Refuse(folder.Root, path, status.Kind) is { } refusal)
            {
                _source.Unreadables.Tell(folder.Root.Locate(path), refusal.Describe(folder.Root.Path));
            }
        }

        Signature = listed.Sum(one => (long)HashCode.Combine(one.Path, one.Status.Inode, one.Status.BirthTime)) + present.Sum(name => (long)name.GetHashCode(StringComparison.Ordinal));
        listed.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return listed;
    }

    private void TellUnlisted(Listing listing)
    {
        if (listing.Result == ListResult.NoDescriptor)
        {
            _source.Unreadables.WaitForDescriptor(folder.Location);
        }
        else if (listing.Result is ListResult.Denied or ListResult.Failed)
        {
            _source.Unreadables.Tell(folder.Location, $"the directory cannot be listed ({listing.Error})");
        }
        else if (listing.Result == ListResult.Refused && folder.Names.RefuseFolder(folder.Root, folder.Directory) is { } refusal)
        {
            _source.Unreadables.Tell(folder.Location, refusal.Describe(folder.Root.Path));
        }
    }

    private LookResult Decide(List<ListedFile> listed)
    {
        Gather(listed);
        var elsewhere = FindElsewhere(listed).DistinctBy(e => e.Path).ToList();
        var known = Know(listed, elsewhere);
        _listed.Clear();
        var seen = new List<SeenFile>();
        foreach (var one in folder.Undecided.In(listed))
        {
            if (one.Proposal.Role != NameRole.None || IsWorthALook(one))
            {
                Add(seen, one);
            }
        }

        elsewhere.ForEach(one => Add(seen, one));
        var result = FileFollowing.Decide(known, seen, _source.Comparisons, clock.GetTimestamp(), times);
        if (!HasNewLoss(result))
        {
            return result;
        }

        // Its bytes may have been copied into another directory.
        var before = seen.Count;
        foreach (var one in BelowRoot.Files(folder.Root, folder.Names.Shrink == ShrinkRule.BeginAnew ? "" : folder.Directory, MostDirectories))
        {
            if (Path.GetDirectoryName(one.Path) != folder.Directory && folder.Names.MayBeCopy(one.Path) && one.Status.Size > 0 && !_source.WithInode(one.Status.Inode).Any(g => g.IsIn(one.Status)))
            {
                Add(seen, Nobodys(one.Path, one.Status));
            }
        }

        return seen.Count == before ? result : FileFollowing.Decide(known, seen, _source.Comparisons, clock.GetTimestamp(), times);
    }

    /// <summary>
    /// A generation has lost its bytes since the last look, and no file here is its copy, or none with the unread bytes: between
    /// two looks several copies may have been made, and the longest may be elsewhere. The same holds for a copy that was found here
    /// of a generation that this process has not met.
    /// </summary>
    private bool HasNewLoss(LookResult result) =>
        result.Files.Exists(f => f.Verdict == Verdict.Copy && f.Known is { IsVerified: false, HasEnded: false, HasLostBytes: false } && f.File.Path != f.Known.Path + ".gz") ||
        result.Lost.Exists(l =>
            !l.Known.HasEnded && !l.Known.HasLostBytes && (l.Cause != LossCause.Gone || _generations[l.Known.Id].Name is not null || !l.Known.IsVerified) &&
            !result.Files.Exists(f => f.Known == l.Known && (f.Verdict == Verdict.Undecided || (f.Verdict == Verdict.Copy && l.Known.IsVerified && f.File.KnownLength > l.Known.Position))));

    private void Add(List<SeenFile> seen, ListedFile one)
    {
        // A file keeps its form under any name, and an inode's number is reused: if the two disagree, the first bytes decide.
        var isGzip = one.Proposal.Sibling.IsGzip;
        if (_source.WithInode(one.Status.Inode).Any(g => g.IsIn(one.Status) && !g.HasLostBytes && g.IsGzip != isGzip))
        {
            isGzip = Files.IsGzip(one.Path, one.Status.Inode) ?? isGzip;
        }

        var file = new SeenFile(one.Path, one.Status, one.Proposal.Role, folder.PathOf(one.Proposal.Writer), one.Proposal.Sibling.Restart, isGzip, () => Files.Open(one.Path, one.Status.Inode, isGzip));
        seen.Add(file);
        _listed[file] = one;
    }

    /// <summary>The generations that may appear here: those of the folder's chains, and those with a seen inode.</summary>
    private void Gather(List<ListedFile> listed)
    {
        _generations.Clear();
        foreach (var chain in folder.Chains.Values)
        {
            chain.Generations.ForEach(Note);
        }

        listed.ForEach(NoteOfInode);
        if (_source.Folders.Count > 1 && folder.Names is FileNamePolicy && listed.Exists(l => l.Proposal.Role == NameRole.Other && !_source.WithInode(l.Status.Inode).Any(g => g.IsIn(l.Status) && !g.HasLostBytes)))
        {
            // A new file here may be the copy of a file of another folder.
            foreach (var generation in _source.Generations)
            {
                Note(generation);
            }
        }
    }

    /// <summary>Also those of the inodes that were found elsewhere: another chain may have them already.</summary>
    private List<KnownFile> Know(List<ListedFile> listed, List<ListedFile> elsewhere)
    {
        elsewhere.ForEach(NoteOfInode);
        var shrink = folder.Names.Shrink;
        return [.. _generations.Values.Select(g => g.ToKnown(shrink, isElsewhere: IsElsewhere(g)))];

        // A name in another directory counts as long as it leads to the file: it may have been deleted there, or have returned
        // here.
        bool IsElsewhere(Generation g) => g.Name is { } name && Path.GetDirectoryName(g.Chain.PathOf(name.Name)) == folder.Directory ? IsDeleted(g) && g.Chain.Folder != folder
            : g.Chain.Folder != folder || (g.Name is not null && !listed.Exists(l => g.IsIn(l.Status)) && LeadsToIt(g));

        bool LeadsToIt(Generation g) => folder.Root.TryGetStatus(g.Chain.PathOf(g.Name!.Value.Name), out var status) && g.IsIn(status);
    }

    /// <summary>Its descriptor tells that no name of any directory leads to it.</summary>
    private static bool IsDeleted(Generation g) => g.File?.TryGetStatus(out var status) == true && status.Links == 0;

    private void NoteOfInode(ListedFile one)
    {
        foreach (var generation in _source.WithInode(one.Status.Inode))
        {
            Note(generation);
        }
    }

    private void Note(Generation generation)
    {
        GenerationWatch.UpdateFingerprint(generation);
        _generations[generation.Identity.Id] = generation;
    }

    /// <summary>
    /// A name that no source matches counts if a known inode is behind it, or if it may be the copy of a generation that has lost
    /// its bytes.
    /// </summary>
    private bool IsWorthALook(ListedFile one) =>
        _source.WithInode(one.Status.Inode).Count > 0 || (folder.IsKnown && folder.Names.MayBeCopy(one.Path));

    private static ListedFile Nobodys(string path, FileStatus status) => new(path, status, new NameProposal("", SiblingName.Unknown(path), NameRole.None));

    /// <summary>
    /// Generations of this folder without a name here may have been moved into another directory (R1). An open one is searched for
    /// when it loses its name. One that its descriptor tells to be deleted is not: a search lists directories, and where many files
    /// come and go it would take so long that the folder never holds still.
    /// </summary>
    private IEnumerable<ListedFile> FindElsewhere(List<ListedFile> listed)
    {
        var here = listed.Select(l => l.Status.Inode).ToHashSet();
        foreach (var generation in _generations.Values)
        {
            if (generation is { HasEnded: false, HasLostBytes: false } && (generation.File is null || generation.Name is not null) && !here.Contains(generation.Identity.Inode) && generation.Chain.Folder == folder && !IsDeleted(generation) &&
                InodeSearch.Find(folder.Root, new FileIdentity(generation.Identity.Device, generation.Identity.Inode), MostDirectories).Path is { } path && folder.Root.TryGetStatus(path, out var status) &&
                (status.BirthTime == generation.Identity.BirthTime || status.BirthTime == 0 || generation.Identity.BirthTime == 0))
            {
                // An inode with another birth time is another file, which got the number of a deleted one.
                yield return Nobodys(path, status);
            }
        }
    }
}
