using Collector.Pipeline.Positions;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// Keeps the positions in step with what is known of files: what was passed over is noted, what ended long ago is forgotten. Owned by
/// the tail worker.
/// </summary>
/// <param name="outputs">All of them, whatever they want.</param>
/// <param name="unwanted">How far files were read that no output wants; disposed with this.</param>
/// <param name="budget">Descriptors of what is forgotten are given back.</param>
/// <param name="clock">Tells what was long ago.</param>
/// <param name="parking">What fails for one chain or output is tried again, and the others go on.</param>
internal sealed class PositionsUpkeep(Output[] outputs, UnwantedPositions unwanted, FileBudget budget, TimeProvider clock, Parking parking) : IDisposable
{
    /// <summary>How long what has ended is remembered: a directory that was only unmounted for a while is not read again.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromHours(1);

    private readonly List<Generation> _gone = [];

    /// <summary>Makes durable what was passed over without a record; an output that cannot write now is asked again.</summary>
    public void FoldSkipped(IReadOnlyList<Chain> chains)
    {
        foreach (var output in outputs)
        {
            parking.Try(output.Title, "noting what has no record", () => FoldSkipped(output, chains));
        }

        parking.Try("files that no output wants", "noting how far they were read", () => unwanted.Fold(chains.SelectMany(c => c.Generations)));
    }

    /// <summary>What has ended long ago, and of which no buffer holds records any more, is forgotten, in memory and in the positions.</summary>
    public void ForgetEnded(Chain chain)
    {
        foreach (var generation in chain.Generations.FindAll(g => g.HasEnded && !(g.IsNoText && g.Name is not null) && IsLongAgo(g.EndedAt) && IsDurable(g)))
        {
            ForgetPositions(generation);
            chain.Generations.Remove(generation);
            chain.Folder.Source.Remove(generation);
            budget.Close(generation);
        }
    }

    /// <summary>Generations of an earlier life whose files are there no more: remembered for as long as what ended in this one.</summary>
    public void AddGone(IReadOnlyList<Generation> generations) => _gone.AddRange(generations);

    /// <summary>Forgets those of <see cref="AddGone"/> that went long ago.</summary>
    public void ForgetGone()
    {
        foreach (var generation in _gone.FindAll(g => IsLongAgo(g.EndedAt)))
        {
            parking.Try(generation.Identity.Chain, "forgetting that it is gone", () => ForgetGone(generation));
        }
    }

    /// <summary>So long ago that what ended then is forgotten; monotonic time.</summary>
    public bool IsLongAgo(long time) => clock.GetElapsedTime(time) > Remembered;

    public void Dispose() => unwanted.Dispose();

    private void FoldSkipped(Output output, IReadOnlyList<Chain> chains)
    {
        foreach (var chain in chains.Where(c => c.State != ChainState.Waiting && !c.Outputs.Contains(output)))
        {
            chain.Generations.ForEach(g => g.PassOver(output));
        }

        var skipped = chains.SelectMany(c => c.Generations).Where(g => !g.Unrecorded[output.Index].IsEmpty).ToList();
        var map = new CoverageMap();
        foreach (var generation in skipped)
        {
            // A copy is told by the digest over all of what was read (R2).
            generation.AddTo(map, generation.Unrecorded[output.Index]).Add(generation.Digest);
        }

        if (map.Count > 0 && output.TrySkip(SkipReason.NoRecord, map))
        {
            skipped.ForEach(g => g.Unrecorded[output.Index].Remove(0, long.MaxValue));
        }

        // What has ended is not to be taken for gone after a power failure.
        output.TrySync();
    }

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

    /// <summary>Whether nothing in the output's buffer holds records of it any more.</summary>
    private static bool IsDurable(Output output, Generation generation)
    {
        var map = new CoverageMap();
        generation.AddTo(map, generation.Covered[output.Index]);
        return output.Buffer.Positions.Contains(map);
    }
}
