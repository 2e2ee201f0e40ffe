using Collector.Testing.Mix;
using Collector.Testing.Node;

namespace Collector.Testing.Oracle;

/// <summary>Which records of one stream were seen, and under which prefix.</summary>
/// <param name="taken">Whether the output takes the writer at all.</param>
internal sealed class StreamTally(LedgerStream expected, string output, bool taken)
{
    // The number of the prefix; 0: not seen.
    private readonly int[] seen = new int[expected.Records];
    private readonly ClaimRange[] claims = [.. expected.Claims.Where(c => c.Output == output)];
    private readonly Dictionary<uint, CutRecord> cuts = expected.Cuts.ToDictionary(c => c.Sequence);
    private int prefix = -1;
    private long highest;

    public bool IsExpected(uint sequence) => sequence < expected.Records;

    public bool TryGetCut(uint sequence, out CutRecord cut) => cuts.TryGetValue(sequence, out cut);

    /// <summary>Whether it was allowed to be lost, whole or in part: a file that held some of it was deleted unread.</summary>
    public bool IsExcused(uint sequence) => expected.Excused.Exists(r => r.First <= sequence && sequence <= r.Last);

    /// <summary>What the output has to do with it.</summary>
    public Claim ClaimOf(uint sequence)
    {
        if (!taken) return Claim.Unmatched;
        Claim claim = Claim.Wanted;
        foreach (ClaimRange range in claims)
        {
            if (range.First > sequence || sequence > range.Last) continue;
            if (range.Claim == Claim.Undecided) return Claim.Undecided;
            claim = range.Claim;
        }

        return claim;
    }

    /// <summary>The label that it must say; null: any.</summary>
    public string? LabelOf(uint sequence)
    {
        foreach (LabelRange range in expected.Labels)
        {
            if (range.First <= sequence && sequence <= range.Last) return range.Value;
        }

        return null;
    }

    /// <summary>Takes one record down. Order counts within a prefix: records of other prefixes are in other objects.</summary>
    public Defect? Take(uint sequence, int prefixNumber)
    {
        ref int before = ref seen[sequence];
        if (before != 0) return before == prefixNumber ? Defect.Duplicated : Defect.TwoPrefixes;
        before = prefixNumber;
        if (ClaimOf(sequence) is var claim and (Claim.Excluded or Claim.Unmatched)) return claim == Claim.Excluded ? Defect.Excluded : Defect.Unmatched;
        if (prefix != prefixNumber) (prefix, highest) = (prefixNumber, -1);
        if (sequence < highest) return Defect.Misordered;
        highest = sequence;
        return null;
    }

    /// <summary>The records that were not seen.</summary>
    public IEnumerable<uint> Missing()
    {
        for (uint sequence = 0; sequence < expected.Records; sequence++)
        {
            if (seen[sequence] == 0) yield return sequence;
        }
    }
}
