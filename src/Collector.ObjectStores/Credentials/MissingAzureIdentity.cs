using Azure.Storage.Blobs;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// A configured identity that is unavailable: every attempt says what is missing, and no attempt uses another identity.
/// </summary>
internal sealed class MissingAzureIdentity(string name, string why) : AzureIdentity
{
    public override string Description => $"{name} (missing)";

    public override ValueTask PrepareAsync(CancellationToken cancellation) => throw new CredentialException(why);

    public override ValueTask<BlobClient> OpenAsync(Uri blob, BlobClientOptions options, CancellationToken cancellation) => throw new CredentialException(why);
}
