namespace Collector.Pipeline.Positions;

/// <summary>A half-open range of a generation's (decompressed) bytes.</summary>
public readonly record struct Interval(long From, long To)
{
    public long Length => To - From;
}

/// <summary>
/// Disjoint, sorted, never adjacent intervals. In steady state there is one, [0, position), and every operation on it is
/// constant; holes make it a short sorted list. Not thread safe.
/// </summary>
public sealed class IntervalSet
{
    private Interval[] _items = [];
    private int _count;

    public ReadOnlySpan<Interval> Items => _items.AsSpan(0, _count);

    public bool IsEmpty => _count == 0;

    /// <summary>The end of the last interval; 0 when empty.</summary>
    public long End => _count == 0 ? 0 : _items[_count - 1].To;

    /// <summary>Bytes covered.</summary>
    public long Total
    {
        get
        {
            long sum = 0;
            foreach (var item in Items)
            {
                sum += item.Length;
            }

            return sum;
        }
    }

    /// <summary>Adds [from, to); existing parts stay.</summary>
    public void Add(long from, long to)
    {
        if (from >= to)
        {
            return;
        }

        var first = LowerBound(from);
        var last = first;
        while (last < _count && _items[last].From <= to)
        {
            from = Math.Min(from, _items[last].From);
            to = Math.Max(to, _items[last].To);
            last++;
        }

        Replace(first, last, new Interval(from, to));
    }

    /// <summary>Adds an interval, and adds its new parts to another set.</summary>
    public void Add(long from, long to, IntervalSet fresh)
    {
        for (var gap = FirstGap(from); gap < to; gap = FirstGap(Math.Min(to, NextCovered(gap))))
        {
            fresh.Add(gap, Math.Min(to, NextCovered(gap)));
        }

        Add(from, to);
    }

    public void Add(IntervalSet other)
    {
        foreach (var item in other.Items)
        {
            Add(item.From, item.To);
        }
    }

    /// <summary>Takes [from, to) out.</summary>
    public void Remove(long from, long to)
    {
        var kept = new List<Interval>(_count + 1);
        foreach (var item in Items)
        {
            if (item.From < Math.Min(item.To, from))
            {
                kept.Add(item with { To = Math.Min(item.To, from) });
            }

            if (Math.Max(item.From, to) < item.To)
            {
                kept.Add(item with { From = Math.Max(item.From, to) });
            }
        }

        if (from < to)
        {
            _items = [.. kept];
            _count = kept.Count;
        }
    }

    public bool Contains(long from, long to)
    {
        var at = LowerBound(from + 1);
        return from >= to || (at < _count && _items[at].From <= from && to <= _items[at].To);
    }

    public bool Contains(IntervalSet other)
    {
        foreach (var item in other.Items)
        {
            if (!Contains(item.From, item.To))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether another set has the same bytes at and after <paramref name="from"/>.</summary>
    public bool IsEqualFrom(long from, IntervalSet other)
    {
        var mine = Behind(from);
        var others = other.Behind(from);
        if (mine.Length != others.Length)
        {
            return false;
        }

        for (var i = 0; i < mine.Length; i++)
        {
            if (Math.Max(mine[i].From, from) != Math.Max(others[i].From, from) || mine[i].To != others[i].To)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The first byte at or after <paramref name="from"/> that is not covered.</summary>
    public long FirstGap(long from)
    {
        var at = LowerBound(from + 1);
        return at < _count && _items[at].From <= from ? _items[at].To : from;
    }

    /// <summary>The first covered byte at or after <paramref name="from"/>; <see cref="long.MaxValue"/> when there is none.</summary>
    public long NextCovered(long from)
    {
        var at = LowerBound(from + 1);
        return at < _count ? Math.Max(from, _items[at].From) : long.MaxValue;
    }

    public IntervalSet Copy() => new() { _items = Items.ToArray(), _count = _count };

    /// <summary>The intervals that end behind <paramref name="from"/>.</summary>
    private ReadOnlySpan<Interval> Behind(long from) => Items[LowerBound(from + 1)..];

    /// <summary>Index of the first interval whose end is at or after <paramref name="value"/>.</summary>
    private int LowerBound(long value)
    {
        int low = 0, high = _count;
        if (high > 0 && _items[high - 1].To < value)
        {
            return high;
        }

        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_items[middle].To < value)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private void Replace(int first, int last, Interval with)
    {
        if (first == last)
        {
            if (_count == _items.Length)
            {
                Array.Resize(ref _items, Math.Max(1, _count * 2));
            }

            Array.Copy(_items, first, _items, first + 1, _count - first);
            _count++;
        }
        else
        {
            Array.Copy(_items, last, _items, first + 1, _count - last);
            _count -= last - first - 1;
        }

        _items[first] = with;
    }
}
