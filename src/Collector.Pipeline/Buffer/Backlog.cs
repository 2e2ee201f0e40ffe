namespace Collector.Pipeline.Buffer;

/// <summary>Where a buffered object is on its way.</summary>
internal enum ItemState
{
    /// <summary>A closed chunk: waits for the seal loop.</summary>
    Closed,

    Sealed,

    /// <summary>In an upload loop's hands.</summary>
    Uploading,
}

/// <summary>One object of the backlog: what memory holds of it (the rest is in its file's header).</summary>
internal sealed class BacklogItem(long seq, long openedAt, string prefix)
{
    public long Seq { get; } = seq;

    /// <summary>Unix milliseconds.</summary>
    public long OpenedAt { get; } = openedAt;

    public string Prefix { get; } = prefix;

    public ItemState State { get; set; }

    /// <summary>It may be in the store already.</summary>
    public bool Attempted { get; set; }

    /// <summary>Records in it.</summary>
    public long Records { get; set; }

    /// <summary>Bytes of its file on disk.</summary>
    public long FileBytes { get; set; }

    /// <summary>The chunk to be sealed; null once it is.</summary>
    public OpenChunk? Chunk { get; set; }

    /// <summary>Its body was compared with its checksum in this process.</summary>
    public bool IsChecked { get; set; }

    /// <summary>Monotonic: when all of its body was last found whole by sealing it in place; null: it was not.</summary>
    public long? WalkedAt { get; set; }

    /// <summary>How many objects of its output had been stored when it was first rejected; null: never rejected.</summary>
    public long? RejectedAt { get; set; }

    /// <summary>Failures of its own in a row.</summary>
    public int Failures { get; set; }

    /// <summary>Monotonic: not tried before that.</summary>
    public long NotBefore { get; set; } = long.MinValue;

    public string FileName => FileNames.Of(Seq, Attempted ? FileState.Attempted : FileState.Object);
}

/// <summary>
/// What waits in one output, in key order per prefix: the tail worker adds closed chunks, the seal loop makes objects of
/// them, the upload loops take the oldest head of any prefix that has none in flight. So the objects of a prefix appear in
/// key order (contract §4). Thread safe; holds about a hundred bytes an object, whose number the quota bounds (4 KiB each).
/// </summary>
internal sealed class Backlog
{
    private static readonly Comparer<BacklogItem> ByKey =
        Comparer<BacklogItem>.Create((a, b) => a.OpenedAt != b.OpenedAt ? a.OpenedAt.CompareTo(b.OpenedAt) : a.Seq.CompareTo(b.Seq));

    private readonly Lock _lock = new();
    private readonly Dictionary<string, PrefixQueue> _prefixes = new(StringComparer.Ordinal);
    private readonly SortedSet<BacklogItem> _ready = new(ByKey);
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

            if (queue.Items.Min is { } head && ByKey.Compare(item, head) < 0)
            {
                _ready.Remove(head);
            }

            queue.Items.Add(item);
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
    /// The oldest closed chunk; null when all are sealed. It stays where it is until <see cref="Sealed"/>. One that could not
    /// be sealed holds up its prefix, as a recovery may open it again, and no others.
    /// </summary>
    public BacklogItem? NextToSeal()
    {
        lock (_lock)
        {
            BacklogItem? leastFailed = null;
            HashSet<string>? heldUp = null;
            foreach (var item in _closed)
            {
                if (item.Failures == 0 && heldUp?.Contains(item.Prefix) != true)
                {
                    return item;
                }

                if ((heldUp ??= new HashSet<string>(StringComparer.Ordinal)).Add(item.Prefix) && item.Failures < (leastFailed?.Failures ?? int.MaxValue))
                {
                    leastFailed = item;
                }
            }

            return leastFailed;
        }
    }

    /// <summary>It could not be sealed: other prefixes come before it is tried again.</summary>
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
            item.Failures = 0;
            item.State = ItemState.Sealed;
            item.FileBytes = fileBytes;
            item.Chunk = null;
            Refresh(_prefixes[item.Prefix]);
        }

        Changed?.Invoke();
    }

    /// <summary>Takes the oldest object whose prefix has none in flight and which is not postponed; null when there is none.</summary>
    public BacklogItem? TakeForUpload(long now = long.MaxValue)
    {
        lock (_lock)
        {
            foreach (var item in _ready)
            {
                if (item.NotBefore <= now)
                {
                    _ready.Remove(item);
                    _prefixes[item.Prefix].InFlight = item;
                    item.State = ItemState.Uploading;
                    return item;
                }
            }

            return null;
        }
    }

    /// <summary>
    /// Takes the oldest object that no attempt is in flight for, whatever its place in its prefix: to drop it.
    /// </summary>
    public BacklogItem? TakeForDrop()
    {
        lock (_lock)
        {
            BacklogItem? oldest = null;
            foreach (var queue in _prefixes.Values)
            {
                foreach (var item in queue.Items)
                {
                    if (item.State == ItemState.Sealed && (oldest is null || ByKey.Compare(item, oldest) < 0))
                    {
                        oldest = item;
                    }

                    if (item.State == ItemState.Sealed)
                    {
                        break;
                    }
                }
            }

            if (oldest is not null)
            {
                _ready.Remove(oldest);
                oldest.State = ItemState.Uploading;
            }

            return oldest;
        }
    }

    /// <summary>Gives back what was taken: it is tried again.</summary>
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

    /// <summary>Puts another in the place of one that was taken.</summary>
    public void Replace(BacklogItem taken, BacklogItem by)
    {
        Add(by);
        Remove(taken);
    }

    /// <summary>It is stored, dropped, quarantined or gone: the next of its prefix may follow.</summary>
    public void Remove(BacklogItem item)
    {
        lock (_lock)
        {
            _closed.Remove(item);
            _ready.Remove(item);
            var queue = _prefixes[item.Prefix];
            queue.Land(item);
            if (queue.Items.Remove(item))
            {
                _count--;
            }

            if (queue.Items.Count == 0)
            {
                _prefixes.Remove(item.Prefix);
            }
            else
            {
                Refresh(queue);
            }
        }

        Changed?.Invoke();
    }

    /// <summary>When the oldest waiting object was opened (Unix milliseconds); null when nothing waits.</summary>
    public long? OldestOpenedAt()
    {
        lock (_lock)
        {
            long? oldest = null;
            foreach (var queue in _prefixes.Values)
            {
                oldest = Math.Min(oldest ?? long.MaxValue, queue.Items.Min!.OpenedAt);
            }

            return oldest;
        }
    }

    private void Refresh(PrefixQueue queue)
    {
        if (queue is { InFlight: null, Items.Min: { State: ItemState.Sealed } head })
        {
            _ready.Add(head);
        }
    }

    /// <summary>What waits under one prefix, and what of it an upload loop has.</summary>
    private sealed class PrefixQueue
    {
        public SortedSet<BacklogItem> Items { get; } = new(ByKey);

        public BacklogItem? InFlight { get; set; }

        public void Land(BacklogItem item) => InFlight = InFlight == item ? null : InFlight;
    }
}
