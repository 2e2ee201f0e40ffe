using System.Buffers;
using System.Text.Json;

namespace Collector.Kubernetes;

/// <summary>
/// A pod as it is kept on disk: one JSON object in UTF-8, with its version first. A file of another version, or an incomplete one,
/// is ignored: the API has the pod.
/// </summary>
internal static class PodFile
{
    private const int Version = 1;

    public static ReadOnlyMemory<byte> Write(Pod pod)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using var to = new Utf8JsonWriter(bytes);
        to.WriteStartObject();
        to.WriteNumber("version", Version);
        to.WriteString("uid", pod.Uid);
        to.WriteString("pathUid", pod.PathUid);
        to.WriteString("namespace", pod.Namespace);
        to.WriteString("name", pod.Name);
        to.WriteString("node", pod.Node);
        to.WriteString("ownerKind", pod.OwnerKind);
        to.WriteString("ownerName", pod.OwnerName);
        to.WriteBoolean("isOver", pod.IsOver);
        if (pod.DeletedAt is { } deletedAt)
        {
            to.WriteString("deletedAt", deletedAt);
        }

        WriteMap(to, "labels", pod.Labels);
        WriteMap(to, "annotations", pod.Annotations);
        to.WriteStartObject("containers");
        foreach (var (name, container) in pod.Containers)
        {
            to.WriteStartObject(name);
            to.WriteString("specImage", container.SpecImage);
            to.WriteString("image", container.Image);
            to.WriteString("imageId", container.ImageId);
            to.WriteString("id", container.Id);
            to.WriteString("lastId", container.LastId);
            to.WriteNumber("restartCount", container.RestartCount);
            to.WriteBoolean("isRunning", container.IsRunning);
            to.WriteBoolean("isTerminated", container.IsTerminated);
            to.WriteEndObject();
        }

        to.WriteEndObject();
        to.WriteEndObject();
        to.Flush();
        return bytes.WrittenMemory;
    }

    /// <summary>Throws <see cref="JsonException"/> if the text is not a pod.</summary>
    public static Pod Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var json = JsonDocument.Parse(bytes);
            return Read(json.RootElement);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new JsonException("it is not a pod of this version", e);
        }
    }

    private static Pod Read(JsonElement root)
    {
        if (root.GetProperty("version").GetInt32() != Version)
        {
            throw new JsonException("another version wrote it");
        }

        return new Pod
        {
            Uid = Text(root, "uid"),
            PathUid = Text(root, "pathUid"),
            Namespace = Text(root, "namespace"),
            Name = Text(root, "name"),
            Node = Text(root, "node"),
            OwnerKind = Text(root, "ownerKind"),
            OwnerName = Text(root, "ownerName"),
            IsOver = root.GetProperty("isOver").GetBoolean(),
            DeletedAt = root.TryGetProperty("deletedAt", out var deletedAt) ? deletedAt.GetDateTimeOffset() : null,
            Labels = ReadMap(root, "labels", value => value.GetString()!),
            Annotations = ReadMap(root, "annotations", value => value.GetString()!),
            Containers = ReadMap(root, "containers", ReadContainer),
        };
    }

    private static ContainerState ReadContainer(JsonElement container) => new()
    {
        SpecImage = Text(container, "specImage"),
        Image = Text(container, "image"),
        ImageId = Text(container, "imageId"),
        Id = Text(container, "id"),
        LastId = Text(container, "lastId"),
        RestartCount = container.GetProperty("restartCount").GetInt32(),
        IsRunning = container.GetProperty("isRunning").GetBoolean(),
        IsTerminated = container.GetProperty("isTerminated").GetBoolean(),
    };

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;

    private static Dictionary<string, T> ReadMap<T>(JsonElement of, string name, Func<JsonElement, T> read) =>
        of.GetProperty(name).EnumerateObject().ToDictionary(p => p.Name, p => read(p.Value), StringComparer.Ordinal);

    private static void WriteMap(Utf8JsonWriter to, string name, IReadOnlyDictionary<string, string> map)
    {
        to.WriteStartObject(name);
        foreach (var (key, value) in map)
        {
            to.WriteString(key, value);
        }

        to.WriteEndObject();
    }
}
