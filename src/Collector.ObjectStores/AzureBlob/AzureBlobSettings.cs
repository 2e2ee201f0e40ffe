using Collector.ObjectStores.Credentials;

namespace Collector.ObjectStores.AzureBlob;

/// <summary>A container in Azure Blob Storage (contract §2). Empty means that the service's own default counts.</summary>
public sealed record AzureBlobSettings
{
    /// <summary>The storage account; empty only where a connection string names it.</summary>
    public string Account { get; init; } = "";

    /// <summary>
    /// The account's blob endpoint; empty: the public cloud's. At an address or a bare name (an emulator) the account is the
    /// first part of the path, and is added when it is not there.
    /// </summary>
    public string Endpoint { get; init; } = "";

    public required string Container { get; init; }

    /// <summary><c>Hot</c>, <c>Cool</c>, <c>Cold</c>, <c>Archive</c>.</summary>
    public string AccessTier { get; init; } = "";

    /// <summary>What all keys begin with, for the probe: an assignment's condition may allow nothing else.</summary>
    public string ProbePrefix { get; init; } = "";

    public string CaFile { get; init; } = "";

    public string Proxy { get; init; } = "";

    public AzureIdentitySettings Identity { get; init; } = new();
}
