using System.Text.Json;
using System.Text.Json.Serialization;

namespace Collector.Kubernetes;

// The parts of the API's answers that are read, named as in the core/v1 reference (kubernetes.io/docs/reference/kubernetes-api).
// All other parts are skipped while they stream by, so that a pod of any size costs only what is kept of it. Any part may be
// missing, or null.

/// <summary>A list, or a page of it.</summary>
internal sealed class ListAnswer
{
    public ListMetadata? Metadata { get; set; }

    public List<Resource?>? Items { get; set; }
}

/// <summary>The parts of a list besides its items.</summary>
internal sealed class ListMetadata
{
    public string? ResourceVersion { get; set; }

    public string? Continue { get; set; }
}

/// <summary>One line of a watch.</summary>
internal sealed class WatchEvent
{
    public string? Type { get; set; }

    public Resource? Object { get; set; }
}

/// <summary>A pod, a namespace, a node, or the <c>Status</c> that says why there is none.</summary>
internal sealed class Resource
{
    public ResourceMetadata? Metadata { get; set; }

    [JsonConverter(typeof(ObjectOrNothing<ResourceSpec>))]
    public ResourceSpec? Spec { get; set; }

    [JsonConverter(typeof(ObjectOrNothing<ResourceStatus>))]
    public ResourceStatus? Status { get; set; }

    public int? Code { get; set; }

    public string? Message { get; set; }
}

internal sealed class ResourceMetadata
{
    public string? Name { get; set; }

    public string? Namespace { get; set; }

    public string? Uid { get; set; }

    public string? ResourceVersion { get; set; }

    public string? CreationTimestamp { get; set; }

    public Dictionary<string, string>? Labels { get; set; }

    public Annotations? Annotations { get; set; }

    public List<OwnerReference?>? OwnerReferences { get; set; }
}

/// <summary>The annotations that the reader was asked to keep.</summary>
internal sealed class Annotations : Dictionary<string, string>;

internal sealed class OwnerReference
{
    public string? Kind { get; set; }

    public string? Name { get; set; }

    public bool? Controller { get; set; }
}

internal sealed class ResourceSpec
{
    public string? NodeName { get; set; }

    public List<SpecContainer?>? Containers { get; set; }

    public List<SpecContainer?>? InitContainers { get; set; }

    public List<SpecContainer?>? EphemeralContainers { get; set; }
}

internal sealed class SpecContainer
{
    public string? Name { get; set; }

    public string? Image { get; set; }
}

internal sealed class ResourceStatus
{
    public string? Phase { get; set; }

    public List<ContainerStatus?>? ContainerStatuses { get; set; }

    public List<ContainerStatus?>? InitContainerStatuses { get; set; }

    public List<ContainerStatus?>? EphemeralContainerStatuses { get; set; }
}

internal sealed class ContainerStatus
{
    public string? Name { get; set; }

    public string? Image { get; set; }

    [JsonPropertyName("imageID")]
    public string? ImageId { get; set; }

    [JsonPropertyName("containerID")]
    public string? ContainerId { get; set; }

    public int? RestartCount { get; set; }

    public ContainerStates? State { get; set; }

    public ContainerStates? LastState { get; set; }
}

/// <summary>At most one of them is present.</summary>
internal sealed class ContainerStates
{
    public ContainerStateDetails? Running { get; set; }

    public ContainerStateDetails? Terminated { get; set; }
}

internal sealed class ContainerStateDetails
{
    [JsonPropertyName("containerID")]
    public string? ContainerId { get; set; }
}

/// <summary>How they are read; made for each set of wanted annotations.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ListAnswer))]
[JsonSerializable(typeof(WatchEvent))]
[JsonSerializable(typeof(ResourceSpec))]
[JsonSerializable(typeof(ResourceStatus))]
internal sealed partial class ApiMessages : JsonSerializerContext
{
    public static ApiMessages Keeping(Func<string, bool> annotations) => new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new MapConverter<Dictionary<string, string>>(_ => true), new MapConverter<Annotations>(annotations) },
    });
}

// A converter is called when the whole of its value has come, but the reader does not know that: it refuses Skip, not TrySkip.

/// <summary>In a <c>Status</c>, <c>status</c> is a string.</summary>
internal sealed class ObjectOrNothing<T> : JsonConverter<T>
    where T : class
{
    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            return (T?)JsonSerializer.Deserialize(ref reader, options.GetTypeInfo(typeof(T)));
        }

        reader.TrySkip();
        return null;
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => throw new NotSupportedException();
}

/// <summary>The kept labels or annotations.</summary>
internal sealed class MapConverter<T>(Func<string, bool> keeps) : JsonConverter<T>
    where T : Dictionary<string, string>, new()
{
    /// <summary>
    /// Longer values are left out, and so are values beyond the sum, counted with their names: they would stand in every record
    /// (I7).
    /// </summary>
    private const int LongestValue = 16 * 1024;
    private const int LongestSum = 64 * 1024;

    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var map = new T();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.TrySkip();
            return map;
        }

        var sum = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (!keeps(name) || reader.TokenType != JsonTokenType.String)
            {
                reader.TrySkip();
                continue;
            }

            // Annotations for the collector are kept, however many others there are.
            var value = reader.GetString()!;
            var length = name.Length + value.Length;
            if (value.Length <= LongestValue && (PodWishes.IsMeant(name) || sum + length <= LongestSum))
            {
                map[name] = value;
                sum += length;
            }
        }

        return map;
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => throw new NotSupportedException();
}
