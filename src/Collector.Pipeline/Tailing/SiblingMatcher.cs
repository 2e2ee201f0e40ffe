using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Tailing.Files;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// Tells which generation each file of a chain is (DESIGN.md, "Which generation is this file?", whose letters are used
/// here). Owned by the tail worker.
/// </summary>
internal sealed partial class SiblingMatcher(int lanes, Books books, TimeProvider clock, ILogger logger)
{
    /// <summary>Looks at a directory whose files change names, before it is left for the next turn.</summary>
    private const int MostLooks = 3;

    private readonly SiblingListing _listing = new(clock);
    private bool _lacksDescriptors;

    /// <summary>By which it tells; also of use to who watches a file that is open.</summary>
    public FileRecognition Recognition { get; } = new();

    /// <summary>Lists the directory and gives every sibling its generation, until that holds. False when it cannot be listed now.</summary>
    public bool Refresh(Chain chain)
    {
        chain.IsSettled = false;
        var newestBefore = chain.Generations.Count > 0 ? chain.Generations.Max(g => g.Restart) : (int?)null;
        var listed = _listing.List(chain);
        for (var looks = 0; looks < MostLooks && listed is not null; looks++)
        {
            var areOpen = Match(chain, listed);
            var again = _listing.List(chain);
            if (areOpen && again is not null && again.SequenceEqual(listed))
            {
                chain.IsSettled = true;
                CountRestartGap(chain, newestBefore, listed);
                return true;
            }

            listed = again;
        }

        chain.ListedAt = 0;
        return listed is not null;
    }

    /// <summary>False when there was no descriptor for one of them: it may be anything.</summary>
    private bool Match(Chain chain, List<(SiblingName Name, ulong Inode)> listed)
    {
        var given = new HashSet<Generation>();
        var rest = new List<Candidate>();
        chain.IsUndecided = false;
        _lacksDescriptors = false;
        foreach (var (name, _) in listed)
        {
            if (MatchByInode(chain, name, given, out var candidate))
            {
                continue;
            }

            if (candidate is not null)
            {
                rest.Add(candidate);
            }
        }

        MatchByContent(chain, rest, given);
        MarkMissing(chain, given);

        // Live files first: what is seen together with its copy is read once, too.
        AddNew(chain, rest.FindAll(c => c.Name.IsLive), given);
        rest.RemoveAll(c => c.Name.IsLive);
        MatchByContent(chain, rest, given);
        AddNew(chain, rest, given);
        return !_lacksDescriptors;
    }

    private void MarkMissing(Chain chain, HashSet<Generation> given)
    {
        foreach (var generation in chain.Generations)
        {
            if (!given.Contains(generation))
            {
                generation.MissingSince = generation.Name is null && generation.MissingSince != 0 ? generation.MissingSince : clock.GetTimestamp();
                generation.Name = null;
            }
        }
    }

    /// <summary>Cases (a) and (b). False with a candidate when it is none of the known files; false without one when it cannot be read.</summary>
    private bool MatchByInode(Chain chain, SiblingName name, HashSet<Generation> given, out Candidate? candidate)
    {
        candidate = null;
        var path = chain.PathOf(name.Name);
        if (chain.Root.TryGetStatus(path, out var hint) && hint.Kind == FileKind.Regular && FindOpen(chain, hint) is { } open)
        {
            if (!FileRecognition.IsTruncated(chain, open, hint) && !Recognition.IsRewritten(chain, open, hint))
            {
                if (!given.Contains(open))
                {
                    Give(chain, open, name, hint, given);
                }

                return true;
            }

            Replace(chain, open);
        }

        var result = chain.Root.TryOpen(path, out var handle, out var status);
        if (result != OpenResult.Opened)
        {
            chain.IsUndecided |= result is OpenResult.Denied or OpenResult.NoDescriptor;
            _lacksDescriptors |= result is OpenResult.NoDescriptor;
            LogNotOpened(chain, name, result);
            if (chain.Generations.Find(g => g.Name is not null && FileRecognition.IsSameInode(g, hint)) is { } unreachable)
            {
                given.Add(unreachable);
                unreachable.Name = name;
            }

            return false;
        }

        SourceFile file = name.IsGzip ? new GzipFile(handle!, status) : new PlainFile(handle!, status);
        if (!TryReadHead(chain, name, file, out var head))
        {
            file.Dispose();
            return false;
        }

        foreach (var known in chain.Generations.OrderByDescending(g => g.Identity.Ordinal))
        {
            if (!given.Contains(known) && FileRecognition.IsSameInode(known, status) && IsSameFile(chain, known, name, file, status, head))
            {
                known.FirstTime = FileRecognition.FirstTimeOf(head);
                Take(chain, known, name, file, status, given);
                return true;
            }
        }

        candidate = new Candidate(name, file, status, head.ToArray());
        return false;
    }

