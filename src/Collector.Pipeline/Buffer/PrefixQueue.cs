namespace Collector.Pipeline.Buffer;

/// <summary>
/// The queue of one prefix, in key order, and the item that an upload loop has taken. A linked list through the items themselves,
/// because they come in order and leave at the head. Not thread safe; owned by the backlog.
/// </summary>
internal sealed class PrefixQueue
{
    private BacklogItem? _last;

    public BacklogItem? Head { get; private set; }

    public BacklogItem? InFlight { get; set; }

    /// <summary>The head may be taken for upload.</summary>
    public bool IsReady => InFlight is null && Head?.State == ItemState.Sealed;

    /// <summary>By the time of opening, then by seq: the order of the keys.</summary>
    public static int Compare(BacklogItem a, BacklogItem b) => a.OpenedAt != b.OpenedAt ? a.OpenedAt.CompareTo(b.OpenedAt) : a.Seq.CompareTo(b.Seq);

    public void Add(BacklogItem item)
    {
        var before = _last is { } last && Compare(last, item) < 0 ? last : FindBefore(item);
        item.Next = before is null ? Head : before.Next;
        if (before is null)
        {
            Head = item;
        }
        else
        {
            before.Next = item;
        }

        _last = item.Next is null ? item : _last;
    }

    /// <summary>Does nothing when it is not here.</summary>
    public bool Remove(BacklogItem item)
    {
        BacklogItem? before = null;
        var at = Head;
        while (at is not null && at != item)
        {
            (before, at) = (at, at.Next);
        }

        if (at is null)
        {
            return false;
        }

        if (before is null)
        {
            Head = item.Next;
        }
        else
        {
            before.Next = item.Next;
        }

        _last = _last == item ? before : _last;
        item.Next = null;
        return true;
    }

    /// <summary>The oldest sealed object that no loop has taken.</summary>
    public BacklogItem? FirstSealed()
    {
        var at = Head;
        while (at is not null && at.State != ItemState.Sealed)
        {
            at = at.Next;
        }

        return at;
    }

    public void Land(BacklogItem item) => InFlight = InFlight == item ? null : InFlight;

    private BacklogItem? FindBefore(BacklogItem item)
    {
        BacklogItem? before = null;
        for (var at = Head; at is not null && Compare(at, item) < 0; at = at.Next)
        {
            before = at;
        }

        return before;
    }
}
