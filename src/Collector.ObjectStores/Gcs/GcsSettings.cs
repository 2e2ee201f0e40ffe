using Collector.ObjectStores.Credentials;

namespace Collector.ObjectStores.Gcs;

/// <summary>A bucket in Google Cloud Storage (contract §2). Empty means that the service's own default counts.</summary>
public sealed record GcsSettings
{
    public required string Bucket { get; init; }

    /// <summary>Empty: <c>STORAGE_EMULATOR_HOST</c>, else <c>https://storage.googleapis.com</c>.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary><c>STANDARD</c>, <c>NEARLINE</c>, <c>COLDLINE</c>, <c>ARCHIVE</c>.</summary>
    public string StorageClass { get; init; } = "";

    /// <summary><c>projects/P/locations/L/keyRings/R/cryptoKeys/K</c>.</summary>
    public string KmsKey { get; init; } = "";

    /// <summary>What all keys begin with, for the probe: a binding's condition may allow nothing else.</summary>
    public string ProbePrefix { get; init; } = "";

    public string CaFile { get; init; } = "";

    public string Proxy { get; init; } = "";

    public GoogleIdentitySettings Identity { get; init; } = new();
}