    private static Generation? FindOpen(Chain chain, FileStatus status) => chain.Generations.Find(g => g.File?.IsSame(status) == true);

    private bool IsSameFile(Chain chain, Generation known, SiblingName name, SourceFile file, FileStatus status, ReadOnlySpan<byte> head)
    {
        if (known.Identity.Fingerprint.Compare(head) < 0 || name.IsGzip != known.IsGzip)
        {
            return false;
        }

        if (FileRecognition.IsTruncated(chain, known, status))
        {
            Replace(chain, known);
            return false;
        }

        // A container's file that lost its tail in a power failure is seen by its size, when it is read.
        return status.Size < known.Position || Recognition.GuardHolds(known, file, mayBeEmpty: chain.IsKubelets);
    }

    /// <summary>Its inode holds other bytes now; only a copy can still be it, and is to be read before what took its place.</summary>
    public void Replace(Chain chain, Generation known)
    {
        LogTruncated(LogText.Of(chain.Key));
        known.IsReplaced = true;
        known.Name = null;
        known.MissingSince = clock.GetTimestamp();
        known.CloseFile();
        chain.IsReordered = true;
    }

    private bool TryReadHead(Chain chain, SiblingName name, SourceFile file, out ReadOnlySpan<byte> head)
    {
        head = default;
        try
        {
            head = Recognition.HeadOf(file);
            return true;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            if (chain.Unreadable.Add(name.Name))
            {
                LogUnreadable(LogText.Of(chain.PathOf(name.Name)), e.Message);
                books.LostFiles(FilesLostReason.Unreadable, 1);
            }

            return false;
        }
    }

    /// <summary>Case (c): what is left and bears a rotated name may be a copy or a compressed form of a generation.</summary>
    private void MatchByContent(Chain chain, List<Candidate> rest, HashSet<Generation> given)
    {
        if (rest.Count == 0)
        {
            return;
        }

        chain.Generations.ForEach(Recognition.UpdateFingerprint);
        for (var i = rest.Count - 1; i >= 0; i--)
        {
            var candidate = rest[i];
            if (candidate.Name.IsLive)
            {
                continue;
            }

            if (FindByContent(chain, candidate, given, out var mayBeCopy) is { } known)
            {
                known.FirstTime = candidate.FirstTime;
                Take(chain, known, candidate.Name, candidate.File, candidate.Status, given);
            }
            else if (mayBeCopy)
            {
                chain.IsUndecided = true;
                candidate.File.Dispose();
            }
            else
            {
                continue;
            }

            rest.RemoveAt(i);
        }
    }

    /// <summary>The newest generation that has no name of its own and is as far as it was read what the candidate is.</summary>
    /// <param name="chain">Whose siblings they are.</param>
    /// <param name="candidate">With a rotated name.</param>
    /// <param name="given">The generations that have a name.</param>
    /// <param name="mayBeCopy">When there is none: it is a copy of one that has a name, or one that is not complete yet.</param>
    private Generation? FindByContent(Chain chain, Candidate candidate, HashSet<Generation> given, out bool mayBeCopy)
    {
        mayBeCopy = false;
        for (var i = chain.Generations.Count - 1; i >= 0; i--)
        {
            var known = chain.Generations[i];
            if (known.Restart != candidate.Name.Restart || !FileRecognition.IsConvincing(chain, known, candidate.Head))
            {
                continue;
            }

            if (given.Contains(known) || !Recognition.ReachesPosition(known, candidate))
            {
                mayBeCopy = true;
            }
            else if (Recognition.GuardHolds(known, candidate.File, mayBeEmpty: false))
            {
                mayBeCopy = false;
                return known;
            }
        }

        return null;
    }

