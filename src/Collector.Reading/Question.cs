using Collector.Pipeline.Records;
using Collector.Reading.Lines;

namespace Collector.Reading;

/// <summary>Which records are wanted. Null and empty parts are ignored.</summary>
public sealed record Question
{
    /// <summary>Null: of every namespace.</summary>
    public string? Namespace { get; init; }

    /// <summary>A pod's name; with a <c>*</c> at its end, the beginning of names.</summary>
    public string? Pod { get; init; }

    /// <summary><c>Deployment</c>, <c>StatefulSet</c>, …; with <see cref="OwnerName"/>.</summary>
    public string? OwnerKind { get; init; }

    public string? OwnerName { get; init; }

    public string? Container { get; init; }

    /// <summary><c>stdout</c> or <c>stderr</c>.</summary>
    public string? Stream { get; init; }

    public LabelSelector Labels { get; init; } = LabelSelector.Any;

    /// <summary>Which runs of a container.</summary>
    public Lives Lives { get; init; } = Lives.Last;

    /// <summary>No record before it.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>No record after it.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The beginning of the pods' names: the wanted pod's name, or its owner's.</summary>
    internal string? PodPattern => Pod ?? (OwnerName is { } owner ? (owner.Length > MostOwner ? owner[..MostOwner] : owner + "-") + "*" : null);

    /// <summary>
    /// Kubernetes cuts an owner's name if a pod's name, with its hashes, would exceed 63 characters. A cut name keeps at least this
    /// length: 63 minus a template's hash (11), a pod's suffix (6) and, for a CronJob, a number of minutes (9).
    /// </summary>
    private const int MostOwner = 37;

    internal RecordTime? SinceTime => Since is { } since ? RecordTime.From(since) : null;

    /// <summary>To the end of its tick of 100 ns, so that a line's own time, cut to ticks, includes the line.</summary>
    internal RecordTime? UntilTime => Until is { } until ? new RecordTime(RecordTime.From(until).UnixNanoseconds + TimeSpan.NanosecondsPerTick - 1) : null;

    /// <summary>Whether the names of a source match the question.</summary>
    /// <param name="source">Has a namespace, a pod and a container.</param>
    /// <param name="pod">The pattern for the pod's name: the pod's own, or that of its owner's pods.</param>
    internal bool FitsNames(Source source, string? pod) =>
        Fits(pod, source.Pod) && (Namespace ?? source.Namespace) == source.Namespace && (Container ?? source.Container) == source.Container;

    /// <summary>Whether a name matches the question.</summary>
    internal static bool Fits(string? pattern, string name) =>
        pattern is null || (pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal) : name == pattern);
}

/// <summary>Which runs of a container are wanted: each restart is one, and so is each pod of the same name.</summary>
public enum Lives
{
    Last,
    Previous,
    All,
}
