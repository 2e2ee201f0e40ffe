namespace Collector.ObjectStores.Credentials;

/// <summary>One way to get at keys for AWS. Thread safe; one for each output, so that one output's trouble stays its own.</summary>
internal abstract class AwsIdentity : IDisposable
{
    /// <summary>Which identity this is, and once known as whom it acts; never a secret.</summary>
    public abstract string Description { get; }

    /// <summary>When the keys in use end; null where they do not, or are not known yet.</summary>
    public virtual DateTimeOffset? Expiry => null;

    /// <summary>Keys that are good now. Throws <see cref="CredentialException"/>.</summary>
    public abstract ValueTask<AwsKeys> GetAsync(CancellationToken cancellation);

    /// <summary>These were refused: the next call gets others, if there are any.</summary>
    public virtual void Drop(AwsKeys refused)
    {
    }

    public virtual void Dispose()
    {
    }
}
