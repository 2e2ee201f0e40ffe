using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources;

namespace Collector.Pipeline.Tailing;

/// <summary>The generations of earlier runs, by chain, until their chains are found again. Owned by the tail worker.</summary>
internal sealed class KnownGenerations
{
    private readonly Dictionary<string, List<Generation>> _chains = new(StringComparer.Ordinal);

    /// <summary>Joins the knowledge of all outputs. An id that two outputs know is one generation.</summary>
    /// <param name="outputs">Coverage and ended generations of each output, in the order of the outputs.</param>
    /// <param name="others">The knowledge of outputs that are not configured now: a file keeps its id in case one of them is
    /// configured again.</param>
    /// <param name="unwanted">Bytes that were read for no output; null: none.</param>
    public KnownGenerations(IReadOnlyList<(CoverageMap Coverage, Func<GenerationId, NotedEnd?> EndOf)> outputs, IReadOnlyList<CoverageMap>? others = null, CoverageMap? unwanted = null)
    {
        var all = new Dictionary<GenerationId, Generation>();
        for (var output = 0; output < outputs.Count; output++)
        {
            foreach (var entry in outputs[output].Coverage.Entries)
            {
                if (!all.TryGetValue(entry.Identity.Id, out var generation))
                {
                    all.Add(entry.Identity.Id, generation = new Generation(entry.Identity, outputs.Count));
                }

                generation.Covered[output].Add(entry.Intervals);
                Take(generation, entry);
                if (outputs[output].EndOf(entry.Identity.Id) is { } noted)
                {
                    generation.HasEnded = true;
                    generation.LostAt = Math.Max(generation.LostAt, noted.LostAt);
                }
            }
        }

        foreach (var entry in (others ?? []).SelectMany(o => o.Entries))
        {
            all.TryAdd(entry.Identity.Id, new Generation(entry.Identity, outputs.Count));
        }

        foreach (var entry in unwanted?.Entries ?? [])
        {
            all.TryAdd(entry.Identity.Id, new Generation(entry.Identity, outputs.Count));
            all[entry.Identity.Id].Unwanted.Add(entry.Intervals);
            Take(all[entry.Identity.Id], entry);
        }

        foreach (var generation in all.Values)
        {
            // Found again, for one output at least: if its bytes are gone by now, the first look notices that.
            generation.LostAt = generation.LostAt == NotedEnd.FoundAgain ? 0 : generation.LostAt;
            generation.IsGzip = SiblingName.IsGzipName(generation.Identity.Name);
            generation.HasEnded = generation.IsNoText || (generation.HasEnded && Enumerable.Range(0, outputs.Count).All(o => HasAll(generation, o, outputs[o].EndOf(generation.Identity.Id)?.End)));
        }

        foreach (var group in all.Values.GroupBy(g => g.Identity.Chain, StringComparer.Ordinal))
        {
            List<Generation> ordered = [.. group.OrderBy(g => g.Identity.Ordinal)];
            (ordered.FindLast(g => !g.WasSeenToGo) ?? ordered[^1]).WasNewest = true;
            _chains.Add(group.Key, ordered);
        }
    }

    /// <summary>The chains that have not been found yet.</summary>
    public IReadOnlyList<string> Keys => [.. _chains.Keys];

    /// <summary>The generations of a chain that has not been found yet.</summary>
    public IReadOnlyList<Generation> Find(string key) => _chains.GetValueOrDefault(key) ?? [];

    /// <summary>
    /// The generations of one chain belong to another from now on, before that chain's own: the pattern has changed, and a former
    /// source file is now a rotated form of another.
    /// </summary>
    public void Move(string key, string to)
    {
        if (key != to && _chains.Remove(key, out var moved))
        {
            moved.ForEach(g => g.Identity = g.Identity with { Chain = to });
            _chains[to] = _chains.TryGetValue(to, out var known) ? [.. moved, .. known] : moved;
        }
    }

    public IReadOnlyList<Generation> Take(string key) => _chains.Remove(key, out var generations) ? generations : [];

    public IReadOnlyList<(string Key, List<Generation> Generations)> TakeAllBut(IReadOnlySet<string> keys)
    {
        var taken = _chains.Where(p => !keys.Contains(p.Key)).Select(p => (p.Key, p.Value)).ToList();
        taken.ForEach(t => _chains.Remove(t.Key));
        return taken;
    }

    /// <summary>
    /// At its end an output had all of it, or noted that it had not. After a power failure it may lack records, although the
    /// end was noted by it or by another output: then the file is looked for again.
    /// </summary>
    private static bool HasAll(Generation generation, int output, GenerationEnd? end) =>
        end == GenerationEnd.Incomplete || generation.Covered[output].IsEmpty || generation.Covered[output].Total >= generation.Size;

    private static void Take(Generation generation, CoverageEntry entry)
    {
        if (entry.Digest is { } digest && digest.End >= generation.Digest.End)
        {
            generation.Digest = digest;
        }

        generation.Size = Math.Max(generation.Size, Math.Max(entry.SeenSize, entry.Intervals.End));
        if (entry.Guard.Length > 0 && entry.Intervals.End >= generation.GuardAt)
        {
            generation.Guard = entry.Guard;
            generation.GuardAt = entry.Intervals.End;
        }

        if (entry.Identity.IsNewerThan(generation.Identity))
        {
            generation.Identity = entry.Identity;
        }
    }
}
