using System.Collections.ObjectModel;
using Collector.Pipeline.Sources;

namespace Collector.Kubernetes;

/// <summary>
/// The kept part of a pod. Immutable: a change makes a new object, which shares equal parts, so that comparisons see only real
/// changes.
/// </summary>
internal sealed record Pod
{
    /// <summary>
    /// The hash by which kubelet names a static pod's directory (types.ConfigHashAnnotationKey). Any pod can have such an
    /// annotation.
    /// </summary>
    public const string ConfigHash = "kubernetes.io/config.hash";

    /// <summary>Kubelet's mark on the mirror of a static pod: the hash once more (types.ConfigMirrorAnnotationKey).</summary>
    public const string ConfigMirror = "kubernetes.io/config.mirror";

    /// <summary>The UID of the API's object, chosen by the server; a mirror pod has one of its own.</summary>
    public required string Uid { get; init; }

    /// <summary>The UID in the name of the pod's log directory: <see cref="Uid"/>, or a static pod's hash. Alone it proves nothing: <see cref="Owns"/>.</summary>
    public required string PathUid { get; init; }

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public string Node { get; init; } = "";

    public string OwnerKind { get; init; } = "";

    public string OwnerName { get; init; } = "";

    /// <summary>None of its containers will run again.</summary>
    public bool IsOver { get; init; }

    /// <summary>When it was deleted from the API; null: it still exists.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    public IReadOnlyDictionary<string, ContainerState> Containers { get; init; } = ReadOnlyDictionary<string, ContainerState>.Empty;

    /// <summary>
    /// From the API's object. Parts that equal <paramref name="known"/> are shared; if all are equal, <paramref name="known"/> is
    /// the result.
    /// </summary>
    public static Pod From(ApiObject item, Pod? known)
    {
        var (ownerKind, ownerName) = PodOwner.Of(item);
        var pod = new Pod
        {
            Uid = item.Uid,
            PathUid = IsMirror(item, out var hash) ? hash : item.Uid,
            Namespace = item.Namespace,
            Name = item.Name,
            Node = item.NodeName,
            OwnerKind = ownerKind,
            OwnerName = ownerName,
            IsOver = item.Phase is "Succeeded" or "Failed",
            Labels = Share(known?.Labels, item.Labels),
            Annotations = Share(known?.Annotations, item.Annotations),
            Containers = Share(known?.Containers, item.Containers),
        };
        return pod == known ? known : pod;
    }

    /// <summary>
    /// Whether a log belongs to this pod: all parts of its path must agree. Namespace and name are unique while the pod exists; the
    /// UID distinguishes it from earlier and later pods with its name. A path without a UID has the container's id for that.
    /// </summary>
    public bool Owns(ContainerRef log) =>
        Name == log.Pod && Namespace == log.Namespace && (log.PodUid.Length > 0 ? PathUid == log.PodUid : HasRun(log.Container, log.ContainerId));

    /// <summary>The known object, if the other one is equal.</summary>
    public static IReadOnlyDictionary<string, T> Share<T>(IReadOnlyDictionary<string, T>? known, IReadOnlyDictionary<string, T> other) =>
        known is not null && known.Count == other.Count && other.All(entry => known.TryGetValue(entry.Key, out var value) && Equals(value, entry.Value)) ? known : other;

    /// <summary>Whether kubelet made it for a static pod: it is marked as that, and owned by its node.</summary>
    private static bool IsMirror(ApiObject item, out string hash)
    {
        hash = item.Annotations.GetValueOrDefault(ConfigHash, "");
        return hash.Length > 0 && item.Annotations.GetValueOrDefault(ConfigMirror) == hash && item.OwnerKind == "Node" && item.OwnerName == item.NodeName;
    }

    private bool HasRun(string container, string id) => id.Length > 0 && Containers.TryGetValue(container, out var state) && (state.Id == id || state.LastId == id);
}
