using Collector.Pipeline.Catalog;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;

namespace Collector.Pipeline.Buffer;

/// <summary>What happens to new records while an output's buffer is full.</summary>
public enum WhenFull
{
    /// <summary>Reading of its sources stops: the log files are the buffer.</summary>
    Block,

    /// <summary>The oldest sealed objects are dropped and counted.</summary>
    DropOldest,
}

/// <summary>The delivery guarantee of an output (contract §2).</summary>
public enum DeliveryMode
{
    ExactlyOnce,
    AtLeastOnce,
    AtMostOnce,
}

/// <summary>Space that must stay free on the data dir's disk: a share of it, or bytes when <see cref="Share"/> is 0.</summary>
public readonly record struct FreeSpace(double Share, long Bytes)
{
    /// <summary>Whether less than that is free.</summary>
    public bool IsBelow(long free, long total) => free < Of(total);

    /// <summary>In words, with the bytes that a share comes to.</summary>
    public string Describe(long total) =>
        Share > 0 ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{100 * Share:0.##} % ({Fullness.Bytes(Of(total))})") : Fullness.Bytes(Bytes);

    private long Of(long total) => Share > 0 ? (long)(total * Share) : Bytes;
}

/// <summary>One output, as the pipeline needs it (contract §2). Sizes in bytes.</summary>
public record OutputSettings
{
    /// <summary>Unique, legal as a directory's name; part of every position.</summary>
    public string Name { get; init; } = "default";

    public KeyTemplate KeyPrefix { get; init; } = KeyTemplate.Default;

    /// <summary>The node's name, for objects' keys. Set from the configuration as a whole.</summary>
    public required string Node { get; init; }

    public ObjectFormat Format { get; init; } = ObjectFormat.Json;

    public Compression Compression { get; init; } = Compression.Gzip;

    /// <summary>0: the default of that compressor.</summary>
    public int CompressionLevel { get; init; }

    public BatchSettings Batch { get; init; } = new();

    public DeliveryMode DeliveryMode { get; init; } = DeliveryMode.ExactlyOnce;

    public RetrySettings Retry { get; init; } = new();

    public OutputBufferSettings Buffer { get; init; } = new();

    public CatalogSettings Catalog { get; init; } = new();

    /// <summary>With less free space every output behaves as full. Set from the configuration as a whole.</summary>
    public FreeSpace MinFreeDisk { get; init; } = new(0.12, 0);

    /// <summary>The limit of rejected objects that are kept. Set from the configuration as a whole, too.</summary>
    public long QuarantineMaxSize { get; init; } = 100L << 20;
}

/// <summary>When records become an object.</summary>
public sealed record BatchSettings
{
    /// <summary>Bytes of an object's body before compression; no object is ever larger.</summary>
    public long MaxSize { get; init; } = 48_000_000;

    /// <summary>An object is sealed this long after its first record, less up to 10 % jitter.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Partitions that are open at once; beyond it the oldest is sealed.</summary>
    public int MaxOpen { get; init; } = 2000;

    /// <summary>A partition with one container only is sealed when the container ends.</summary>
    public bool FlushOnContainerEnd { get; init; } = true;
}

/// <summary>Between the attempts to send an object.</summary>
public sealed record RetrySettings
{
    /// <summary>The wait after the first failure.</summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>The disk buffer of one output.</summary>
public sealed record OutputBufferSettings
{
    /// <summary>Bytes on disk.</summary>
    public long MaxSize { get; init; } = 1L << 30;

    public WhenFull WhenFull { get; init; } = WhenFull.Block;
}
