namespace Collector.Simulation.Agent;

/// <summary>How the simulated agent is configured; what a restart may change. In the simulation's words, none of the product's.</summary>
internal sealed record AgentSettings
{
    public int Outputs { get; init; } = 1;

    public string KeyPrefix { get; init; } = KeyPrefixes.Pod;

    /// <summary>What the <c>file</c> source takes.</summary>
    public string FileGlob { get; init; } = "/var/log/app/*.log";

    public bool FilesStartAtEnd { get; init; }

    public TimeSpan MaxAge { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The second output has only pods whose label <c>want</c> is <c>yes</c>, and files.</summary>
    public bool MatchesLabel { get; init; }
}

/// <summary>Key prefixes that runs are made with.</summary>
internal static class KeyPrefixes
{
    public const string Pod = """{.kubernetes.pod_name||"files"}/""";
    public const string Label = """{.kubernetes.labels.app||"none"}/{.kubernetes.pod_name||"files"}/""";
    public const string Shared = """{.kubernetes.labels.app||"none"}/""";
    public const string Dated = """{.kubernetes.pod_name||"files"}/{"%Y-%m-%d/%H%M"}/""";

    public static string Of(string name) => name switch
    {
        "label" => Label,
        "shared" => Shared,
        "dated" => Dated,
        _ => Pod,
    };
}

/// <summary>What a pod says of itself at a moment.</summary>
internal sealed record PodFacts(string Label, bool IsWanted, bool IsExcluded);

/// <summary>Where everything is on the simulated node.</summary>
internal static class NodePaths
{
    public const string Pods = "/var/log/pods";
    public const string Containers = "/var/log/containers";
    public const string Docker = "/var/lib/docker/containers";
    public const string Files = "/var/log/app";
}
