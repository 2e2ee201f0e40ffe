using Collector.Pipeline.Sources;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tailing;

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

    /// <summary>Where Docker's json-file driver writes, unless it is told otherwise.</summary>
    public const string DefaultDockerContainers = "/var/lib/docker/containers";

    /// <summary>Where links of <c>n.log</c> may lead (Docker's json-file driver).</summary>
    public string DockerContainers { get; init; } = DefaultDockerContainers;

    /// <summary>Deleted files that are held open because they are unread, in bytes of what is unread.</summary>
    public long MaxDeletedUnread { get; init; } = 2L << 30;

    /// <summary>Descriptors for source files; 0: half of the process's limit.</summary>
    public int MaxOpenFiles { get; init; }

    /// <summary>Never read from beneath it.</summary>
    public string DataDir { get; init; } = "";

    /// <summary>Where another agent stopped, for the first start; null: nobody has handed anything over.</summary>
    internal Running.HandOver? HandOver { get; init; }

    /// <summary>Where the files are; another one than the kernel's in simulations.</summary>
    internal ISourceTree Tree { get; init; } = LinuxTree.Instance;
}
