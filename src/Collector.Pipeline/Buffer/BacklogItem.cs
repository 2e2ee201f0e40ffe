namespace Collector.Pipeline.Buffer;

/// <summary>Where a buffered object is on its way.</summary>
internal enum ItemState : byte
{
    /// <summary>A closed chunk: waits for the seal loop.</summary>
    Closed,

    Sealed,

    /// <summary>An upload loop has taken it.</summary>
    Uploading,
}

/// <summary>
/// One object of the backlog: the part that is kept in memory (the rest is in its file's header). There may be 250,000 of them, so
/// a sealed object without any event has no fields for events.
/// </summary>
internal sealed class BacklogItem(long seq, long openedAt, PrefixId prefix)
{
    private Rare? _rare;

    public long Seq { get; } = seq;

    /// <summary>Unix milliseconds.</summary>
    public long OpenedAt { get; } = openedAt;

    public PrefixId Prefix { get; } = prefix;

    public ItemState State { get; set; }

    /// <summary>It may be in the store already.</summary>
    public bool Attempted { get; set; }

    /// <summary>Its body was compared with its checksum in this process.</summary>
    public bool IsChecked { get; set; }

    /// <summary>Records in it.</summary>
    public long Records { get; set; }

    /// <summary>Bytes of its file on disk.</summary>
    public long FileBytes { get; set; }

    /// <summary>The next item of its prefix; maintained by the backlog.</summary>
    public BacklogItem? Next { get; set; }

    /// <summary>The chunk to be sealed; null once it is.</summary>
    public OpenChunk? Chunk
    {
        get => _rare?.Chunk;
        set => Ensure().Chunk = value;
    }

    /// <summary>Monotonic: when its whole body was last verified by sealing it in place; null: never.</summary>
    public long? WalkedAt
    {
        get => _rare?.WalkedAt;
        set => Ensure().WalkedAt = value;
    }

    /// <summary>How many objects of its output had been stored when it was first rejected; null: never rejected.</summary>
    public long? RejectedAt
    {
        get => _rare?.RejectedAt;
        set => Ensure().RejectedAt = value;
    }

    /// <summary>
    /// How many objects of its output had been stored when it got another key, because its first key existed; null: it has its
    /// first key.
    /// </summary>
    public long? RenewedAt
    {
        get => _rare?.RenewedAt;
        set => Ensure().RenewedAt = value;
    }

    /// <summary>Consecutive failures of its own.</summary>
    public int Failures
    {
        get => _rare?.Failures ?? 0;
        set => Ensure().Failures = value;
    }

    /// <summary>Monotonic: no attempt before that.</summary>
    public long NotBefore
    {
        get => _rare?.NotBefore ?? long.MinValue;
        set => Ensure().NotBefore = value;
    }

    public string FileName => FileNames.Format(Seq, Attempted ? FileState.Attempted : FileState.Object);

    /// <summary>Its chunk has become an object of that many bytes on disk.</summary>
    public void Seal(long fileBytes)
    {
        State = ItemState.Sealed;
        FileBytes = fileBytes;
        _rare = WalkedAt is { } walkedAt ? new Rare { WalkedAt = walkedAt } : null;
    }

    private Rare Ensure() => _rare ??= new Rare();

    private sealed class Rare
    {
        public OpenChunk? Chunk { get; set; }

        public long? WalkedAt { get; set; }

        public long? RejectedAt { get; set; }

        public long? RenewedAt { get; set; }

        public int Failures { get; set; }

        public long NotBefore { get; set; } = long.MinValue;
    }
}
