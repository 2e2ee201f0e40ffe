using Collector.Configuration.Binding;
using Collector.ObjectStores.FileSystem;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Catalog;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;

namespace Collector.Configuration;

/// <summary>The keys of an output, except for those of its store.</summary>
internal static class OutputKeys
{
    /// <summary>The highest level of any compressor (zstd).</summary>
    private const int HighestLevel = 22;

    /// <summary>Each open partition is a chunk on disk, and every restart looks at each of them.</summary>
    private const int MostOpen = 1_000_000;

    private static readonly Section<NamespaceMatch> Namespaces = new Section<NamespaceMatch>(new())
        .Key("include", new ListOf<string>(Kinds.NamespaceGlob), c => c.Include, (c, v) => c with { Include = v }, "Globs; empty: all.", ["team-*"])
        .Key("exclude", new ListOf<string>(Kinds.NamespaceGlob), c => c.Exclude, (c, v) => c with { Exclude = v }, "Globs; stronger than include.", ["kube-system"])
        .Check(CrossChecks.Namespaces);

    private static readonly Section<MatchConfiguration> Match = new Section<MatchConfiguration>(new())
        .Key("sources", new ListOf<string>(Kinds.Name), c => c.Sources, (c, v) => c with { Sources = v }, "Names of sources; empty: all.", ["containers"])
        .Key("logTypes", new ListOf<LogType>(SourceKeys.LogTypes()), c => c.LogTypes, (c, v) => c with { LogTypes = v }, "Empty: all.", [LogType.Application])
        .Key("namespaces", Namespaces, c => c.Namespaces, (c, v) => c with { Namespaces = v }, "Namespaces of pods.")
        .Key("podLabels", new MapOf<string>(Kinds.LabelKey, Kinds.LabelValue), c => c.PodLabels, (c, v) => c with { PodLabels = v },
            "Labels that the pod must have, with equal values.", new Dictionary<string, string> { ["app.kubernetes.io/part-of"] = "shop" });

    private static readonly Section<BatchSettings> Batch = new Section<BatchSettings>(new())
        .Key("maxSize", Kinds.PositiveSize, c => c.MaxSize, (c, v) => c with { MaxSize = v },
            "Size of an object's body before compression; no object is ever larger.", 16 * Size.MB)
        .Key("maxAge", Kinds.Duration, c => c.MaxAge, (c, v) => c with { MaxAge = v },
            "An object is sealed this long after its first record, less up to 10 % jitter.", TimeSpan.FromSeconds(60))
        .Key("maxOpen", Kinds.Integer(1, MostOpen), c => c.MaxOpen, (c, v) => c with { MaxOpen = v },
            "Limit of open partitions; above it the oldest eighth is closed and sealed.", 512)
        .Key("flushOnContainerEnd", Kinds.Boolean, c => c.FlushOnContainerEnd, (c, v) => c with { FlushOnContainerEnd = v },
            "A partition with one container only is sealed when the container ends.", false);

    private static readonly Section<RetrySettings> Retry = new Section<RetrySettings>(new())
        .Key("minBackoff", Kinds.Duration, c => c.MinBackoff, (c, v) => c with { MinBackoff = v }, "The wait after the first failure.", TimeSpan.FromSeconds(2))
        .Key("maxBackoff", Kinds.Duration, c => c.MaxBackoff, (c, v) => c with { MaxBackoff = v }, "The longest wait.", TimeSpan.FromSeconds(60))
        .Key("attemptTimeout", Kinds.Duration, c => c.AttemptTimeout, (c, v) => c with { AttemptTimeout = v }, "How long one attempt may take.", TimeSpan.FromSeconds(300))
        .Check(CrossChecks.Backoff);

    private static readonly Section<OutputBufferSettings> Buffer = new Section<OutputBufferSettings>(new())
        .Key("maxSize", Kinds.PositiveSize, c => c.MaxSize, (c, v) => c with { MaxSize = v }, "Size of this output's buffer on disk.", 20 * Size.GiB)
        .Key("whenFull", Kinds.Choice(("block", WhenFull.Block), ("dropOldest", WhenFull.DropOldest)), c => c.WhenFull,
            (c, v) => c with { WhenFull = v }, "block: the files wait, unread.", WhenFull.DropOldest);

