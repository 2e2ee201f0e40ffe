using Collector.Pipeline.Positions;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// Where outputs begin: <c>startAt: end</c>, a match that comes late, the end of an exclusion are one fact, and this is the one
/// place where it is told. Nothing behind a beginning is read before it is durable. Owned by the tail worker.
/// </summary>
internal static class Beginnings
{
    /// <summary>The output begins behind what these chains hold now. False: that is not durable, and is to be tried again.</summary>
    /// <param name="output">The output.</param>
    /// <param name="chains">Their folders have just been looked at.</param>
    /// <param name="tell">Makes the gaps durable; false when it cannot.</param>
    public static bool TrySet(Output output, IEnumerable<Chain> chains, Func<CoverageMap, bool> tell)
    {
        var gaps = new CoverageMap();
        var generations = chains.SelectMany(c => c.Generations).Where(g => !g.HasEnded).ToList();
        foreach (var generation in generations)
        {
            var file = Follower.Open(generation);
            if (generation.HasLostBytes || (file is null && generation.Name is null))
            {
                // What it held lies before the beginning, too, and is nobody's loss.
                generation.AddGaps(output, generation.Size, gaps);
            }
            else if (file is not null)
            {
                generation.AddGaps(output, file, gaps);
            }

            if (file != generation.File)
            {
                file?.Dispose();
            }
        }

        if (!tell(gaps))
        {
            return false;
        }

        foreach (var generation in generations)
        {
            if (gaps.Find(generation.Identity.Id) is { } entry)
            {
                generation.Covered[output.Index].Add(entry.Intervals);
            }
        }

        return true;
    }
}
