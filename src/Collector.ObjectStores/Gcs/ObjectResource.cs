using System.Text.Json;
using System.Text.Json.Nodes;
using Collector.ObjectStores.Credentials;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.Gcs;

/// <summary>An object's properties as the JSON API takes them: what it is, and the checksum that it must have on arrival.</summary>
internal static class ObjectResource
{
    public static string Write(ObjectToPut item, string crc32C, string storageClass)
    {
        var metadata = new JsonObject();
        foreach (var (name, value) in item.Metadata)
        {
            metadata[name] = value;
        }

        var resource = new JsonObject { ["name"] = item.Key, ["contentType"] = item.ContentType, ["crc32c"] = crc32C, ["metadata"] = metadata };
        if (storageClass.Length > 0)
            resource["storageClass"] = storageClass;
        return resource.ToJsonString();
    }

    /// <summary>Whether a resource that was read is of this object, by the checksum that was written into its metadata.</summary>
    public static bool HasSha256(string resource, ObjectToPut item) =>
        TokenClient.Parse(resource) is { } json && TokenClient.Text(json, "name") == item.Key
        && json.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object
        && TokenClient.Text(metadata, "sha256") == Convert.ToHexStringLower(item.Sha256.Span);
}
