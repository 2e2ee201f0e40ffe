using Collector.Pipeline.Catalog;
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

    /// <summary>The limits of all outputs together. Set from the configuration as a whole.</summary>
    public BufferSettings Shared { get; init; } = new();
}

/// <summary>When records become an object.</summary>
public sealed record BatchSettings
{
    /// <summary>Bytes of an object's body before compression; no object is ever larger.</summary>
    public long MaxSize { get; init; } = 48_000_000;

    /// <summary>An object is sealed this long after its first record, less up to 10 % jitter.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Partitions that are open at once; beyond it the oldest eighth is closed and sealed.</summary>
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

    /// <summary>What becomes of records while the store does not take them, as the end of a sentence that says that they wait.</summary>
    public string Fate => WhenFull == WhenFull.Block ? "nothing is dropped" : "when the buffer is full, the oldest are dropped and counted (whenFull: dropOldest)";
}
