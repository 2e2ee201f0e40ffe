using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Gcs;
using Collector.ObjectStores.Tests.S3;
using Collector.Pipeline.Upload;
using Collector.Testing.Gcs;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests;

/// <summary>A store of each cloud at one endpoint, for what is the same in all of them. Nobody is asked for an identity.</summary>
public static partial class AnyStore
{
    private const string Session = "&upload_id=";

    public static TheoryData<string> Types => ["s3", "azureBlob", "gcs"];

    /// <summary>How a store of that type says that it has what was sent.</summary>
    internal static Answer Receipt(string type, ReceivedRequest request) => type switch
    {
        "s3" => new Answer(200, "", ("ETag", "\"0\"")),
        "azureBlob" => new Answer(201, "", ("ETag", "\"0x8D\"")),
        _ when request.Method == "POST" => new Answer(200, "", ("Location", $"{request.Target}&upload_id={Uri.EscapeDataString(Name().Match(request.Text).Groups[1].Value)}")),
        _ when request.Body.Length == 0 => new Answer(308),
        _ => new Answer(200, new JsonObject { ["name"] = Uri.UnescapeDataString(request.Target[(request.Target.IndexOf(Session, StringComparison.Ordinal) + Session.Length)..]), ["crc32c"] = GcsBucket.Crc32C(request.Body) }.ToJsonString()),
    };

    [GeneratedRegex("\"name\":\"([^\"]+)\"")]
    private static partial Regex Name();

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
                Identity = new AzureIdentitySettings { Type = AzureIdentityType.AccountKey, AccountKey = new Secret("c2VjcmV0", "") },
            },
            _ => null, TimeProvider.System),
        _ => new GcsObjectStore(
            new GcsSettings { Bucket = "logs", Endpoint = endpoint, Proxy = proxy, CaFile = caFile, Identity = new GoogleIdentitySettings { Type = GoogleIdentityType.None } },
            _ => null, TimeProvider.System),
    };
}
