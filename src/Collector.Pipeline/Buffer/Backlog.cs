namespace Collector.Pipeline.Buffer;

/// <summary>
/// The queue of one output, in key order per prefix: the tail worker adds closed chunks, the seal loop turns them into objects, and
/// the upload loops take the oldest head of any prefix without an upload in flight. So the objects of a prefix appear in key order
/// (contract §4). Thread safe; takes about a hundred bytes for each object and each prefix; the quota bounds their number (4 KiB
/// each).
/// </summary>
internal sealed class Backlog
{
    private readonly Lock _lock = new();
    private readonly Dictionary<PrefixId, PrefixQueue> _prefixes = [];

    /// <summary>Heads that may be taken for upload.</summary>
    private readonly SortedSet<BacklogItem> _ready = new(Comparer<BacklogItem>.Create(PrefixQueue.Compare));

    /// <summary>
    /// Queues with a head that may not be taken: it is in flight, is being dropped, or is a closed chunk. There are few of them,
    /// because all three are bounded.
    /// </summary>
    private readonly HashSet<PrefixQueue> _held = [];
    private readonly SortedSet<BacklogItem> _closed = new(Comparer<BacklogItem>.Create((a, b) => a.Seq.CompareTo(b.Seq)));
    private int _count;

    /// <summary>Raised (outside any lock) when there may be something to take.</summary>
    public event Action? Changed;

    /// <summary>Objects that are not stored yet, closed chunks among them.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Closed chunks that are not sealed yet.</summary>
    public int ClosedCount
    {
        get
        {
            lock (_lock)
            {
                return _closed.Count;
            }
        }
    }

    public void Add(BacklogItem item)
    {
        lock (_lock)
        {
            if (!_prefixes.TryGetValue(item.Prefix, out var queue))
            {
                _prefixes.Add(item.Prefix, queue = new PrefixQueue());
            }

            if (queue.Head is { } head && PrefixQueue.Compare(item, head) < 0)
            {
                _ready.Remove(head);
            }

            queue.Add(item);
            _count++;
            if (item.State == ItemState.Closed)
            {
                _closed.Add(item);
            }

            Refresh(queue);
        }

        Changed?.Invoke();
    }

    /// <summary>
    /// The oldest closed chunk; null when all are sealed. It stays in its place until <see cref="Sealed"/>. A chunk that could not
    /// be sealed blocks only its own prefix, because a recovery may open it again.
    /// </summary>
    public BacklogItem? NextToSeal()
    {
        lock (_lock)
        {
            BacklogItem? leastFailed = null;
            HashSet<PrefixId>? heldUp = null;
            foreach (var item in _closed)
            {
                if (item.Failures == 0 && heldUp?.Contains(item.Prefix) != true)
                {
                    return item;
                }

                if ((heldUp ??= []).Add(item.Prefix) && item.Failures < (leastFailed?.Failures ?? int.MaxValue))
                {
                    leastFailed = item;
                }
            }

            return leastFailed;
        }
    }

    /// <summary>Sealing failed: other prefixes come before the retry.</summary>
    public void SealFailed(BacklogItem item)
    {
        lock (_lock)
        {
            item.Failures++;
        }
    }

    public void Sealed(BacklogItem item, long fileBytes)
    {
        lock (_lock)
        {
            _closed.Remove(item);
            item.Seal(fileBytes);
            Refresh(_prefixes[item.Prefix]);
        }

        Changed?.Invoke();
    }

    /// <summary>
    /// Takes the oldest object that is not postponed and has no object of its prefix in flight; null when there is none.
    /// </summary>
    public BacklogItem? TakeForUpload(long now = long.MaxValue)
    {
        lock (_lock)
        {
            foreach (var item in _ready)
            {
                if (item.NotBefore <= now)
                {
                    var queue = _prefixes[item.Prefix];
                    queue.InFlight = item;
                    item.State = ItemState.Uploading;
                    Refresh(queue);
                    return item;
                }
            }

            return null;
        }
    }

    /// <summary>Takes the oldest object without an attempt in flight, whatever its place in its prefix, to drop it.</summary>
    public BacklogItem? TakeForDrop()
    {
        lock (_lock)
        {
            var oldest = _ready.Min;
            foreach (var queue in _held)
            {
                if (queue.FirstSealed() is { } item && (oldest is null || PrefixQueue.Compare(item, oldest) < 0))
                {
                    oldest = item;
                }
            }

            if (oldest is not null)
            {
                oldest.State = ItemState.Uploading;
                Refresh(_prefixes[oldest.Prefix]);
            }

            return oldest;
        }
    }

    /// <summary>Gives a taken object back for a retry.</summary>
    public void Return(BacklogItem item)
    {
        lock (_lock)
        {
            item.State = ItemState.Sealed;
            var queue = _prefixes[item.Prefix];
            queue.Land(item);
            Refresh(queue);
        }

        Changed?.Invoke();
    }

    /// <summary>Replaces a taken object by another one.</summary>
    public void Replace(BacklogItem taken, BacklogItem by)
    {
        Add(by);
        Remove(taken);
    }

    /// <summary>The object is stored, dropped, quarantined or deleted: the next one of its prefix may follow.</summary>
    public void Remove(BacklogItem item)
    {
        lock (_lock)
        {
            _closed.Remove(item);
            _ready.Remove(item);
            var queue = _prefixes[item.Prefix];
            queue.Land(item);
            _count -= queue.Remove(item) ? 1 : 0;
            Refresh(queue);
            if (queue.Head is null)
            {
                _prefixes.Remove(item.Prefix);
            }
        }

        Changed?.Invoke();
    }

    /// <summary>When the oldest waiting object was opened (Unix milliseconds); null when nothing waits.</summary>
    public long? OldestOpenedAt()
    {
        lock (_lock)
        {
            var oldest = _ready.Min?.OpenedAt;
            foreach (var queue in _held)
            {
                oldest = Math.Min(oldest ?? long.MaxValue, queue.Head!.OpenedAt);
            }

            return oldest;
        }
    }

    /// <summary>Puts a queue where its head belongs.</summary>
    private void Refresh(PrefixQueue queue)
    {
        if (queue.Head is not { } head)
        {
            _held.Remove(queue);
        }
        else if (queue.IsReady)
        {
            _held.Remove(queue);
            _ready.Add(head);
        }
        else
        {
            _ready.Remove(head);
            _held.Add(queue);
        }
    }
}
