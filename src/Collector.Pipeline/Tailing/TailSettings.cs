using Collector.Pipeline.Buffer;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>Limits of the tail that do not belong to a source (contract §2, <c>buffer</c>).</summary>
public sealed record TailSettings
{
    public required IReadOnlyList<SourceSettings> Sources { get; init; }

    /// <summary>
    /// Returns what is known of a container; called on the worker's thread when its log is found, and again when
    /// <c>MetadataChanged</c> says so.
    /// </summary>
    public required Func<ContainerRef, ContainerFacts> Identify { get; init; }

    /// <summary>How long a new file waits, unread, while its <see cref="ContainerFacts.IsPending"/>.</summary>
    public required TimeSpan MetadataTimeout { get; init; }

    /// <summary>Receives now and then the UIDs of the pods (as in paths) with logs whose last byte may not be stored yet.</summary>
    public Action<IReadOnlySet<string>> PodsInUse { get; init; } = _ => { };

    /// <summary>How much of deleted files is held open.</summary>
    public BufferSettings Buffer { get; init; } = new();

    /// <summary>Descriptors for source files; 0: half of the process's limit.</summary>
    public int MaxOpenFiles { get; init; }

    /// <summary>Never read from beneath it.</summary>
    public string DataDir { get; init; } = "";

    /// <summary>Where another agent stopped, for the first start; null: no positions were handed over.</summary>
    internal Running.HandOver? HandOver { get; init; }

    /// <summary>The file system; simulations have another one than the kernel's.</summary>
    internal ISourceTree Tree { get; init; } = LinuxTree.Instance;
}
