using System.Collections.ObjectModel;

namespace Collector.Kubernetes;

/// <summary>What is kept of a pod. Immutable: a change makes another one, which shares what is equal, so that whoever compares sees only real changes.</summary>
internal sealed record Pod
{
    /// <summary>The annotation by which a static pod's mirror names the pod whose directory kubelet made (types.ConfigHashAnnotationKey).</summary>
    public const string ConfigHash = "kubernetes.io/config.hash";

    /// <summary>Of the API's object; a mirror pod has one of its own.</summary>
    public required string Uid { get; init; }

    /// <summary>What the pod's log directory is named by: the UID, or a static pod's hash.</summary>
    public required string PathUid { get; init; }

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public string Node { get; init; } = "";

    public string OwnerKind { get; init; } = "";

    public string OwnerName { get; init; } = "";

    /// <summary>None of its containers will run again.</summary>
    public bool IsOver { get; init; }

    /// <summary>When the API had it no more; null: it still has it.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    public IReadOnlyDictionary<string, ContainerState> Containers { get; init; } = ReadOnlyDictionary<string, ContainerState>.Empty;

    /// <summary>From the API's object. What equals <paramref name="known"/> is taken from there; when all does, that is the result.</summary>
    public static Pod From(ApiObject item, Pod? known)
    {
        var (ownerKind, ownerName) = PodOwner.Of(item);
        var pod = new Pod
        {
            Uid = item.Uid,
            PathUid = item.Annotations.GetValueOrDefault(ConfigHash) is { Length: > 0 } hash ? hash : item.Uid,
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

    /// <summary>The one that is known, if the other says the same.</summary>
    public static IReadOnlyDictionary<string, T> Share<T>(IReadOnlyDictionary<string, T>? known, IReadOnlyDictionary<string, T> other) =>
        known is not null && known.Count == other.Count && other.All(entry => known.TryGetValue(entry.Key, out var value) && Equals(value, entry.Value)) ? known : other;
}
