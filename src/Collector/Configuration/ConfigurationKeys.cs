using System.Net;
using Collector.Configuration.Binding;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Running;

namespace Collector.Configuration;

/// <summary>The keys of the root, and of everything except sources and outputs (contract §2).</summary>
internal static class ConfigurationKeys
{
    public static Section<KubernetesConfiguration> Kubernetes { get; } = new Section<KubernetesConfiguration>(new())
        .Key("enabled", Kinds.Boolean, c => c.Enabled, (c, v) => c with { Enabled = v },
            "Reads pods from the Kubernetes API; false: metadata from the path only, no API calls.", false)
        .Key("kubeconfig", Kinds.OptionalPath, c => c.Kubeconfig, (c, v) => c with { Kubeconfig = v }, "Empty: the pod's service account.", "/etc/collector/kubeconfig")
        .Key("metadataTimeout", Kinds.Duration, c => c.MetadataTimeout, (c, v) => c with { MetadataTimeout = v },
            "How long a new file waits for its pod's metadata.", TimeSpan.FromSeconds(30))
        .Key("labels", Kinds.Boolean, c => c.Labels, (c, v) => c with { Labels = v }, "Records have the pod's labels.", false)
        .Key("annotations", Kinds.Boolean, c => c.Annotations, (c, v) => c with { Annotations = v }, "Records have the pod's annotations.", true)
        .Key("namespaceLabels", Kinds.Boolean, c => c.NamespaceLabels, (c, v) => c with { NamespaceLabels = v },
            "Records have the namespace's labels.", true)
        .Key("nodeLabels", Kinds.Boolean, c => c.NodeLabels, (c, v) => c with { NodeLabels = v }, "Records have the node's labels.", true)
        .Key("infrastructureNamespaces", new ListOf<string>(Kinds.NamespaceGlob), c => c.InfrastructureNamespaces,
            (c, v) => c with { InfrastructureNamespaces = v }, "Globs of the namespaces whose log_type is infrastructure.", ["kube-*", "istio-system"]);

    private static readonly Section<BufferSettings> Buffer = new Section<BufferSettings>(new())
        .Key("sync", Kinds.Duration, c => c.Sync, (c, v) => c with { Sync = v }, "Open chunks reach the disk at least this often.", TimeSpan.FromSeconds(1))
        .Key("minFreeDisk", Kinds.FreeDisk, c => c.MinFreeDisk, (c, v) => c with { MinFreeDisk = v },
            "Share of the disk, or a size; with less free every output behaves as full (kubelet evicts at 10 %).", FreeDisk.OfBytes(5 * Size.GiB))
        .Key("maxDeletedUnread", Kinds.Size, c => c.MaxDeletedUnread, (c, v) => c with { MaxDeletedUnread = v },
            "Limit for unread deleted files, which are held open; above it the largest is given up and counted.", 512 * Size.MiB)
        .Key("quarantineMaxSize", Kinds.Size, c => c.QuarantineMaxSize, (c, v) => c with { QuarantineMaxSize = v },
            "Limit for objects that the store rejects and that are kept on disk.", Size.GiB);

    private static readonly Section<LogConfiguration> Log = new Section<LogConfiguration>(new())
        .Key("level", LogLevels(), c => c.Level, (c, v) => c with { Level = v }, "The lowest level that is logged.", LogLevel.Debug)
        .Key("format", Kinds.Choice(("json", LogFormat.Json), ("text", LogFormat.Text)), c => c.Format, (c, v) => c with { Format = v },
            "Form of a line.", LogFormat.Text);

    private static readonly Section<TelemetryConfiguration> Telemetry = new Section<TelemetryConfiguration>(new())
        .Key("listen", Kinds.Listen, c => c.Listen, (c, v) => c with { Listen = v },
            "Address of /metrics, /healthz and /readyz; \":2020\" is both address families, \"127.0.0.1:2020\" loopback.", new ListenAddress(IPAddress.Loopback, 2020))
        .Key("log", Log, c => c.Log, (c, v) => c with { Log = v }, "The collector's own log.");

    private static readonly Section<ShutdownSettings> Shutdown = new Section<ShutdownSettings>(new())
        .Key("grace", Kinds.Duration, c => c.Grace, (c, v) => c with { Grace = v },
            "After SIGTERM: read to the end, seal, upload for at most this long; the rest stays on disk.", TimeSpan.FromSeconds(50));

    public static Section<CollectorConfiguration> Root { get; } =
        new Section<CollectorConfiguration>(new CollectorConfiguration { Sources = [], Outputs = [] })
            .Key("cluster", Kinds.Text, c => c.Cluster, (c, v) => c with { Cluster = v },
                "Name or id of the cluster; in every record when set.", "prod-eu-1")
            .Key("node", Kinds.NodeName, c => c.Node, (c, v) => c with { Node = v },
                "Name of the node; empty: the environment's NODE_NAME, else the host name.", "${NODE_NAME}")
            .Key("dataDir", Kinds.Path, c => c.DataDir, (c, v) => c with { DataDir = v },
                "Directory for chunks, positions, pod cache and lock; mode 0700, on the node's disk.", "/data/collector")
            .Key("kubernetes", Kubernetes, c => c.Kubernetes, (c, v) => c with { Kubernetes = v }, "Pod metadata from the Kubernetes API.")
            .Required("sources", SourceKeys.List, (c, v) => c with { Sources = v }, "The logs to read; at least one.")
            .Required("outputs", OutputKeys.List, (c, v) => c with { Outputs = v }, "Where to store records; at least one.")
            .Key("buffer", Buffer, c => c.Buffer, (c, v) => c with { Buffer = v }, "Limits of the disk buffer of all outputs.")
            .Key("telemetry", Telemetry, c => c.Telemetry, (c, v) => c with { Telemetry = v }, "Endpoints and the collector's own log.")
            .Key("shutdown", Shutdown, c => c.Shutdown, (c, v) => c with { Shutdown = v }, "The end.")
            .Check(CrossChecks.Names)
            .Check(CrossChecks.Matches)
            .Check(PodChecks.LabelsCanBeKnown)
            .Check(CrossChecks.RecordsFitObjects)
            .Check(CrossChecks.OwnFilesAreNotRead);

    private static Scalar<LogLevel> LogLevels() => Kinds.Choice(
        ("trace", LogLevel.Trace), ("debug", LogLevel.Debug), ("info", LogLevel.Information),
        ("warning", LogLevel.Warning), ("error", LogLevel.Error));
}
