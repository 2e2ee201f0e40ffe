using Collector.Pipeline.Buffer;
using Collector.Pipeline.Running;
using Collector.Pipeline.Sources;

namespace Collector.Configuration;

/// <summary>
/// The whole configuration (contract §2), as the agent runs it: variables replaced, checked, never changed. A property's
/// initialiser is the one place of its default. Sizes are bytes.
/// </summary>
public sealed record CollectorConfiguration
{
    /// <summary>Name or id of the cluster; in every record when not empty.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>Name of the node. Never empty once it is parsed.</summary>
    public string Node { get; init; } = "";

    /// <summary>Where chunks, positions, the pod cache and the lock are.</summary>
    public string DataDir { get; init; } = "/var/lib/collector";

    public KubernetesConfiguration Kubernetes { get; init; } = new();

    public required IReadOnlyList<SourceSettings> Sources { get; init; }

    public required IReadOnlyList<OutputConfiguration> Outputs { get; init; }

    public BufferSettings Buffer { get; init; } = new();

    public TelemetryConfiguration Telemetry { get; init; } = new();

    public ShutdownSettings Shutdown { get; init; } = new();
}

/// <summary>What the agent asks of the Kubernetes API, and which parts go into records.</summary>
public sealed record KubernetesConfiguration
{
    /// <summary>False: identity from the path alone, no API calls.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Empty: the service account of the pod.</summary>
    public string Kubeconfig { get; init; } = "";

    /// <summary>How long a new file waits for its pod.</summary>
    public TimeSpan MetadataTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public bool Labels { get; init; } = true;

    public bool Annotations { get; init; }

    public bool NamespaceLabels { get; init; }

    public bool NodeLabels { get; init; }

    /// <summary>Globs of the namespaces with <see cref="LogType.Infrastructure"/>.</summary>
    public IReadOnlyList<string> InfrastructureNamespaces { get; init; } = ["kube-*", "openshift-*", "default"];
}

public sealed record TelemetryConfiguration
{
    public ListenAddress Listen { get; init; } = new(null, 2020);

    public LogConfiguration Log { get; init; } = new();
}

/// <summary>The collector's own log.</summary>
public sealed record LogConfiguration
{
    public LogLevel Level { get; init; } = LogLevel.Information;

    public LogFormat Format { get; init; } = LogFormat.Json;
}

public enum LogFormat
{
    Json,
    Text,
}
