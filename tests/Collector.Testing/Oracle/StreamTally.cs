using Collector.Testing.Mix;
using Collector.Testing.Node;

namespace Collector.Testing.Oracle;

/// <summary>Which records of one stream were seen, as one bit each.</summary>
internal sealed class StreamTally(LedgerStream expected)
{
    private readonly ulong[] seen = new ulong[(expected.Records + 63) / 64];
    private readonly Dictionary<uint, CutRecord> cuts = expected.Cuts.ToDictionary(c => c.Sequence);
    private int prefix = -1;
    private long highest;

    public bool IsExpected(uint sequence) => sequence < expected.Records;

    public bool TryGetCut(uint sequence, out CutRecord cut) => cuts.TryGetValue(sequence, out cut);

    /// <summary>Whether it was allowed to be lost, whole or in part: a file that held some of it was deleted unread.</summary>
    public bool IsExcused(uint sequence) => expected.Excused.Exists(r => r.First <= sequence && sequence <= r.Last);

    /// <summary>Takes one record down. Order counts within a prefix: records of other prefixes are in other objects.</summary>
    public Defect? Take(uint sequence, int prefixNumber)
    {
        ref ulong word = ref seen[sequence / 64];
        ulong bit = 1UL << (int)(sequence % 64);
        if ((word & bit) != 0) return Defect.Duplicated;
        word |= bit;
        if (prefix != prefixNumber) (prefix, highest) = (prefixNumber, -1);
        if (sequence < highest) return Defect.Misordered;
        highest = sequence;
        return null;
    }

    /// <summary>The records that were not seen, and whether each is excused.</summary>
    public IEnumerable<(uint Sequence, bool Excused)> Missing()
    {
        for (uint sequence = 0; sequence < expected.Records; sequence++)
        {
            if ((seen[sequence / 64] & (1UL << (int)(sequence % 64))) != 0) continue;
            yield return (sequence, IsExcused(sequence));
        }
    }
}
