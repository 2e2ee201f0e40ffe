using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// Joins chains with the facts about their containers (DESIGN.md, Whose log is it?): decides whether one waits, is read or is
/// excluded, which outputs get it, and the identity of its records. Owned by the tail worker.
/// </summary>
internal sealed partial class ChainMetadata(TailSettings settings, Output[] outputs, Follower follower, FileBudget budget, Books books, TimeProvider clock, ILogger logger)
{
    /// <summary>Two scans of the links.</summary>
    private static readonly TimeSpan LinkGrace = TimeSpan.FromSeconds(1);

    private List<Output> _lastWanted = [];

    /// <summary>Adds a new chain. Its list of outputs is not final while it waits.</summary>
    public void Begin(Chain chain)
    {
        chain.HasNews = false;
        chain.FactsRestart = chain.NewestRestart;
        chain.Facts = Ask(chain, chain.FactsRestart);
        chain.State = Wants(chain, chain.Facts);
        chain.Outputs = chain.State == ChainState.Waiting ? [.. outputs] : WantedBy(chain);
        if (chain.State == ChainState.Reading)
        {
            chain.Detached.AddRange(chain.Outputs);
        }
    }

    /// <summary>Before a turn: updates the facts.</summary>
    public void Update(Chain chain)
    {
        if (chain.Source is FileSourceSettings || (!chain.HasNews && chain.State != ChainState.Waiting && chain.NewestRestart == chain.FactsRestart))
        {
            return;
        }

        // An exception leaves the news: they are asked for again.
        chain.HasNews = true;
        chain.FactsRestart = chain.NewestRestart;
        var facts = Ask(chain, chain.FactsRestart)!;
        if (facts.Identity.IsMetadataMissing && chain.Facts is { Identity.IsMetadataMissing: false } known && chain.State != ChainState.Waiting)
        {
            // Known facts are kept for runs that still need them.
            facts = known with { HasEnded = facts.HasEnded };
        }

        chain.HasNews = !TryApply(chain, facts);
    }

    /// <summary>The route of a generation's container run: the former route, when nothing else has changed.</summary>
    public Route MakeRoute(Chain chain, Generation generation)
    {
        var former = chain.TakeFormerRoute(generation);
        if (chain.Source is FileSourceSettings file)
        {
            return new Route(file, file.IdentityOf(chain.Location), outputs);
        }

        // Equal facts are kept once, because many files have two of them.
        var asked = Ask(chain, generation.Restart, chain.ContainerIdOf(generation))!;
        var facts = chain.Facts is { } known && known == asked ? known : asked;
        if (former is not null && (former.Says(facts) || (facts.Identity.IsMetadataMissing && !former.Identity.IsMetadataMissing)))
        {
            return former;
        }

        if (facts.Identity.IsMetadataMissing && generation.Restart > chain.WithoutMetadata)
        {
            chain.WithoutMetadata = generation.Restart;
            books.FileWithoutMetadata();
            LogWithoutMetadata(LogText.Shorten(chain.Location));
        }

        // The stream's records in another partition are durable before it continues, even over a restart of the container.
        return chain.NewestRoute = new Route(chain.Source, facts, outputs, former ?? chain.NewestRoute);
    }

    /// <summary>
    /// Whether the first byte of a container's next run may be read (S-140): its id comes from its link, which kubelet makes after
    /// the file, and from the API. The wait is that of other facts, from the moment when the file was first seen; a file that only
    /// a descriptor keeps does not wait.
    /// </summary>
    public bool MayBegin(Chain chain, Generation generation)
    {
        if (!chain.IsKubelets || chain.IsWaitOver || generation.SeenAt == 0 || generation.IsGone || (chain.TryGetRoute(generation, out _) && !IsMadeAgain(chain, generation)))
        {
            return true;
        }

        var waited = clock.GetElapsedTime(generation.SeenAt);
        // A run that is older than one with a link will not get a link any more.
        var hasLink = !IsMadeAgain(chain, generation) && chain.Links.Keys.Any(restart => restart >= generation.Restart);
        return (hasLink || waited >= LinkGrace) && (waited >= settings.MetadataTimeout || !Ask(chain, generation.Restart, chain.ContainerIdOf(generation))!.IsPending);
    }

    /// <summary>
    /// The file before it was not rotated but deleted, and no link was made since: it may belong to another container with the same
    /// restart number.
    /// </summary>
    private static bool IsMadeAgain(Chain chain, Generation generation)
    {
        var at = chain.Generations.IndexOf(generation);
        return generation.ContainerId is null && at > 0 && chain.Generations[at - 1] is { IsGone: true, HasLostBytes: false } before && before.Restart == generation.Restart &&
            chain.Links.TryGetValue(generation.Restart, out var link) && link.ContainerId == chain.ContainerIdOf(before) && !HasRotatedSibling(chain, generation);
    }

