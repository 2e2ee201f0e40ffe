using Collector.Pipeline.Following;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// Where an output begins: <c>startAt: end</c>, a late match, the end of an exclusion, and the position of another agent are the
/// same fact, decided here alone. Nothing after a beginning is read before it is durable. Owned by the tail worker.
/// </summary>
internal sealed class Beginning(Output output)
{
    private readonly CoverageMap _gaps = new();
    private readonly List<Generation> _generations = [];

    /// <summary>
    /// A file was renamed or deleted since its folder was looked at, so where it ends now is not known: the beginning is to be found
    /// again after another look. What the output is to skip would be read otherwise.
    /// </summary>
    public bool HasMissed { get; private set; }

    /// <summary>The output begins at the current end of this chain. Its folder has just been looked at.</summary>
    public void Add(Chain chain)
    {
        foreach (var generation in chain.Generations.Where(g => !g.HasEnded))
        {
            Add(generation);
            _generations.Add(generation);
        }
    }

    /// <summary>
    /// The output begins where another agent stopped reading the chain: files older than the newest one that it knew had been read
    /// by it, and it did not see newer ones.
    /// </summary>
    /// <returns>False: it knew none of the existing files, and the output begins at the first byte.</returns>
    public bool Add(Chain chain, HandedPlaces places)
    {
        var newest = chain.Generations.FindLastIndex(g => places.OffsetOf(g) is not null);
        foreach (var generation in chain.Generations.Take(newest + 1).Where(g => !g.HasEnded))
        {
            if (places.OffsetOf(generation) is { } offset)
            {
                Add(generation, file => generation.AddGapsBefore(output, file, offset, _gaps));
            }
            else
            {
                Add(generation);
            }

            _generations.Add(generation);
        }

        return newest >= 0;
    }

    /// <summary>False: it is not durable, and must be retried.</summary>
    /// <param name="tell">Makes the gaps durable; false when it cannot.</param>
    public bool TryTell(Func<CoverageMap, bool> tell)
    {
        _generations.ForEach(ForgetIfChanged);
        if (!tell(_gaps))
        {
            return false;
        }

        foreach (var generation in _generations)
        {
            if (_gaps.Find(generation.Identity.Id) is { } entry)
            {
                generation.Covered[output.Index].Add(entry.Intervals);
            }
        }

        return true;
    }

    /// <summary>
    /// A file that shrank, or was written again, while a full disk could not note the beginning: there is no content to skip any more,
    /// and the beginning would be in the middle of a line. It is read from its first byte, as any that is written again (R4).
    /// </summary>
    private void ForgetIfChanged(Generation generation)
    {
        if (generation.IsGzip || _gaps.Find(generation.Identity.Id) is not { Guard.Length: > 0 } gap)
        {
            return;
        }

        var file = Follower.Open(generation);
        try
        {
            if (file is not null && file.TryGetStatus(out var status) &&
                (status.Size < gap.Intervals.End || !FileGuard.Holds(gap.Guard, gap.Intervals.End, file, generation.Chain.Folder.Names.Shrink)))
            {
                if (generation.Position == 0)
                {
                    _gaps.Remove(generation.Identity.Id);
                    generation.ForgetContent(file, status.Size);
                }
            }
        }
        finally
        {
            if (file != generation.File)
            {
                file?.Dispose();
            }
        }
    }

    private void Add(Generation generation) => Add(generation, file => generation.AddGaps(output, file, _gaps));

    private void Add(Generation generation, Action<SourceFile> addGaps)
    {
        var file = Follower.Open(generation);
        try
        {
            if (generation.HasLostBytes || (file is null && generation.Name is null))
            {
                // Its old content is before the beginning, too, and is not a loss.
                generation.AddGaps(output, generation.Size, _gaps);
            }
            else if (file is not null)
            {
                addGaps(file);
            }
            else if (HasMoved(generation))
            {
                HasMissed = true;
                generation.Chain.Folder.Invalidate();
            }
        }
        finally
        {
            if (file != generation.File)
            {
                file?.Dispose();
            }
        }
    }

    private static bool HasMoved(Generation generation) =>
        !generation.Chain.Folder.Root.TryGetStatus(generation.Chain.PathOf(generation.Name!.Value.Name), out var status) || !generation.IsIn(status);
}
