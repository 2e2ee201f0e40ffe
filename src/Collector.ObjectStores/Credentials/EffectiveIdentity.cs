namespace Collector.ObjectStores.Credentials;

/// <summary>As whom a store is written to. Thread safe; one for each output, so that one output's trouble stays its own.</summary>
internal abstract class EffectiveIdentity : IDisposable
{
    /// <summary>Which identity this is, and once known as whom it acts; never a secret.</summary>
    public abstract string Description { get; }

    /// <summary>When what is in use ends; null where it does not, or is not known yet.</summary>
    public virtual DateTimeOffset? Expiry => null;

    public virtual void Dispose()
    {
    }
}
