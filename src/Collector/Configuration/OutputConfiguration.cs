using Collector.ObjectStores;
using Collector.Pipeline.Records;

namespace Collector.Configuration;

/// <summary>Which records go where, in which form, and what happens when they cannot.</summary>
public sealed record OutputConfiguration
{
    /// <summary>Unique, legal as a directory's name; part of every position.</summary>
    public string Name { get; init; } = "default";

    public MatchConfiguration Match { get; init; } = new();

    public required StoreSettings Store { get; init; }

    /// <summary>A <see cref="Pipeline.Records.KeyTemplate"/> that is known to parse.</summary>
    public string KeyPrefix { get; init; } =
        "persisted-logs/namespace-{.kubernetes.namespace_name||\"none\"}.pod-{.kubernetes.pod_name||.hostname||\"none\"}" +
        ".cont-{.kubernetes.container_name||.log_source||\"none\"}/";

    /// <summary>In place of <see cref="KeyPrefix"/>.</summary>
    public KeyLayouts Layout { get; init; }

    public RecordFormat Format { get; init; } = RecordFormat.Json;

    public Compression Compression { get; init; } = Compression.Gzip;

    /// <summary>0: the default of this collector for that compressor.</summary>
    public int CompressionLevel { get; init; }

    public BatchConfiguration Batch { get; init; } = new();

    public DeliveryMode DeliveryMode { get; init; } = DeliveryMode.ExactlyOnce;

    public RetryConfiguration Retry { get; init; } = new();

    public OutputBufferConfiguration Buffer { get; init; } = new();

    public CatalogConfiguration Catalog { get; init; } = new();

    /// <summary>How keys begin: what <see cref="Layout"/> or <see cref="KeyPrefix"/> says.</summary>
    public KeyTemplate GetKeyTemplate() =>
        Layout == KeyLayouts.OpenShift ? OpenShiftLayout.Template
        : KeyTemplate.TryParse(KeyPrefix, out var template, out var error) ? template
        : throw new InvalidOperationException(error);
}

/// <summary>Where the beginning of keys comes from.</summary>
public enum KeyLayouts
{
    /// <summary><see cref="OutputConfiguration.KeyPrefix"/>.</summary>
    KeyPrefix,

    /// <summary>What OpenShift's log forwarder is to write.</summary>
    OpenShift,
}

/// <summary>Objects that say what the output has delivered.</summary>
public sealed record CatalogConfiguration
{
    public bool Enabled { get; init; } = true;

    /// <summary>At most one object in so long, and one at the end.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Keys begin with it; empty: the literal beginning of <c>keyPrefix</c> up to its last slash, and <c>_catalog/</c>.</summary>
    public string Prefix { get; init; } = "";
}

/// <summary>Every part that is not empty must match; all empty is everything.</summary>
public sealed record MatchConfiguration
{
    /// <summary>Names of sources.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    public IReadOnlyList<LogType> LogTypes { get; init; } = [];

    public NamespaceMatch Namespaces { get; init; } = new();

    /// <summary>Labels that the pod must have, with equal values.</summary>
    public IReadOnlyDictionary<string, string> PodLabels { get; init; } = new Dictionary<string, string>();
}

/// <summary>Globs over namespace names; nothing included means all of them.</summary>
public sealed record NamespaceMatch
{
    public IReadOnlyList<string> Include { get; init; } = [];

    public IReadOnlyList<string> Exclude { get; init; } = [];
}

/// <summary>When records become an object.</summary>
public sealed record BatchConfiguration
{
    /// <summary>Bytes of an object's body before compression; no object is ever larger.</summary>
    public long MaxSize { get; init; } = 48 * Size.MB;

    /// <summary>Sealed this long after its first record, less up to 10 % jitter.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Partitions that are open at once; beyond it the oldest is sealed.</summary>
    public int MaxOpen { get; init; } = 2000;

    /// <summary>A partition that holds one container alone is sealed when that ends.</summary>
    public bool FlushOnContainerEnd { get; init; } = true;
}

public sealed record RetryConfiguration
{
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>The disk buffer of one output.</summary>
public sealed record OutputBufferConfiguration
{
    public long MaxSize { get; init; } = Size.GiB;

    public WhenFull WhenFull { get; init; } = WhenFull.Block;
}

public enum RecordFormat
{
    Json,

    /// <summary>The original line, verbatim.</summary>
    Text,
}

public enum Compression
{
    Gzip,
    Zstd,
    Snappy,
    Zlib,
    None,
}

/// <summary>What a crash or a lost answer may do to an object (contract §2).</summary>
public enum DeliveryMode
{
    ExactlyOnce,
    AtLeastOnce,
    AtMostOnce,
}

public enum WhenFull
{
    Block,
    DropOldest,
}
