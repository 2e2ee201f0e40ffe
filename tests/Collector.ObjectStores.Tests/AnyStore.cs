using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Gcs;
using Collector.ObjectStores.Tests.S3;
using Collector.Pipeline.Upload;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests;

/// <summary>A store of each cloud at one endpoint, for what is the same in all of them. Nobody is asked for an identity.</summary>
public static partial class AnyStore
{
    public static TheoryData<string> Types => ["s3", "azureBlob", "gcs"];

    /// <summary>How a store of that type says that it has what was sent.</summary>
    internal static Answer Receipt(string type, ReceivedRequest request) => type switch
    {
        "s3" => new Answer(200, "", ("ETag", "\"0\"")),
        "azureBlob" => new Answer(201, "", ("ETag", "\"0x8D\"")),
        _ => new Answer(200, new JsonObject { ["name"] = Uri.UnescapeDataString(QueryName().Match(request.Target).Groups[1].Value), ["crc32c"] = Regex.Unescape(Checksum().Match(request.Text).Groups[1].Value) }.ToJsonString()),
    };

    [GeneratedRegex("&name=([^&]+)")]
    private static partial Regex QueryName();

    [GeneratedRegex("\"crc32c\":\"([^\"]+)\"")]
    private static partial Regex Checksum();

    internal static IObjectStore Open(string type, string endpoint, string proxy = "", string caFile = "") => type switch
    {
        "s3" => Stores.Open(Stores.Settings(new Uri("http://127.0.0.1:1"), "logs") with { Endpoint = endpoint, Proxy = proxy, CaFile = caFile }),
        "azureBlob" => new AzureBlobObjectStore(
            new AzureBlobSettings
            {
                Account = "mystorage",
                Endpoint = endpoint,
                Container = "logs",
                Proxy = proxy,
                CaFile = caFile,
                Identity = new AzureIdentitySettings { Type = AzureIdentityType.AccountKey, AccountKey = new SecretText("c2VjcmV0", "") },
            },
            _ => null, TimeProvider.System),
        _ => new GcsObjectStore(
            new GcsSettings { Bucket = "logs", Endpoint = endpoint, Proxy = proxy, CaFile = caFile, Identity = new GoogleIdentitySettings { Type = GoogleIdentityType.None } },
            _ => null, TimeProvider.System),
    };
}
