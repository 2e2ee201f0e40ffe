using Collector.Pipeline.Catalog;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;

namespace Collector.Pipeline.Buffer;

/// <summary>What happens to new records while an output's buffer is full.</summary>
public enum WhenFull
{
    /// <summary>Its sources are not read on: the files are the buffer.</summary>
    Block,

    /// <summary>The oldest sealed objects are dropped and counted.</summary>
    DropOldest,
}

/// <summary>What an output promises (contract §2).</summary>
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

/// <summary>One output, as the pipeline needs it; defaults are the configuration's (contract §2). Sizes in bytes.</summary>
public sealed record OutputSettings
{
    public required string Name { get; init; }

    public required KeyTemplate KeyPrefix { get; init; }

    /// <summary>The node's name, for keys.</summary>
    public required string Node { get; init; }

    public ObjectFormat Format { get; init; } = ObjectFormat.Json;

    public Compression Compression { get; init; } = Compression.Gzip;

    /// <summary>0: that compressor's default here.</summary>
    public int CompressionLevel { get; init; }

    public long MaxSize { get; init; } = 48_000_000;

    public TimeSpan MaxAge { get; init; } = TimeSpan.FromMinutes(5);

    public int MaxOpen { get; init; } = 2000;

    public bool FlushOnContainerEnd { get; init; } = true;

    public DeliveryMode DeliveryMode { get; init; } = DeliveryMode.ExactlyOnce;

    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(60);

    public long MaxBufferSize { get; init; } = 1L << 30;

    public WhenFull WhenFull { get; init; } = WhenFull.Block;

    public FreeSpace MinFreeDisk { get; init; } = new(0.12, 0);

    public long QuarantineMaxSize { get; init; } = 100L << 20;

    /// <summary>Where it says what it has delivered; null: nowhere.</summary>
    public CatalogSettings? Catalog { get; init; }
}
