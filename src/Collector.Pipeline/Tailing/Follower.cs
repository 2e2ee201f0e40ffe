using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Following;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Sources.Files;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// Looks at folders where something may have changed (design, <em>Which file is this?</em>): <see cref="FileFollowing"/> decides,
/// <see cref="FileAssignment"/> applies the verdicts, and new generations get their place here. Owned by the tail worker.
/// </summary>
/// <param name="outputs">All outputs, whether or not they match.</param>
/// <param name="budget">Descriptors.</param>
/// <param name="isOnce">With <c>--once</c> no doubt is waited for.</param>
/// <param name="books">Counts rotations and losses.</param>
/// <param name="clock">Measures how long doubts last.</param>
/// <param name="logger">Logs what happened to a file.</param>
internal sealed class Follower(IReadOnlyList<Output> outputs, FileBudget budget, bool isOnce, Books books, TimeProvider clock, ILogger logger)
{
    /// <summary>A copy is made and its original truncated within moments; after a minute it is just a copy.</summary>
    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(60);

    /// <summary>An original that has grown for this long beside a finished copy will not be truncated for it.</summary>
    private static readonly TimeSpan Still = TimeSpan.FromSeconds(5);

    /// <summary>Far shorter than any silence that ends a file.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(50);

    private readonly LookNotices _notices = new(books, logger);
    private readonly FileAssignment _files = new(outputs, budget, books, clock, logger);
    private readonly FollowingTimes _times = new(Ticks(isOnce ? Silence.Moment : Doubt, clock), Ticks(Still, clock));

    private long _round;

    /// <summary>Opens the chain of a name that had no writer before; set by the owner of the chains.</summary>
    public Func<FollowedSource, FoundChain, Chain> OpenChain { get; set; } = (_, _) => throw new InvalidOperationException("the chains have no owner");

    /// <summary>Another <c>file</c> source that follows a file; set by the owner of the sources.</summary>
    public Func<FollowedSource, FileStatus, FollowedSource?> FindOtherSource { get; set; } = (_, _) => null;

    /// <summary>
    /// An output begins with this process, and skips existing content by <c>startAt: end</c>: nothing is waited for.
    /// </summary>
    public bool IsFirstStart { get; set; }

    /// <summary>… or content that another agent has read.</summary>
    public bool IsTakingOver { get; set; }

    /// <summary>Looks again where something may have changed. True: these are all generations of the folder.</summary>
    public bool LookIfChanged(Folder folder)
    {
        if (folder.HasChanged() && !IsAsBefore(folder))
        {
            Look(folder);
        }

        return folder.IsSettled;
    }

    /// <summary>
    /// Like <see cref="LookIfChanged"/>, for a turn of one of its logs: if another one had its turn a moment ago, in the same round,
    /// that look is good enough. A folder of many logs in which files come and go would be listed for every one of them otherwise.
    /// </summary>
    public void LookForTurn(Folder folder)
    {
        if (!folder.IsSettled || folder.IsUndecided || folder.LookedIn != _round || clock.GetElapsedTime(folder.LookedAt) >= Fresh)
        {
            LookIfChanged(folder);
            (folder.LookedIn, folder.LookedAt) = (_round, clock.GetTimestamp());
        }
    }

    /// <summary>A round of turns begins.</summary>
    public void BeginRound() => _round++;

    private bool IsAsBefore(Folder folder)
    {
        if (!folder.IsSettled || folder.IsUndecided)
        {
            return false;
        }

        using var look = new Look(folder, clock, _times);
        var isAsBefore = look.IsAsBefore();
        folder.ListedAt = isAsBefore ? look.ListedAt : 0;
        return isAsBefore;
    }

    /// <summary>
    /// Lists the folder and gives every file its generation. False when the result does not hold: it must be repeated.
    /// </summary>
    public bool Look(Folder folder)
    {
        folder.Invalidate();
        using var look = new Look(folder, clock, IsFirstStart && (IsTakingOver || folder.Source.Settings.StartAt == StartAt.End) ? default : _times);
        var result = look.Run();
        LookNotices.TellRefused(folder, look.Files);
        if (result is null)
        {
            return false;
        }

        _notices.TellVerdicts(folder, result);
        var reordered = new HashSet<Chain>();
        result.Proven.ForEach(p => Remember(look.GenerationOf(p.Known), p.At));
        foreach (var lost in result.Lost)
        {
            _files.Lose(look, lost, reordered);
        }

        result.Nameless.ForEach(n => _files.LoseName(look.GenerationOf(n)));
        foreach (var file in result.Files.Where(f => f.Known is not null))
        {
            _files.Apply(look, file, reordered);
        }

        AddNew(folder, look, result, reordered);
        folder.Undecided.Keep(look, result, budget);
        foreach (var chain in reordered)
        {
            chain.Reset();
        }

        foreach (var chain in folder.Chains.Values)
        {
            _notices.CountRestartGap(chain, look.Restarts);
        }

        folder.ListedAt = look.ListedAt;
        folder.Signature = look.Signature;
        folder.IsUndecided = result.IsUndecided;
        folder.IsInDoubt = result.Files.Exists(f => f.Verdict == Verdict.Undecided);
        folder.IsSettled = !result.IsComparing;
        folder.IsKnown = true;
        return folder.IsSettled;
    }

