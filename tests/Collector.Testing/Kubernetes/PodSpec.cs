using System.Text.Json.Nodes;

namespace Collector.Testing.Kubernetes;

/// <summary>A pod as the API has it, with what real clusters put around what matters. Immutable.</summary>
public sealed record PodSpec(string Namespace, string Name, string Uid)
{
    public string Node { get; init; } = "node1";

    /// <summary>RFC 3339.</summary>
    public string Created { get; init; } = "2026-11-21T00:31:53Z";

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>Kind and name of the controller; null: none.</summary>
    public (string Kind, string Name)? Owner { get; init; }

    public string Phase { get; init; } = "Running";

    public IReadOnlyList<ContainerSpec> Containers { get; init; } = [new ContainerSpec("app")];

    public IReadOnlyList<ContainerSpec> InitContainers { get; init; } = [];

    public IReadOnlyList<ContainerSpec> EphemeralContainers { get; init; } = [];

    /// <summary>Bytes of <c>managedFields</c>, as server-side apply leaves them in large pods.</summary>
    public int ManagedFieldBytes { get; init; } = 200;

    public JsonObject ToJson()
    {
        var metadata = new JsonObject
        {
            ["name"] = Name,
            ["namespace"] = Namespace,
            ["uid"] = Uid,
            ["creationTimestamp"] = Created,
            ["labels"] = Map(Labels),
            ["annotations"] = Annotations.Count == 0 ? null : Map(Annotations),
            ["managedFields"] = ManagedFields(),
        };
        if (Owner is { } owner)
        {
            metadata["ownerReferences"] = new JsonArray(
                new JsonObject { ["apiVersion"] = "v1", ["kind"] = owner.Kind, ["name"] = owner.Name, ["uid"] = Guid.Empty.ToString(), ["controller"] = true, ["blockOwnerDeletion"] = true });
        }

        var spec = new JsonObject { ["nodeName"] = Node, ["containers"] = Specs(Containers), ["tolerations"] = new JsonArray(new JsonObject { ["key"] = "node.kubernetes.io/not-ready", ["operator"] = "Exists" }) };
        var status = new JsonObject { ["phase"] = Phase, ["qosClass"] = "BestEffort", ["containerStatuses"] = Statuses(Containers) };
        if (InitContainers.Count > 0) (spec["initContainers"], status["initContainerStatuses"]) = (Specs(InitContainers), Statuses(InitContainers));
        if (EphemeralContainers.Count > 0) (spec["ephemeralContainers"], status["ephemeralContainerStatuses"]) = (Specs(EphemeralContainers), Statuses(EphemeralContainers));
        return new JsonObject { ["metadata"] = metadata, ["spec"] = spec, ["status"] = status };
    }

    private static JsonObject Map(IReadOnlyDictionary<string, string> map) => [.. map.Select(e => KeyValuePair.Create(e.Key, (JsonNode?)e.Value))];

    private static JsonArray Specs(IEnumerable<ContainerSpec> containers) =>
        [.. containers.Select(c => new JsonObject { ["name"] = c.Name, ["image"] = c.Image, ["resources"] = new JsonObject(), ["volumeMounts"] = new JsonArray() })];

    private static JsonArray Statuses(IEnumerable<ContainerSpec> containers) => [.. containers.Where(c => c.Id.Length > 0).Select(c => c.ToStatus())];

    private JsonArray ManagedFields()
    {
        var fields = new JsonObject();
        for (int i = 0; i * 64 < ManagedFieldBytes; i++) fields[$"f:field{i:d8}"] = new JsonObject { ["."] = new JsonObject(), ["f:some.long.name/of-a-field"] = new JsonObject() };
        return [new JsonObject { ["manager"] = "kubelet", ["operation"] = "Update", ["fieldsType"] = "FieldsV1", ["fieldsV1"] = fields, ["subresource"] = "status" }];
    }
}

/// <summary>A container of a <see cref="PodSpec"/>. Without an id kubelet has not told of it yet.</summary>
public sealed record ContainerSpec(string Name)
{
    public string Image { get; init; } = "registry.test/app:1";

    public string ImageId { get; init; } = "registry.test/app@sha256:9aeadb39bd28d808876d0469a4ac27816be9d5105727c88068705372e5f98c8a";

    public string Id { get; init; } = new('a', 64);

    /// <summary>The container before this one, which terminated.</summary>
    public string LastId { get; init; } = "";

    public int RestartCount { get; init; }

    /// <summary><c>running</c>, <c>terminated</c> or <c>waiting</c>.</summary>
    public string State { get; init; } = "running";

    internal JsonObject ToStatus() => new()
    {
        ["name"] = Name,
        ["state"] = new JsonObject { [State] = State == "terminated" ? Terminated(Id) : State == "waiting" ? new JsonObject { ["reason"] = "CrashLoopBackOff" } : new JsonObject { ["startedAt"] = "2026-11-21T00:31:55Z" } },
        ["lastState"] = LastId.Length > 0 ? new JsonObject { ["terminated"] = Terminated(LastId) } : [],
        ["ready"] = State == "running",
        ["restartCount"] = RestartCount,
        ["image"] = Image,
        ["imageID"] = ImageId,
        ["containerID"] = $"containerd://{Id}",
        ["started"] = State == "running",
    };

    private static JsonObject Terminated(string id) => new() { ["exitCode"] = 0, ["reason"] = "Completed", ["containerID"] = $"containerd://{id}" };
}
