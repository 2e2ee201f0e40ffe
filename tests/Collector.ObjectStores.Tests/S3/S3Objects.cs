using System.Security.Cryptography;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.Tests.S3;

internal static class S3Objects
{
    public static ObjectToPut Item(string key, byte[] body) => new()
    {
        Key = key,
        ContentType = "application/gzip",
        Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["records"] = "1" },
        Length = body.Length,
        Sha256 = SHA256.HashData(body),
        OpenBody = () => new MemoryStream(body, writable: false),
        OnlyIfAbsent = true,
    };
}