    /// <summary>Case (d).</summary>
    private void AddNew(Chain chain, List<Candidate> rest, HashSet<Generation> given)
    {
        rest.Sort(Candidate.Compare);
        foreach (var candidate in rest)
        {
            var (status, name) = (candidate.Status, candidate.Name);
            var place = candidate.PlaceIn(chain);
            var ordinal = chain.OrdinalBehind(place > 0 ? chain.Generations[place - 1] : null);
            var identity = new GenerationIdentity(
                GenerationId.New(), ordinal, status.Device, status.Inode, status.BirthTime, chain.Key, name.Name, Fingerprint.Of(candidate.Head));
            var generation = new Generation(identity, lanes) { Restart = name.Restart, FirstTime = candidate.FirstTime };
            chain.IsReordered |= place < chain.Generations.Count;
            chain.Generations.Insert(place, generation);
            Take(chain, generation, name, candidate.File, status, given);
        }
    }

    /// <summary>Restart numbers between two that were seen, of which there is no file. Each is counted once, also where the newer file cannot be opened.</summary>
    private void CountRestartGap(Chain chain, int? newestBefore, List<(SiblingName Name, ulong Inode)> listed)
    {
        if (!chain.IsKubelets || newestBefore is null)
        {
            return;
        }

        var known = Math.Max(newestBefore.Value, chain.NewestListed);
        chain.NewestListed = listed.Aggregate(known, (newest, one) => Math.Max(newest, one.Name.Restart));
        var newer = listed.Select(one => one.Name.Restart).Where(restart => restart > known).ToHashSet();
        var missing = newer.Count == 0 ? 0 : newer.Max() - known - newer.Count;
        if (missing > 0)
        {
            LogRestartGap(LogText.Of(chain.Key), missing, newer.Max());
            books.LostFiles(FilesLostReason.RestartGap, missing);
        }
    }

    private void Take(Chain chain, Generation generation, SiblingName name, SourceFile file, FileStatus status, HashSet<Generation> given)
    {
        if (generation.File is not null)
        {
            // The open file is the one that was written to; what bears the name now is a form of it.
            file.Dispose();
        }
        else
        {
            generation.File = file;
            generation.IsGzip = name.IsGzip;
            generation.Size = name.IsGzip ? SizeOf((GzipFile)file, generation.Position) : status.Size;
        }

        generation.Identity = generation.Identity with { Device = status.Device, Inode = status.Inode, BirthTime = status.BirthTime };
        Give(chain, generation, name, status, given);
    }

    /// <summary>A compressed file's size is known before it is read only if it is the position: then there is nothing to read.</summary>
    private static long SizeOf(GzipFile file, long position) =>
        position > 0 && file.TryReadLength(out var length) && length == (uint)position ? position : long.MaxValue;

    private void Give(Chain chain, Generation generation, SiblingName name, FileStatus status, HashSet<Generation> given)
    {
        given.Add(generation);
        if (generation.HasEnded)
        {
            // It was only out of sight: unmounted, moved away and back, or compressed since.
            generation.HasEnded = false;
            chain.IsReordered = true;
        }

        generation.Restart = name.Restart;
        generation.Links = status.Links;
        generation.ModifiedAt = status.ModificationTime;
        generation.IsVerified = true;
        if (generation.GrownAt == 0)
        {
            generation.GrownAt = clock.GetTimestamp();
            generation.FilledAt = generation.Size > 0 ? generation.GrownAt : 0;
        }

        if (generation.Name is { IsLive: true } && !name.IsLive)
        {
            books.Rotated();
        }

        generation.Name = name;
        generation.Identity = generation.Identity with { Name = name.Name };
    }

    private void LogNotOpened(Chain chain, SiblingName name, OpenResult result)
    {
        if (result is OpenResult.Denied or OpenResult.Refused && chain.Unreadable.Add(name.Name))
        {
            LogRefused(LogText.Of(chain.Root.Path + "/" + chain.PathOf(name.Name)), result == OpenResult.Denied ? "permission denied" : "it is a link, or no regular file");
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} is not read: {Why}; it is looked at again when that changes")]
    private partial void LogRefused(string path, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Chain}: truncated or rewritten; read from its beginning")]
    private partial void LogTruncated(string chain);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} cannot be read: {Why}; its other siblings go on")]
    private partial void LogUnreadable(string path, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Chain}: {Missing} logs before restart {Restart} were never seen and are counted as lost")]
    private partial void LogRestartGap(string chain, int missing, int restart);
}
