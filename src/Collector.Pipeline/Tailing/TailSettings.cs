using Collector.Pipeline.Records;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>One source, as the pipeline needs it; defaults are the configuration's (contract §2). Sizes in bytes.</summary>
public abstract record SourceSettings
{
    public required string Name { get; init; }

    /// <summary>An absolute path whose parts may have <c>*</c>, <c>?</c> and <c>[…]</c>.</summary>
    public required string Path { get; init; }

    /// <summary>Globs over whole paths; they win over <see cref="Path"/>.</summary>
    public IReadOnlyList<string> ExcludePaths { get; init; } = [];

    /// <summary>Whether what is there at the very first start is skipped.</summary>
    public bool StartAtEnd { get; init; }

    /// <summary>Of the log text, before escaping.</summary>
    public int MaxRecordSize { get; init; } = 1 << 20;
}

/// <summary>Logs of this node's containers.</summary>
public sealed record ContainerSourceSettings : SourceSettings
{
    /// <summary>Where the files are; the truth for generations and rotation.</summary>
    public string PodLogs { get; init; } = "/var/log/pods";

    public bool ParseJson { get; init; }
}

/// <summary>Any other log file.</summary>
public sealed record FileSourceSettings : SourceSettings
{
    /// <summary>Whether a line is a JSON object whose fields stay at the top level.</summary>
    public bool IsJson { get; init; }

    /// <summary>Which field is the record's time; empty: the time of reading.</summary>
    public string TimeField { get; init; } = "";

    public TimeSpan FlushPartialAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What all its records say besides time and text.</summary>
    public required RecordIdentity Identity { get; init; }
}

/// <summary>A container's life, as its log's path tells it. Empty: not known.</summary>
public sealed record ContainerRef(string Namespace, string Pod, string PodUid, string Container, int Restart, string ContainerId)
{
    /// <summary>Whether both are lives of one container.</summary>
    internal bool IsSame(ContainerRef other) => PodUid == other.PodUid && Container == other.Container && Pod == other.Pod && Namespace == other.Namespace;
}

/// <summary>Limits of the tail that do not belong to a source (contract §2, <c>buffer</c>).</summary>
public sealed record TailSettings
{
    public required IReadOnlyList<SourceSettings> Sources { get; init; }

    /// <summary>What is known of a container; asked on the worker's thread when its log is found, and again when <c>MetadataChanged</c> says so.</summary>
    public required Func<ContainerRef, ContainerFacts> Identify { get; init; }

    /// <summary>How long a new file waits, unread, while its <see cref="ContainerFacts.IsPending"/>.</summary>
    public TimeSpan MetadataTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Told now and then the UIDs of the pods (as the paths have them) of which there are logs whose last byte may not be stored yet.</summary>
    public Action<IReadOnlySet<string>> PodsInUse { get; init; } = _ => { };

    /// <summary>Where links of <c>n.log</c> may lead (Docker's json-file driver).</summary>
    public string DockerContainers { get; init; } = "/var/lib/docker/containers";

    /// <summary>Deleted files that are held open because they are unread, in bytes of what is unread.</summary>
    public long MaxDeletedUnread { get; init; } = 2L << 30;

    /// <summary>Descriptors for source files; 0: half of the process's limit.</summary>
    public int MaxOpenFiles { get; init; }

    /// <summary>Never read from beneath it.</summary>
    public string DataDir { get; init; } = "";

    /// <summary>Where the files are; another one than the kernel's in simulations.</summary>
    internal ISourceTree Tree { get; init; } = LinuxTree.Instance;
}
