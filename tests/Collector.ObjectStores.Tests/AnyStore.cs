using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Gcs;
using Collector.ObjectStores.Tests.S3;
using Collector.Pipeline.Upload;
using Xunit;

namespace Collector.ObjectStores.Tests;

/// <summary>A store of each cloud at one endpoint, for what is the same in all of them. Nobody is asked for an identity.</summary>
public static class AnyStore
{
    public static TheoryData<string> Types => ["s3", "azureBlob", "gcs"];

    internal static IObjectStore Open(string type, string endpoint, string proxy = "", string caFile = "") => type switch
    {
        "s3" => Stores.Open(Stores.Settings(new Uri(endpoint), "logs") with { Proxy = proxy, CaFile = caFile }),
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
