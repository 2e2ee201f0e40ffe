using Collector.Pipeline.Positions;

namespace Collector.Reading.Verifying;

/// <summary>
/// Which objects have which bytes of one file generation. Consecutive bytes in one prefix form one run, so a file that was read in
/// one pass takes a single run.
/// </summary>
/// <param name="log">Which log.</param>
internal sealed class SourceBytes(string log)
{
    /// <summary>An interval that ends here or later has an unknown end.</summary>
    public const long AnyEnd = 1L << 60;

    /// <summary>
    /// An unfinished line of one stream may be behind what the other stream has written since; its record is smaller than this.
    /// </summary>
    private const long Straggler = 2 << 20;

    /// <summary>And it may take this long until it is finished.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromDays(1);

    /// <summary>Ascending, disjoint.</summary>
    private readonly List<Run> _runs = [];

    /// <summary>Dropped, skipped or lost; null: none.</summary>
    private IntervalSet? _explained;

    public string Log { get; } = log;

    public void Explain(IReadOnlyList<(long From, long To)> intervals)
    {
        foreach (var (from, to) in intervals)
            (_explained ??= new IntervalSet()).Add(from, to);
    }

    /// <summary>
    /// Whether an object, with more than a late line, has only bytes that come before those of an earlier object of its prefix.
    /// </summary>
    public bool StandsBehind(IReadOnlyList<(long From, long To)> intervals, string prefix, long seq) =>
        intervals.Count > 0 && intervals.Sum(one => one.To - one.From) > Straggler
        && _runs.Exists(run => run.From >= intervals[^1].To && run.Prefix == prefix && run.FirstSeq < seq);

    /// <summary>Adds an interval of an object; false, with nothing done, when another object has some of it.</summary>
    public bool TryAdd(Run run)
    {
        var at = _runs.FindLastIndex(one => one.From < run.To) + 1;
        if (at > 0 && _runs[at - 1].To > run.From)
            return false;
        if (at > 0 && _runs[at - 1] is var before && before.To == run.From && before.Prefix == run.Prefix && before.Chain == run.Chain && before.LastSeq <= run.FirstSeq)
            _runs[at - 1] = before with { To = run.To, LastSeq = run.LastSeq, Last = Later(before.Last, run.Last) };
        else
            _runs.Insert(at, run);
        return true;
    }

    /// <summary>
    /// The unexplained bytes between two runs that had to be listed by now: an object with them was opened before the catalog
    /// object that lists the later run, unless they are a line that was unfinished then.
    /// </summary>
    public IEnumerable<(Interval Bytes, CatalogChain Chain)> Missing()
    {
        for (var i = 1; i < _runs.Count; i++)
        {
            var (left, right) = (_runs[i - 1], _runs[i]);
            var told = Later(left.Last, right.First);
            if (left.Chain != right.Chain || left.LastSeq < left.Chain.UnsaidEnd || !left.Chain.HasSettled(told.Seq) || left.Chain.Head.Made < told.At + Patience)
                continue;
            var gap = new IntervalSet();
            gap.Add(left.To, right.From);
            foreach (var known in _explained is null ? [] : _explained.Items.ToArray())
                gap.Remove(known.From, known.To);
            foreach (var bytes in gap.Items.ToArray())
                yield return (bytes, left.Chain);
        }
    }

    private static Told Later(Told one, Told other) => one.Seq > other.Seq ? one : other;

    /// <summary>The catalog object that lists something.</summary>
    /// <param name="Seq">Its seq.</param>
    /// <param name="At">When it was made.</param>
    internal readonly record struct Told(long Seq, DateTimeOffset At);

    /// <summary>Consecutive bytes in objects of one prefix.</summary>
    /// <param name="From">The first byte.</param>
    /// <param name="To">The offset after the last one.</param>
    /// <param name="Prefix">The objects' prefix; one string for each.</param>
    /// <param name="FirstSeq">The seq of the object with the first byte.</param>
    /// <param name="LastSeq">The seq of the object with the last byte.</param>
    /// <param name="First">The catalog object that lists the first byte.</param>
    /// <param name="Last">The newest catalog object that lists any of the bytes.</param>
    /// <param name="Chain">Whose.</param>
    internal sealed record Run(long From, long To, string Prefix, long FirstSeq, long LastSeq, Told First, Told Last, CatalogChain Chain);
}
