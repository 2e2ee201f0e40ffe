namespace Collector.Simulation.Agent;

/// <summary>How the simulated agent is configured; what a restart may change. In the simulation's words, none of the product's.</summary>
internal sealed record AgentSettings
{
    public int Outputs { get; init; } = 1;

    public string KeyPrefix { get; init; } = KeyPrefixes.Pod;

    /// <summary>What the <c>file</c> source takes.</summary>
    public FileGlob Files { get; init; } = FileGlob.Narrow;

    public bool FilesStartAtEnd { get; init; }

    public TimeSpan MaxAge { get; init; } = TimeSpan.FromSeconds(20);

    public bool HasCatalog { get; init; }

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

/// <summary>Patterns of the <c>file</c> source.</summary>
internal enum FileGlob
{
    /// <summary><c>*.log</c>: live names, and rotated ones with the number before the extension.</summary>
    Narrow,

    /// <summary><c>*.log*</c>.</summary>
    Stem,

    /// <summary><c>*</c>.</summary>
    Wide,

    /// <summary><c>**/*.log</c>: in subdirectories, too.</summary>
    Deep,
}

/// <summary>What the patterns mean, told without the product's own reading of them.</summary>
internal static class FileGlobs
{
    public static string PatternOf(FileGlob glob) => NodePaths.Files + glob switch
    {
        FileGlob.Narrow => "/*.log",
        FileGlob.Stem => "/*.log*",
        FileGlob.Wide => "/*",
        _ => "/**/*.log",
    };

    public static bool Takes(FileGlob glob, string path)
    {
        var name = Path.GetFileName(path);
        var isTop = Path.GetDirectoryName(path) == NodePaths.Files;
        return glob switch
        {
            FileGlob.Narrow => isTop && name.EndsWith(".log", StringComparison.Ordinal),
            FileGlob.Stem => isTop && name.Contains(".log", StringComparison.Ordinal),
            FileGlob.Wide => isTop,
            _ => path.StartsWith(NodePaths.Files + "/", StringComparison.Ordinal) && name.EndsWith(".log", StringComparison.Ordinal),
        };
    }
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
