namespace Collector.ObjectStores.Credentials;

/// <summary>One way to put an identity on a request. Thread safe; one for each output, so that one output's trouble stays its own.</summary>
internal abstract class RequestAuthorization : IDisposable
{
    /// <summary>Which identity this is, and once known as whom it acts; never a secret.</summary>
    public abstract string Description { get; }

    /// <summary>When what is in use ends; null where it does not, or is not known yet.</summary>
    public virtual DateTimeOffset? Expiry => null;

    /// <summary>Completes the request; it is not changed after that. Throws <see cref="CredentialException"/>.</summary>
    public abstract ValueTask ApplyAsync(HttpRequestMessage request, CancellationToken cancellation);

    /// <summary>The store refused what was put on this request: the next one gets something newer, if there is any.</summary>
    public virtual void Refused(HttpRequestMessage request)
    {
    }

    public virtual void Dispose()
    {
    }
}
