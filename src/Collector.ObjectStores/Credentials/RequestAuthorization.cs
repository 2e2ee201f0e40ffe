namespace Collector.ObjectStores.Credentials;

/// <summary>One way to put an identity on a request, by what is added to it.</summary>
internal abstract class RequestAuthorization : EffectiveIdentity
{
    /// <summary>Fetches what the requests need, if it must be fetched. Throws <see cref="CredentialException"/>.</summary>
    public virtual ValueTask PrepareAsync(CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <summary>Completes the request; it is not changed after that. Throws <see cref="CredentialException"/>.</summary>
    public abstract ValueTask ApplyAsync(HttpRequestMessage request, CancellationToken cancellation);

    /// <summary>The store refused what was put on this request: the next one gets something newer, if there is any.</summary>
    public virtual void Refused(HttpRequestMessage request)
    {
    }
}
