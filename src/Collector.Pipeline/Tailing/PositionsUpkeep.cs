using Collector.Pipeline.Positions;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// Keeps the positions in step with the known files: skips are noted, files that ended long ago are forgotten. Owned by the tail
/// worker.
/// </summary>
/// <param name="outputs">All outputs, whether or not they match.</param>
/// <param name="unwanted">Read positions of files that match no output; disposed with this.</param>
/// <param name="budget">Receives the descriptors of forgotten files.</param>
/// <param name="clock">Tells what was long ago.</param>
/// <param name="parking">A failure for one chain or output is retried, and the others go on.</param>
internal sealed class PositionsUpkeep(Output[] outputs, UnwantedPositions unwanted, FileBudget budget, TimeProvider clock, Parking parking) : IDisposable
{
    /// <summary>
    /// How long ended files are remembered, so that a directory that was unmounted for a while is not read again.
    /// </summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromHours(1);

    private readonly List<Generation> _gone = [];

    /// <summary>Makes skips without a record durable; an output that cannot write now is asked again.</summary>
    public void FoldSkipped(IReadOnlyList<Chain> chains)
    {
        foreach (var output in outputs)
        {
            parking.Try(output.Title, "noting bytes without a record", () => FoldSkipped(output, chains));
        }

        parking.Try("files that match no output", "noting their read positions", () => unwanted.Fold(chains.SelectMany(c => c.Generations)));
    }

    /// <summary>
    /// Forgets generations that ended long ago, and of which no buffer holds records any more, in memory and in the positions.
    /// </summary>
    public void ForgetEnded(Chain chain)
    {
        var forgotten = chain.Generations.FindAll(g => g.HasEnded && !(g.IsNoText && g.Name is not null) && IsLongAgo(g.EndedAt) && IsDurable(g));
        foreach (var generation in forgotten)
        {
            ForgetPositions(generation);
            chain.Generations.Remove(generation);
            chain.Folder.Source.Remove(generation);
            budget.Close(generation);
        }

        if (forgotten.Count > 0)
        {
            chain.ForgetOldRuns();
        }
    }

    /// <summary>
    /// Generations of an earlier run whose files do not exist any more: remembered as long as those that ended in this run.
    /// </summary>
    public void AddGone(IReadOnlyList<Generation> generations) => _gone.AddRange(generations);

    /// <summary>Forgets those of <see cref="AddGone"/> that ended long ago.</summary>
    public void ForgetGone()
    {
        foreach (var generation in _gone.FindAll(g => IsLongAgo(g.EndedAt)))
        {
            parking.Try(generation.Identity.Chain, "removing the deleted file", () => ForgetGone(generation));
        }
    }

    /// <summary>Files that ended before this time are forgotten; monotonic time.</summary>
    public bool IsLongAgo(long time) => clock.GetElapsedTime(time) > Remembered;

    public void Dispose() => unwanted.Dispose();

    private void FoldSkipped(Output output, IReadOnlyList<Chain> chains)
    {
        foreach (var chain in chains.Where(c => c.State != ChainState.Waiting && !c.Outputs.Contains(output)))
        {
            chain.Generations.ForEach(g => g.PassOver(output));
        }

        var noted = chains.SelectMany(c => c.Generations.Where(g => !g.Unrecorded[output.Index].IsEmpty || HasSeenMore(output, c, g))).ToList();
        var map = new CoverageMap();
        foreach (var generation in noted)
        {
            // A copy is recognized by the digest over all bytes that were read (R2); what was seen and not read may be lost (R4, R5).
            var entry = generation.AddTo(map, generation.Unrecorded[output.Index]);
            entry.Add(generation.Digest);
            entry.SeenSize = generation.IsGzip ? 0 : generation.Size;
        }

        if (map.Count > 0 && output.TrySkip(SkipReason.NoRecord, map))
        {
            foreach (var generation in noted)
            {
                generation.Unrecorded[output.Index].Remove(0, long.MaxValue);
                generation.NotedSizes[output.Index] = generation.Size;
            }
        }

        // An ended file must not count as deleted after a power failure.
        output.TrySync();
    }

    /// <summary>Whether unread bytes of it were seen behind the size that the output's frames and positions have.</summary>
    private static bool HasSeenMore(Output output, Chain chain, Generation generation) =>
        !generation.HasEnded && !generation.IsGzip && generation.Size > generation.NotedSizes[output.Index] && chain.Outputs.Contains(output) &&
        !generation.UnreadBy(output).IsEmpty;

    private void ForgetGone(Generation generation)
    {
        if (IsDurable(generation))
        {
            ForgetPositions(generation);
            _gone.Remove(generation);
        }
    }

    private void ForgetPositions(Generation generation)
    {
        foreach (var output in outputs)
        {
            output.TryForget(generation.Identity.Id);
        }

        unwanted.Forget(generation.Identity.Id);
    }

    private bool IsDurable(Generation generation) => Array.TrueForAll(outputs, output => IsDurable(output, generation));

    /// <summary>Whether the output's buffer has no records of it any more.</summary>
    private static bool IsDurable(Output output, Generation generation)
    {
        var map = new CoverageMap();
        generation.AddTo(map, generation.Covered[output.Index]);
        return output.Buffer.Positions.Contains(map);
    }
}
