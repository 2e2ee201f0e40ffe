namespace Collector.Pipeline.Tailing;

/// <summary>What is read and what is not, at one moment. Each list is bounded: a node may have 10,000 logs.</summary>
/// <param name="Lagging">The files with the most unread bytes, the most first.</param>
/// <param name="Excluded">Excluded by an annotation, by the configuration, or by a source's <c>excludePaths</c>.</param>
/// <param name="Parked">Skipped after an exception until a retry succeeds.</param>
public sealed record TailStatus(IReadOnlyList<LogStatus> Lagging, IReadOnlyList<LogStatus> Excluded, IReadOnlyList<ParkedStatus> Parked)
{
    /// <summary>The greatest length of each list. The gauges have the full numbers.</summary>
    public const int Most = 100;

    /// <summary>Paths that should be read and cannot be: each counts as a lost file.</summary>
    public IReadOnlyList<UnreadablePath> Unreadable { get; init; } = [];
}

/// <summary>The log of one container, or of one writer of a <c>file</c> source.</summary>
/// <param name="Source">Name of the source.</param>
/// <param name="Path">A container's directory, or the path that any other writer writes to.</param>
/// <param name="Namespace">The pod's namespace; empty for <c>file</c> sources, like the next two.</param>
/// <param name="Pod">Its name.</param>
/// <param name="Container">Its name.</param>
/// <param name="UnreadBytes">Existing bytes that some matching output does not have.</param>
/// <param name="Why">Why it is excluded, or waits; empty: it is read.</param>
public sealed record LogStatus(string Source, string Path, string Namespace, string Pod, string Container, long UnreadBytes, string Why);

/// <summary>A path, an output or a source with a failed step that will be retried.</summary>
public sealed record ParkedStatus(string Thing, string Step, string Why);

/// <summary>A path that should be read and cannot be, and why.</summary>
public sealed record UnreadablePath(string Path, string Why);
