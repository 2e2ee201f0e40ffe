using Collector.Pipeline.Positions;

namespace Collector.Pipeline.Catalog;

/// <summary>
/// Lines of the catalog and their state (CATALOG.md): waiting, in a catalog object on this disk, or stored. Not thread safe:
/// guarded by the journal's lock.
/// </summary>
internal sealed class CatalogLines
{
    private readonly SortedDictionary<long, byte[]> _waiting = [];

    /// <summary>Lines of running or failed folds, by seq: durable or not, the next try has the same number.</summary>
    private readonly Dictionary<long, long> _unsure = [];

    /// <summary>The last assigned number. A number that a failed fold has lost is assigned again.</summary>
    private readonly IntervalSet _known = new();

    /// <summary>The line of the last skip, which may or may not be durable.</summary>
    private (long Number, CoverageMap Gaps)? _unsureSkip;

    /// <summary>Lines in a delivered catalog object.</summary>
    public IntervalSet Told { get; } = new();

    /// <summary>The newest catalog object that is known; null: none.</summary>
    public CatalogSpan? Last { get; private set; }

    public IReadOnlyDictionary<long, byte[]> Waiting => _waiting;

    /// <summary>Bytes of the lines that wait.</summary>
    public long WaitingBytes { get; private set; }

    /// <summary>
    /// The line of an object that is being folded; <see cref="Sure"/> when that is durable. It waits from now on, even if its fold
    /// fails, because a snapshot may declare the object stored.
    /// </summary>
    public (long Number, byte[] Line) AddFor(long seq, Func<long, byte[]> make)
    {
        if (!_unsure.TryGetValue(seq, out var number))
        {
            _unsure.Add(seq, number = _known.FirstGap(0));
            _known.Add(number, number + 1);
        }

        var line = make(number);
        Add(number, line);
        return (number, line);
    }

    /// <summary>Adds the line of a fold that is durable, or may be, to the waiting lines.</summary>
    public void Add(long number, byte[] line)
    {
        _known.Add(number, number + 1);
        if (_waiting.TryAdd(number, line))
        {
            WaitingBytes += line.Length;
        }
    }

    /// <summary>Lines in the journals wait, unless a catalog object has them.</summary>
    public void Load(IReadOnlyDictionary<long, byte[]> lines)
    {
        foreach (var (number, line) in lines.Where(l => !_known.Contains(l.Key, l.Key + 1)).ToList())
        {
            Add(number, line);
        }
    }

    /// <summary>The fold of that seq is durable.</summary>
    public void Sure(long seq) => _unsure.Remove(seq);

    /// <summary>A catalog object on this disk has these lines.</summary>
    public void Hold(CatalogSpan span) => AddSpan(span);

    /// <summary>The store has a catalog object, or it was dropped.</summary>
    public void Tell(CatalogSpan span)
    {
        Told.Add(span.From, span.To);
        AddSpan(span);
    }

    /// <summary>A line that becomes durable with the next note; losing it is harmless.</summary>
    public (long Number, byte[] Line) AddNext(Func<long, byte[]> make)
    {
        var number = _known.FirstGap(0);
        var line = make(number);
        Add(number, line);
        return (number, line);
    }

    /// <summary>
    /// The line of the current skip; <see cref="SureSkip"/> when that is durable; null: there is none. A failed skip may be
    /// durable, so its line waits; bytes that are then read all the same have two lines, which is harmless. The next skip takes its
    /// number and includes both, so that lines do not pile up while a disk fails.
    /// </summary>
    public (long Number, byte[] Line)? AddSkip(Func<long, CoverageMap, byte[]> make, CoverageMap added)
    {
        if (added.IsEmpty)
        {
            return null;
        }

        var gaps = added.Copy();
        if (_unsureSkip is { } unsure)
        {
            gaps.Add(unsure.Gaps);
            if (_waiting.TryGetValue(unsure.Number, out var old))
            {
                var line = make(unsure.Number, gaps);
                _waiting[unsure.Number] = line;
                WaitingBytes += line.Length - old.Length;
                _unsureSkip = (unsure.Number, gaps);
                return (unsure.Number, line);
            }
        }

        var next = AddNext(number => make(number, gaps));
        _unsureSkip = (next.Number, gaps);
        return next;
    }

    /// <summary>The last skip is durable.</summary>
    public void SureSkip() => _unsureSkip = null;

    /// <summary>The first lines that wait, ascending and without a gap between them; null: none waits, or the first one's fold is not sure.</summary>
    public (long From, List<byte[]> Lines)? Batch(long mostBytes)
    {
        var lines = new List<byte[]>();
        var (from, bytes) = (-1L, 0L);
        foreach (var (number, line) in _waiting)
        {
            from = from < 0 ? number : from;
            if (number != from + lines.Count || bytes > mostBytes || _unsure.ContainsValue(number))
            {
                break;
            }

            lines.Add(line);
            bytes += line.Length;
        }

        return lines.Count > 0 ? (from, lines) : null;
    }

    private void AddSpan(CatalogSpan span)
    {
        _known.Add(span.From, span.To);
        Last = Last is { } last && last.Number > span.Number ? last : span;
        for (var number = span.From; number < span.To; number++)
        {
            if (_waiting.Remove(number, out var line))
            {
                WaitingBytes -= line.Length;
            }
        }
    }
}
