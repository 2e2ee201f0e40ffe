namespace Collector.ObjectStores.Credentials;

/// <summary>One way to get at keys for AWS, which sign a request as a whole.</summary>
internal abstract class AwsIdentity : EffectiveIdentity
{
    /// <summary>Keys that are good now. Throws <see cref="CredentialException"/>.</summary>
    public abstract ValueTask<AwsKeys> GetAsync(CancellationToken cancellation);

    /// <summary>These were refused: the next call gets others, if there are any.</summary>
    public virtual void Drop(AwsKeys refused)
    {
    }
}
