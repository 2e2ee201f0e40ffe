namespace Collector.Kubernetes;

/// <summary>
/// What is used of an object of the API: of pods all of it, of namespaces and nodes what stands in their metadata; of a
/// <c>Status</c> what it complains of. Filled by <see cref="ApiObjectReader"/>, then not changed any more.
/// </summary>
internal sealed class ApiObject
{
    public string Name { get; set; } = "";

    public string Namespace { get; set; } = "";

    public string Uid { get; set; } = "";

    public string ResourceVersion { get; set; } = "";

    /// <summary>RFC 3339; empty: not known.</summary>
    public string Created { get; set; } = "";

    public Dictionary<string, string> Labels { get; } = new(StringComparer.Ordinal);

    /// <summary>Those that the reader was asked to keep.</summary>
    public Dictionary<string, string> Annotations { get; } = new(StringComparer.Ordinal);

    /// <summary>The owner that controls it, or the first one.</summary>
    public string OwnerKind { get; set; } = "";

    public string OwnerName { get; set; } = "";

    public string NodeName { get; set; } = "";

    /// <summary><c>Pending</c>, <c>Running</c>, <c>Succeeded</c>, <c>Failed</c> or <c>Unknown</c>.</summary>
    public string Phase { get; set; } = "";

    /// <summary>Init and ephemeral ones too, by name.</summary>
    public Dictionary<string, ContainerState> Containers { get; } = new(StringComparer.Ordinal);

    /// <summary>Of a <c>Status</c>: the HTTP code; else 0.</summary>
    public int Code { get; set; }

    /// <summary>Of a <c>Status</c>: what is wrong, for people.</summary>
    public string Message { get; set; } = "";
}

/// <summary>A container of a pod, as its spec and its status have it. Empty: not known yet.</summary>
internal sealed record ContainerState
{
    /// <summary>The image that the spec asks for.</summary>
    public string SpecImage { get; init; } = "";

    /// <summary>The image that the runtime runs.</summary>
    public string Image { get; init; } = "";

    public string ImageId { get; init; } = "";

    /// <summary>The runtime's id of the newest container, without the runtime's name.</summary>
    public string Id { get; init; } = "";

    /// <summary>The id of the one that ran before it.</summary>
    public string LastId { get; init; } = "";

    /// <summary>How often it has been started again: the number in the log's name of the newest.</summary>
    public int RestartCount { get; init; }

    public bool IsRunning { get; init; }

    public bool IsTerminated { get; init; }
}
