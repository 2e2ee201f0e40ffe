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

    /// <summary>
    /// Only in the copies for the file of losses: the hashes of files that cannot be read and were counted, and when a run met them
    /// last (Unix ms).
    /// </summary>
    internal IReadOnlyList<KeyValuePair<ulong, long>> CountedFiles { get; init; } = [];

    /// <summary>The same, without counters: those were shown long ago.</summary>
    internal Losses WithoutCounts() => new() { CountedFiles = CountedFiles };

    internal Losses Copy(IReadOnlyList<KeyValuePair<ulong, long>>? counted = null) => new() { Bytes = Bytes.Copy(), Files = Files.Copy(), ToldAt = ToldAt, Version = Version, CountedFiles = counted ?? [] };
}
