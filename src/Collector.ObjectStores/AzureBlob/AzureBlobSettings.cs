using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.AzureBlob;

/// <summary>
/// A container in Azure Blob Storage (contract §2). The default endpoint is the public cloud's. At an address or a bare name (an
/// emulator) the account is the first part of the path, and is added if it is missing.
/// </summary>
public sealed record AzureBlobSettings : HttpStoreSettings
{
    /// <summary>The storage account; empty only where a connection string names it.</summary>
    public string Account { get; init; } = "";

    public required string Container { get; init; }

    /// <summary><c>Hot</c>, <c>Cool</c>, <c>Cold</c>, <c>Archive</c>.</summary>
    public string AccessTier { get; init; } = "";

    public AzureIdentitySettings Identity { get; init; } = new();
}
