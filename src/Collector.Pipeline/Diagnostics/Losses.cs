namespace Collector.Pipeline.Diagnostics;

/// <summary>The loss counters, and whether a scrape has shown them. Not thread safe.</summary>
public sealed class Losses
{
    public EnumCounts<BytesLostReason> Bytes { get; init; } = new();

    public EnumCounts<FilesLostReason> Files { get; init; } = new();

    /// <summary>When a scrape first showed all of it; null: there is something that no scrape has shown, or nothing at all.</summary>
    public DateTimeOffset? ToldAt { get; set; }

    /// <summary>Grows with each change.</summary>
    public long Version { get; set; }

    internal Losses Copy() => new() { Bytes = Bytes.Copy(), Files = Files.Copy(), ToldAt = ToldAt, Version = Version };
}
