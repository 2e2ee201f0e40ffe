using Azure.Storage.Blobs;

namespace Collector.ObjectStores.Credentials;

/// <summary>A configured identity that cannot be had: every attempt says what is missing, and none is made as anybody else.</summary>
internal sealed class MissingAzureIdentity(string name, string why) : AzureIdentity
{
    public override string Description => $"{name} (missing)";

    public override ValueTask PrepareAsync(CancellationToken cancellation) => throw new CredentialException(why);

    public override ValueTask<BlobClient> OpenAsync(Uri blob, BlobClientOptions options, CancellationToken cancellation) => throw new CredentialException(why);
}
