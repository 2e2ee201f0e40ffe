namespace Collector.ObjectStores.Credentials;

/// <summary>One way to get keys for AWS, which sign a whole request.</summary>
internal abstract class AwsIdentity : EffectiveIdentity
{
    /// <summary>Valid keys. Throws <see cref="CredentialException"/>.</summary>
    public abstract ValueTask<AwsKeys> GetAsync(CancellationToken cancellation);

    /// <summary>The store refused these keys: the next call gets others, if there are any.</summary>
    public virtual void Drop(AwsKeys refused)
    {
    }
}
