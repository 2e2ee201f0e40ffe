using Collector.Configuration;
using Collector.ObjectStores;
using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.FileSystem;
using Collector.ObjectStores.Gcs;
using Collector.ObjectStores.Http;
using Collector.ObjectStores.S3;
using Collector.Pipeline.Upload;

namespace Collector.Hosting;

/// <summary>From the settings of an output's store to the store. Each output has its own, with its own credentials.</summary>
internal static class StoreMapping
{
    /// <summary>Connects to nothing yet.</summary>
    public static IObjectStore Create(OutputConfiguration output) => StoreOf(output) switch
    {
        FileSystemSettings files => new FileSystemObjectStore(files.Path),
        AzureBlobSettings azure => new AzureBlobObjectStore(azure),
        GcsSettings gcs => new GcsObjectStore(gcs),
        S3Settings s3 => new S3ObjectStore(s3),
        _ => throw new NotSupportedException($"{output.Store.GetType().Name} is refused by validation"),
    };

    /// <summary>For reading what an output has written; connects to nothing yet.</summary>
    public static IObjectReader CreateReader(OutputConfiguration output) => StoreOf(output) switch
    {
        FileSystemSettings files => new DirectoryReader(files.Path),
        AzureBlobSettings azure => new AzureBlobObjectReader(azure),
        GcsSettings gcs => new GcsObjectReader(gcs),
        S3Settings s3 => new S3ObjectReader(s3),
        _ => throw new NotSupportedException($"{output.Store.GetType().Name} is refused by validation"),
    };

    /// <summary>The place that an output writes to, in the form of <c>--from</c>; never a secret.</summary>
    public static string UrlOf(StoreSettings store) => store switch
    {
        FileSystemSettings files => $"file://{files.Path}",
        AzureBlobSettings azure => $"azblob://{azure.Account}/{azure.Container}",
        GcsSettings gcs => $"gs://{gcs.Bucket}",
        S3Settings s3 => $"s3://{s3.Bucket}",
        _ => store.GetType().Name,
    };

    /// <summary>Adds the beginning of all keys, which is not part of the store's configuration.</summary>
    private static StoreSettings StoreOf(OutputConfiguration output) =>
        output.Store is HttpStoreSettings http ? http with { ProbePrefix = output.KeyPrefix.Text.Split('{')[0] } : output.Store;
}
