using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.Tests.S3;

internal static class S3Objects
{
    public static ObjectToPut Item(string key, byte[] body) => ObjectStoreContract.NewItem(key, body, onlyIfAbsent: true) with
    {
        ContentType = "application/gzip",
        Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["records"] = "1" },
    };
}
