using System.Collections.ObjectModel;
using System.Text.Json;

namespace Collector.Reading.Lines;

/// <summary>The source of a line, as far as its record or its key has it. Empty or null: unknown.</summary>
public sealed record Source
{
    private static readonly ReadOnlyDictionary<string, string> NoLabels = ReadOnlyDictionary<string, string>.Empty;

    public string Namespace { get; init; } = "";

    public string Pod { get; init; } = "";

    /// <summary>The pod's UID.</summary>
    public string PodId { get; init; } = "";

    public string Container { get; init; } = "";

    /// <summary>The container's id at the runtime.</summary>
    public string ContainerId { get; init; } = "";

    public int? Restarts { get; init; }

    public string OwnerKind { get; init; } = "";

    public string OwnerName { get; init; } = "";

    public IReadOnlyDictionary<string, string> Labels { get; init; } = NoLabels;

    /// <summary>
    /// Whether it belongs to an owner: to the one that its record names, or to the Job or ReplicaSet between that one and the pod.
    /// Records name the owner that people deploy, a CronJob or a Deployment, and the pod's labels the other.
    /// </summary>
    internal bool IsOwnedBy(string? kind, string name) =>
        (OwnerName == name && OwnerKind == kind)
        || (kind == "Job" && OwnerKind == "CronJob" && name == (LabelOf("batch.kubernetes.io/job-name") ?? LabelOf("job-name") ?? PodWithoutSuffix))
        || (kind == "ReplicaSet" && OwnerKind == "Deployment" && name == (LabelOf("pod-template-hash") is { } hash ? $"{OwnerName}-{hash}" : PodWithoutSuffix));

    /// <summary>The pod was known, as far as can be seen.</summary>
    internal bool HasMetadata => Labels.Count > 0 || OwnerName.Length > 0;

    /// <summary>The same, with another's labels and owner if it has neither.</summary>
    internal Source WithMetadataOf(Source other) => HasMetadata ? this : this with { Labels = other.Labels, OwnerKind = other.OwnerKind, OwnerName = other.OwnerName };

    /// <summary>The same, with another's names where it has none.</summary>
    internal Source Or(Source other) => this with
    {
        Namespace = Namespace.Length > 0 ? Namespace : other.Namespace,
        Pod = Pod.Length > 0 ? Pod : other.Pod,
        PodId = PodId.Length > 0 ? PodId : other.PodId,
        Container = Container.Length > 0 ? Container : other.Container,
    };

    private string? LabelOf(string name) => Labels.GetValueOrDefault(name);

    /// <summary>The pods of a Job or ReplicaSet have its name, and a suffix.</summary>
    private string PodWithoutSuffix => Pod[..Math.Max(0, Pod.LastIndexOf('-'))];

    /// <summary>The container and its run; null if the record does not have them.</summary>
    internal string? Life => Restarts is { } count ? $"{PodId}/{Container}/{count}" : ContainerId.Length > 0 ? $"{PodId}/{Container}/{ContainerId}" : null;

    /// <summary>From the <c>kubernetes</c> object of a record; another form than expected is ignored.</summary>
    /// <param name="json">The object, valid JSON.</param>
    /// <param name="key">The values in the key, for fields that the record lacks.</param>
    internal static Source Parse(ReadOnlySpan<byte> json, Source key)
    {
        var source = key;
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            if (reader.TokenType == JsonTokenType.String)
                source = source.With(name, reader.GetString() ?? "");
            else if (name == "restart_count" && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var count))
                source = source with { Restarts = count };
            else if (name == "labels" && reader.TokenType == JsonTokenType.StartObject)
                source = source with { Labels = ReadLabels(ref reader) };
            else
                reader.Skip();
        }

        return source;
    }

    private static Dictionary<string, string> ReadLabels(ref Utf8JsonReader reader)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var label = reader.GetString()!;
            reader.Read();
            if (reader.TokenType == JsonTokenType.String)
                labels[label] = reader.GetString()!;
            else
                reader.Skip();
        }

        return labels;
    }

    private Source With(string? name, string value) => name switch
    {
        "namespace_name" => this with { Namespace = value },
        "pod_name" => this with { Pod = value },
        "pod_id" => this with { PodId = value },
        "container_name" => this with { Container = value },
        "docker_id" => this with { ContainerId = value },
        "owner_kind" => this with { OwnerKind = value },
        "owner_name" => this with { OwnerName = value },
        _ => this,
    };
}
