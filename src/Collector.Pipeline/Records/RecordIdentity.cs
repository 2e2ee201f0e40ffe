using System.Collections.ObjectModel;

namespace Collector.Pipeline.Records;

/// <summary>
/// The identity of a log file: what all its records say besides time, stream and text. Immutable; a change of the pod's metadata
/// makes a new one. Null or empty: unknown. The names in records and key templates come from contract §3.
/// </summary>
public sealed record RecordIdentity
{
    private static readonly ReadOnlyDictionary<string, string> s_none = ReadOnlyDictionary<string, string>.Empty;

    /// <summary><c>application</c>, <c>infrastructure</c> or <c>audit</c>.</summary>
    public string? LogType { get; init; }

    /// <summary><c>container</c>, or the configured value of a <c>file</c> source.</summary>
    public string? LogSource { get; init; }

    public string? Cluster { get; init; }

    /// <summary>The node.</summary>
    public string? Hostname { get; init; }

    /// <summary>The source's name: in key templates always, in records where <see cref="NamesSource"/>.</summary>
    public string? Source { get; init; }

    /// <summary>Records have their <see cref="Source"/>.</summary>
    public bool NamesSource { get; init; }

    /// <summary>For <c>file</c> sources: the path that is written to, even after a rotation has renamed the file.</summary>
    public string? FilePath { get; init; }

    public string? Namespace { get; init; }

    public string? PodName { get; init; }

    /// <summary>The pod's UID.</summary>
    public string? PodId { get; init; }

    public string? ContainerName { get; init; }

    /// <summary>The container's id at the runtime, whichever that is; the name is fluent-bit's.</summary>
    public string? DockerId { get; init; }

    public string? ContainerImage { get; init; }

    public string? ContainerHash { get; init; }

    public int? RestartCount { get; init; }

    public string? OwnerKind { get; init; }

    public string? OwnerName { get; init; }

    /// <summary>The node in the pod's spec.</summary>
    public string? Host { get; init; }

    /// <summary>
    /// The pod's metadata was requested and did not arrive in time: this is the path's metadata. A mark in each record.
    /// </summary>
    public bool IsMetadataMissing { get; init; }

    /// <summary>Labels are known, for prefixes and matching, but not configured for records.</summary>
    public bool HidesLabels { get; init; }

    /// <summary>The pod's labels, rendered in the order of the dictionary; so are the three dictionaries below.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = s_none;

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = s_none;

    public IReadOnlyDictionary<string, string> NamespaceLabels { get; init; } = s_none;

    public IReadOnlyDictionary<string, string> NodeLabels { get; init; } = s_none;

    /// <summary>
    /// The value of a field by its path as in a record, for example <c>kubernetes</c>, <c>labels</c>,
    /// <c>app.kubernetes.io/name</c>; null when it is unknown or there is no such field.
    /// </summary>
    public string? GetField(params ReadOnlySpan<string> path) => path switch
    {
        ["cluster"] => Cluster,
        ["hostname"] => Hostname,
        ["log_type"] => LogType,
        ["log_source"] => LogSource,
        ["source"] => Source,
        ["file", "name"] => Path.GetFileName(FilePath),
        ["file", "dir"] => Path.GetDirectoryName(FilePath),
        ["kubernetes", var name] => GetKubernetes(name),
        ["kubernetes", "labels", var key] => Labels.GetValueOrDefault(key),
        ["kubernetes", "annotations", var key] => Annotations.GetValueOrDefault(key),
        ["kubernetes", "namespace_labels", var key] => NamespaceLabels.GetValueOrDefault(key),
        ["kubernetes", "node_labels", var key] => NodeLabels.GetValueOrDefault(key),
        _ => null,
    };

    private string? GetKubernetes(string name) => name switch
    {
        "namespace_name" => Namespace,
        "pod_name" => PodName,
        "pod_id" => PodId,
        "container_name" => ContainerName,
        "docker_id" => DockerId,
        "container_image" => ContainerImage,
        "container_hash" => ContainerHash,
        "restart_count" => RestartCount?.ToString(),
        "owner_kind" => OwnerKind,
        "owner_name" => OwnerName,
        "host" => Host,
        _ => null,
    };
}
