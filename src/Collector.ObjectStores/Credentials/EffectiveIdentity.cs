namespace Collector.ObjectStores.Credentials;

/// <summary>
/// The identity that writes to a store. Thread safe. Each output has its own, so that trouble with one stays with one output.
/// </summary>
internal abstract class EffectiveIdentity : IDisposable
{
    /// <summary>Names the identity and, once known, its principal; never a secret.</summary>
    public abstract string Description { get; }

    /// <summary>When the credentials in use expire; null if they do not, or if it is not known yet.</summary>
    public virtual DateTimeOffset? Expiry => null;

    public virtual void Dispose()
    {
    }
}