    private static bool HasRotatedSibling(Chain chain, Generation generation) => chain.Folder.Root.List(chain.Folder.Directory).Names
        .Any(name => name != generation.Name?.Name && chain.Names.TryParse(name, out var sibling) && sibling.Restart == generation.Restart);

    /// <summary>Marks the chains of these pods, or all, to be looked at.</summary>
    public void Tell(IReadOnlyList<Chain> chains, IReadOnlySet<string>? podUids)
    {
        foreach (var chain in chains)
        {
            if (chain.Container is { } container && (podUids is null || container.PodUid.Length == 0 || podUids.Contains(container.PodUid)))
            {
                chain.HasNews = true;
                chain.PollAt = chain.IsParked ? chain.PollAt : 0;
            }
        }
    }

    /// <summary>Stops waiting for files that only an open descriptor keeps.</summary>
    public static void EndWaits(IReadOnlyList<Chain> chains)
    {
        foreach (var chain in chains)
        {
            chain.IsWaitOver |= chain.State == ChainState.Reading || (chain.State == ChainState.Waiting && chain.Generations.Exists(g => g.IsGone && g.File is not null));
        }
    }

    private ContainerFacts? Ask(Chain chain, int restart) => Ask(chain, restart, chain.ContainerIdOf(restart));

    private ContainerFacts? Ask(Chain chain, int restart, string containerId)
    {
        if (chain.Source is FileSourceSettings)
        {
            return null;
        }

        // Only kubelet's names have the restart; any other file belongs to one container.
        var number = chain.IsKubelets ? restart : chain.Container!.Restart;
        return settings.Identify(chain.Container! with { Restart = number, ContainerId = containerId });
    }

    private ChainState Wants(Chain chain, ContainerFacts? facts) =>
        facts is { IsPending: true } && chain.State == ChainState.Waiting && !chain.IsWaitOver && clock.GetElapsedTime(chain.WaitsSince) < settings.MetadataTimeout ? ChainState.Waiting
        : facts is { Excluded: LogStreams.Both } ? ChainState.Excluded
        : ChainState.Reading;

    private List<Output> WantedBy(Chain chain)
    {
        var identity = chain.Facts?.Identity ?? ((FileSourceSettings)chain.Source).Identity;
        List<Output> wanted = [.. outputs.Where(output => output.Wants(chain.Source.Name, identity))];

        // Most chains are wanted by the same outputs.
        return _lastWanted = wanted.SequenceEqual(_lastWanted) ? _lastWanted : wanted;
    }

    /// <summary>False: something could not be made durable, and must be retried.</summary>
    private bool TryApply(Chain chain, ContainerFacts facts)
    {
        chain.Facts = facts;
        var (was, now) = (chain.State, Wants(chain, facts));
        if (now == ChainState.Waiting)
        {
            return true;
        }

        var wanted = WantedBy(chain);
        if (now == ChainState.Excluded)
        {
            if (was != ChainState.Excluded)
            {
                Exclude(chain, wanted);
            }

            return true;
        }

        // An output that did not get the log before gets none of its existing content: neither excluded lines, nor lines that
        // another label hid.
        var late = was == ChainState.Excluded ? wanted : was == ChainState.Reading ? wanted.FindAll(output => !chain.Outputs.Contains(output)) : [];
        if (!TryBegin(chain, late, was == ChainState.Excluded ? SkipReason.ExclusionOver : SkipReason.LateMatch))
        {
            return false;
        }

        if (was != ChainState.Reading || late.Count > 0 || wanted.Count != chain.Outputs.Count)
        {
            Attach(chain, wanted);
        }

        chain.State = ChainState.Reading;
        chain.ForgetRoutes();
        return true;
    }

    private static void Attach(Chain chain, List<Output> wanted)
    {
        if (wanted.Count == 0)
        {
            chain.PassOverKnown();
        }

        chain.Reset();
        chain.Outputs = wanted;
        chain.Detached.Clear();
        chain.Detached.AddRange(wanted);
    }

    private void Exclude(Chain chain, List<Output> wanted)
    {
        Attach(chain, wanted);
        chain.Detached.Clear();
        chain.Generations.ForEach(budget.Close);
        chain.Folder.Invalidate();
        chain.NewestListed = null;
        chain.State = ChainState.Excluded;
    }

    /// <summary>
    /// The outputs begin at the current end; durable before a byte after it is read, so that no restart reads skipped lines.
    /// </summary>
    private bool TryBegin(Chain chain, List<Output> late, SkipReason reason) => late.Count == 0 || (follower.Look(chain.Folder) && late.TrueForAll(output => TryBegin(chain, output, reason)));

    private static bool TryBegin(Chain chain, Output output, SkipReason reason)
    {
        var beginning = new Beginning(output);
        beginning.Add(chain);
        return !beginning.HasMissed && beginning.TryTell(gaps => gaps.Count == 0 || output.TrySkip(reason, gaps));
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Path}: the pod's metadata did not arrive in time (kubernetes.metadataTimeout); the records have only what the path says")]
    private partial void LogWithoutMetadata(string path);
}
