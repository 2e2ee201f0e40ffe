using Collector.Pipeline.Positions;

namespace Collector.Reading.Verifying;

/// <summary>
/// Which bytes of one file's life are in which objects. Neighbours that follow one another in one prefix are one run, so that a
/// file that was read in one go takes no more than one.
/// </summary>
/// <param name="log">Which log.</param>
internal sealed class SourceBytes(string log)
{
    /// <summary>An interval that ends here or later has no end that is known.</summary>
    public const long AnyEnd = 1L << 60;

    /// <summary>Ascending, disjoint.</summary>
    private readonly List<Run> _runs = [];

    /// <summary>Dropped, skipped or lost; null: none.</summary>
    private IntervalSet? _explained;

    public string Log { get; } = log;

    public void Explain(long from, long to) => (_explained ??= new IntervalSet()).Add(from, to);

    /// <summary>Takes up what an object has.</summary>
    /// <param name="run">One interval of it.</param>
    public HoleKind? Add(Run run)
    {
        var at = _runs.FindLastIndex(one => one.From < run.To) + 1;
        if (at > 0 && _runs[at - 1].To > run.From)
            return HoleKind.BytesTwice;
        var before = at > 0 ? _runs[at - 1] : null;
        var after = at < _runs.Count ? _runs[at] : null;
        var isInOrder = !(before?.Prefix == run.Prefix && before.LastSeq > run.FirstSeq) && !(after?.Prefix == run.Prefix && after.FirstSeq < run.LastSeq);
        if (isInOrder && before is not null && before.To == run.From && before.Prefix == run.Prefix && before.Chain == run.Chain)
            _runs[at - 1] = before with { To = run.To, LastSeq = run.LastSeq, LastTold = Math.Max(before.LastTold, run.LastTold) };
        else
            _runs.Insert(at, run);
        return isInOrder ? null : HoleKind.OutOfOrder;
    }

    /// <summary>What lies between two runs, is not explained, and had to be told of by now: whatever has it was opened before the catalog object that tells of the later run.</summary>
    public IEnumerable<(Interval Bytes, CatalogChain Chain)> Missing()
    {
        for (var i = 1; i < _runs.Count; i++)
        {
            var (left, right) = (_runs[i - 1], _runs[i]);
            if (left.Chain != right.Chain || left.LastSeq < left.Chain.UnsaidEnd || !left.Chain.HasSettled(Math.Max(left.LastTold, right.FirstTold)))
                continue;
            var gap = new IntervalSet();
            gap.Add(left.To, right.From);
            foreach (var known in _explained is null ? [] : _explained.Items.ToArray())
                gap.Remove(known.From, known.To);
            foreach (var bytes in gap.Items.ToArray())
                yield return (bytes, left.Chain);
        }
    }

    /// <summary>Bytes that stand one after the other in objects of one prefix.</summary>
    /// <param name="From">The first byte.</param>
    /// <param name="To">Behind the last one.</param>
    /// <param name="Prefix">Of the objects; one string for each.</param>
    /// <param name="FirstSeq">Of the object with the first byte.</param>
    /// <param name="LastSeq">Of the object with the last one.</param>
    /// <param name="FirstTold">The seq of the catalog object that tells of the first one.</param>
    /// <param name="LastTold">The greatest of those that tell of them.</param>
    /// <param name="Chain">Whose.</param>
    internal sealed record Run(long From, long To, string Prefix, long FirstSeq, long LastSeq, long FirstTold, long LastTold, CatalogChain Chain);
}
