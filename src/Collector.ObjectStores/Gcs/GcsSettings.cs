using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.Gcs;

/// <summary>
/// A bucket in Google Cloud Storage (contract §2). Without an endpoint it is that of <c>STORAGE_EMULATOR_HOST</c>, else
/// <c>https://storage.googleapis.com</c>.
/// </summary>
public sealed record GcsSettings : HttpStoreSettings
{
    public required string Bucket { get; init; }

    /// <summary><c>STANDARD</c>, <c>NEARLINE</c>, <c>COLDLINE</c>, <c>ARCHIVE</c>.</summary>
    public string StorageClass { get; init; } = "";

    /// <summary><c>projects/P/locations/L/keyRings/R/cryptoKeys/K</c>.</summary>
    public string KmsKey { get; init; } = "";

    public GoogleIdentitySettings Identity { get; init; } = new();
}
