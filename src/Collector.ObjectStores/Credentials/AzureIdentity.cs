using Azure.Storage.Blobs;

namespace Collector.ObjectStores.Credentials;

/// <summary>One way to authenticate at the Blob service: what the SDK's client receives.</summary>
internal abstract class AzureIdentity : EffectiveIdentity
{
    /// <summary>
    /// Fetches the credentials that requests need, unless they are still valid. Throws <see cref="CredentialException"/>.
    /// </summary>
    public abstract ValueTask PrepareAsync(CancellationToken cancellation);

    /// <summary>A client for one request, with valid credentials. Throws <see cref="CredentialException"/>.</summary>
    /// <param name="blob">Its URL.</param>
    /// <param name="options">All other options of the client.</param>
    /// <param name="cancellation">Cancels the fetching of credentials.</param>
    public abstract ValueTask<BlobClient> OpenAsync(Uri blob, BlobClientOptions options, CancellationToken cancellation);

    /// <summary>The service refused this token: the next client gets another, if there is any.</summary>
    public virtual void Refused(string token)
    {
    }
}
