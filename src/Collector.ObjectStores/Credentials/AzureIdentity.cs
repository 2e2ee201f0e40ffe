using Azure.Storage.Blobs;

namespace Collector.ObjectStores.Credentials;

/// <summary>One way to authenticate at the Blob service: what the SDK's client receives.</summary>
internal abstract class AzureIdentity : EffectiveIdentity
{
    /// <summary>
    /// Fetches the credentials that requests need, unless they are still valid. Throws <see cref="CredentialException"/>.
    /// </summary>
    public abstract ValueTask PrepareAsync(CancellationToken cancellation);

    /// <summary>A client for one request, with credentials that are good now. Throws <see cref="CredentialException"/>.</summary>
    /// <param name="blob">Its URL.</param>
    /// <param name="options">All else that the client is to have.</param>
    /// <param name="cancellation">Ends the fetching of credentials.</param>
    public abstract ValueTask<BlobClient> OpenAsync(Uri blob, BlobClientOptions options, CancellationToken cancellation);

    /// <summary>The service refused this token: the next client gets another, if there is any.</summary>
    public virtual void Refused(string token)
    {
    }
}