    private static readonly Section<CatalogSettings> Catalog = new Section<CatalogSettings>(new())
        .Key("enabled", Kinds.Boolean, c => c.Enabled, (c, v) => c with { Enabled = v }, "false: no catalog; reading by names still works.", false)
        .Key("interval", Kinds.Duration, c => c.Interval, (c, v) => c with { Interval = v }, "Shortest time between two catalog objects; one more is written at the end.", TimeSpan.FromSeconds(3600))
        .Key("prefix", Kinds.CatalogPrefix, c => c.Prefix, (c, v) => c with { Prefix = v },
            "Beginning of the catalog's keys; empty: the literal beginning of keyPrefix up to its last slash, and _catalog/.", "persisted-logs/_catalog/");

    private static readonly Section<OutputConfiguration> Output =
        new Section<OutputConfiguration>(new OutputConfiguration { Store = new FileSystemSettings { Path = "" }, Node = "" })
            .Key("name", Kinds.Name, c => c.Name, (c, v) => c with { Name = v }, "Unique among the outputs; positions belong to it.", "archive")
            .Key("match", Match, c => c.Match, (c, v) => c with { Match = v }, "Which records the output gets. Every given part must match; absent: everything.")
            .Required("store", StoreKeys.Store, (c, v) => c with { Store = v }, "Where objects go, like {type: filesystem, path: /data}.")
            .Key("keyPrefix", Kinds.KeyPrefix, c => c.KeyPrefix, (c, v) => c with { KeyPrefix = v },
                "Template of the first part of an object's key; records with different prefixes go to different objects.", Kinds.KeyPrefix.Of("logs/{.kubernetes.namespace_name||\"none\"}/{\"%Y/%m/%d\"}"))
            .Key("layout", Kinds.Choice(("keyPrefix", KeyLayouts.KeyPrefix), ("openshift", KeyLayouts.OpenShift)), c => c.Layout, (c, v) => c with { Layout = v },
                "openshift: cluster/day/log_type/log_source/ and namespace/pod/container/ of a container, the host of a node's log, nothing of kubeAPI, openshiftAPI and ovn.", KeyLayouts.OpenShift)
            .Key("format", Kinds.Choice(("json", ObjectFormat.Json), ("text", ObjectFormat.Text)), c => c.Format, (c, v) => c with { Format = v },
                "json: one object a line; text: the original line, verbatim.", ObjectFormat.Text)
            .Key("compression", Compressions(), c => c.Compression, (c, v) => c with { Compression = v }, "Compression of objects.", Compression.Zstd)
            .Key("compressionLevel", Kinds.Integer(0, HighestLevel), c => c.CompressionLevel, (c, v) => c with { CompressionLevel = v },
                "0: that compressor's default here; gzip and zlib up to 9, zstd up to 22.", 6)
            .Key("batch", Batch, c => c.Batch, (c, v) => c with { Batch = v }, "When records are sealed into an object.")
            .Key("deliveryMode", DeliveryModes(), c => c.DeliveryMode, (c, v) => c with { DeliveryMode = v },
                "atLeastOnce: no condition on S3; atMostOnce: one attempt, a failure is a counted drop.", DeliveryMode.AtLeastOnce)
            .Key("retry", Retry, c => c.Retry, (c, v) => c with { Retry = v }, "Between attempts.")
            .Key("buffer", Buffer, c => c.Buffer, (c, v) => c with { Buffer = v }, "The disk buffer of this output.")
            .Key("catalog", Catalog, c => c.Catalog, (c, v) => c with { Catalog = v }, "Objects that list what this output has delivered.")
            .Check(CrossChecks.Layout)
            .Never("""{"required": ["keyPrefix", "layout"], "properties": {"layout": {"const": "openshift"}}}""")
            .Check(CrossChecks.CompressionLevel)
            .Check(CrossChecks.BatchFitsBuffer);

    public static ListOf<OutputConfiguration> List { get; } = new(Output) { AtLeastOne = true };

    private static Scalar<Compression> Compressions() => Kinds.Choice(
        ("gzip", Compression.Gzip), ("zstd", Compression.Zstd), ("snappy", Compression.Snappy), ("zlib", Compression.Zlib),
        ("none", Compression.None));

    private static Scalar<DeliveryMode> DeliveryModes() => Kinds.Choice(
        ("exactlyOnce", DeliveryMode.ExactlyOnce), ("atLeastOnce", DeliveryMode.AtLeastOnce), ("atMostOnce", DeliveryMode.AtMostOnce));
}
