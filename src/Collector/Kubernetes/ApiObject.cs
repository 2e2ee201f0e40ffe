namespace Collector.Kubernetes;

/// <summary>
/// The used part of an API object: all that is kept of pods, the metadata of namespaces and nodes, the error of a <c>Status</c>.
/// Not changed after it is made.
/// </summary>
internal sealed class ApiObject
{
    /// <summary>No object's name is longer (a DNS subdomain's limit), but the server does not look at the names of owners.</summary>
    private const int LongestName = 253;

    public string Name { get; set; } = "";

    public string Namespace { get; set; } = "";

    public string Uid { get; set; } = "";

    public string ResourceVersion { get; set; } = "";

    /// <summary>RFC 3339; empty: not known.</summary>
    public string Created { get; set; } = "";

    public Dictionary<string, string> Labels { get; init; } = [];

    /// <summary>The annotations that the reader was asked to keep.</summary>
    public Dictionary<string, string> Annotations { get; init; } = [];

    /// <summary>The owner that controls it, or the first one.</summary>
    public string OwnerKind { get; set; } = "";

    public string OwnerName { get; set; } = "";

    public string NodeName { get; set; } = "";

    /// <summary><c>Pending</c>, <c>Running</c>, <c>Succeeded</c>, <c>Failed</c> or <c>Unknown</c>.</summary>
    public string Phase { get; set; } = "";

    /// <summary>Init and ephemeral ones too, by name.</summary>
    public Dictionary<string, ContainerState> Containers { get; init; } = [];

    /// <summary>Of a <c>Status</c>: the HTTP code; else 0.</summary>
    public int Code { get; set; }

    /// <summary>Of a <c>Status</c>: what is wrong, for people.</summary>
    public string Message { get; set; } = "";

    /// <summary>Converts the answer; null for an object without content.</summary>
    public static ApiObject From(Resource? resource)
    {
        var (metadata, status) = (resource?.Metadata, resource?.Status);
        var owner = OwnerOf(metadata?.OwnerReferences ?? []);
        return new ApiObject
        {
            Name = metadata?.Name ?? "",
            Namespace = metadata?.Namespace ?? "",
            Uid = metadata?.Uid ?? "",
            ResourceVersion = metadata?.ResourceVersion ?? "",
            Created = metadata?.CreationTimestamp ?? "",
            Labels = metadata?.Labels ?? [],
            Annotations = metadata?.Annotations ?? [],
            OwnerKind = owner?.Kind ?? "",
            OwnerName = owner?.Name ?? "",
            NodeName = resource?.Spec?.NodeName ?? "",
            Phase = status?.Phase ?? "",
            Containers = ContainersOf(resource?.Spec, status),
            Code = resource?.Code ?? 0,
            Message = resource?.Message ?? "",
        };
    }

    private static OwnerReference? OwnerOf(List<OwnerReference?> owners)
    {
        var possible = owners.Where(owner => owner is not null && owner.Kind?.Length <= LongestName && owner.Name?.Length <= LongestName).ToList();
        return possible.Find(owner => owner!.Controller == true) ?? possible.FirstOrDefault();
    }

    private static Dictionary<string, ContainerState> ContainersOf(ResourceSpec? spec, ResourceStatus? status)
    {
        var containers = new Dictionary<string, ContainerState>();
        foreach (var container in Together(spec?.Containers, spec?.InitContainers, spec?.EphemeralContainers))
        {
            containers[container.Name ?? ""] = new ContainerState { SpecImage = container.Image ?? "" };
        }

        foreach (var container in Together(status?.ContainerStatuses, status?.InitContainerStatuses, status?.EphemeralContainerStatuses))
        {
            containers[container.Name ?? ""] = ContainerState.From(container, containers.GetValueOrDefault(container.Name ?? "")?.SpecImage ?? "");
        }

        return containers;
    }

    private static IEnumerable<T> Together<T>(params List<T?>?[] lists)
        where T : class => lists.SelectMany(list => list ?? []).OfType<T>();
}

/// <summary>A container of a pod, from its spec and its status. Empty: not known yet.</summary>
internal sealed record ContainerState
{
    /// <summary>The image that the spec asks for.</summary>
    public string SpecImage { get; init; } = "";

    /// <summary>The image that the runtime runs.</summary>
    public string Image { get; init; } = "";

    public string ImageId { get; init; } = "";

    /// <summary>The runtime's id of the newest container, without the runtime's name.</summary>
    public string Id { get; init; } = "";

    /// <summary>The id of the container before it.</summary>
    public string LastId { get; init; } = "";

    /// <summary>How often it has been restarted: the number in the newest log's name.</summary>
    public int RestartCount { get; init; }

    public bool IsRunning { get; init; }

    public bool IsTerminated { get; init; }

    public static ContainerState From(ContainerStatus status, string specImage) => new()
    {
        SpecImage = specImage,
        Image = status.Image ?? "",
        ImageId = status.ImageId ?? "",
        Id = WithoutRuntime(status.ContainerId),
        LastId = WithoutRuntime((status.LastState?.Terminated ?? status.LastState?.Running)?.ContainerId),
        RestartCount = status.RestartCount ?? 0,
        IsRunning = status.State?.Running is not null,
        IsTerminated = status.State?.Terminated is not null,
    };

    /// <summary>From <c>containerd://&lt;id&gt;</c> the id.</summary>
    private static string WithoutRuntime(string? id) => id is null ? "" : id.IndexOf("://", StringComparison.Ordinal) is var at and >= 0 ? id[(at + 3)..] : id;
}