    /// <summary>
    /// The file of a generation by its current name; null when it cannot be opened or is another one. The caller disposes it,
    /// unless it is the generation's own.
    /// </summary>
    public static SourceFile? Open(Generation generation)
    {
        var chain = generation.Chain;
        if (generation.File is not null || generation.Name is not { } name)
        {
            return generation.File;
        }

        if (chain.Folder.Root.TryOpen(chain.PathOf(name.Name), out var handle, out var status) != OpenResult.Opened)
        {
            return null;
        }

        if (!generation.IsIn(status))
        {
            handle!.Dispose();
            chain.Folder.Invalidate();
            return null;
        }

        return generation.IsGzip ? new GzipFile(handle!, status) : new PlainFile(handle!, status);
    }

    private static long Ticks(TimeSpan time, TimeProvider clock) => (long)(time.TotalSeconds * clock.TimestampFrequency);

    /// <summary>
    /// The comparison with a copy under way is remembered: the copy may end before the position, and its original be deleted by
    /// then.
    /// </summary>
    private static void Remember(Generation generation, Checkpoint at)
    {
        if (generation.Digest.End < at.Offset && generation.File is { } file)
        {
            var rest = new byte[Math.Min(at.Offset - generation.Digest.End, ContentDigest.Block)];
            generation.Digest = generation.Digest.Append(rest.AsSpan(0, file.Read(rest, generation.Digest.End)), generation.Digest.End);
        }

        generation.Digest = generation.Digest.WithCheckpoint(at.Offset, at.Crc);
    }

    private void AddNew(Folder folder, Look look, LookResult result, HashSet<Chain> reordered)
    {
        var candidates = new List<Candidate>();
        var left = result.Files.Where(f => f.Verdict == Verdict.Copy).Select(f => f.Known!.Inode).ToHashSet();
        foreach (var (file, _, _, _) in result.Files.Where(f => f.Verdict == Verdict.New))
        {
            var listed = look.ListedOf(file);
            if (FindOtherSource(folder.Source, file.Status) is { } reader)
            {
                _notices.TellReadByOther(folder, file.Path, reader);
                continue;
            }

            var chain = ChainOf(folder, listed.Proposal);
            if (chain.Folder.Source != folder.Source)
            {
                // Of two sources that take a writer's name the first one has its files.
                _notices.TellReadByOther(folder, file.Path, chain.Folder.Source);
                continue;
            }

            candidates.Add(new Candidate(FileAssignment.NameIn(chain, listed), chain, file, listed));
        }

        candidates.Sort(Candidate.Compare);
        foreach (var candidate in candidates)
        {
            var (chain, status) = (candidate.Chain, candidate.Listed.Status);
            var place = candidate.PlaceIn(chain);
            var ordinal = chain.OrdinalBehind(place > 0 ? chain.Generations[place - 1] : null);
            var identity = new GenerationIdentity(GenerationId.New(), ordinal, status.Device, status.Inode, status.BirthTime, chain.Key, candidate.Name.Name, Fingerprint.Of(candidate.Head));
            var generation = new Generation(identity, outputs.Count, chain) { Restart = candidate.Name.Restart, FirstTime = candidate.FirstTime, IsGzip = candidate.Name.IsGzip, SeenAt = clock.GetTimestamp() };
            if (place < chain.Generations.Count)
            {
                reordered.Add(chain);
            }

            chain.Generations.Insert(place, generation);
            folder.Source.Add(generation);

            // A deleted folder is looked at once a minute.
            chain.PollAt = chain.GoneSince != 0 ? 0 : chain.PollAt;
            if (OtherCompression.Of(candidate.File) is { } why)
            {
                OtherCompression.PassOver(folder, generation, candidate.File, why, clock.GetTimestamp());
            }

            _files.Give(look, generation, candidate.Listed, reordered);
            if (left.Contains(status.Inode))
            {
                // Its inode was known by the content of which there is a copy now: it stays known, under whatever name.
                FileAssignment.Note(generation);
            }
        }
    }

    private Chain ChainOf(Folder folder, NameProposal proposal) =>
        folder.Chains.TryGetValue(proposal.Base, out var chain) ? chain : OpenChain(folder.Source, folder.Names.Found(folder.PathOf(proposal.Base)));
}
