namespace Collector.ObjectStores.Credentials;

/// <summary>An identity with temporary keys.</summary>
internal abstract class TemporaryIdentity : AwsIdentity
{
    private readonly Renewal<AwsKeys> _keys;

    protected TemporaryIdentity(TimeProvider clock) => _keys = new Renewal<AwsKeys>(FetchAsync, keys => keys.Expiry, clock);

    public override string Description => _keys.Last is { } last ? $"{Name}: {last}" : Name;

    public override DateTimeOffset? Expiry => _keys.End;

    /// <summary>The name of the identity until keys tell its principal.</summary>
    protected abstract string Name { get; }

    public override ValueTask<AwsKeys> GetAsync(CancellationToken cancellation) => _keys.GetAsync(cancellation);

    public override void Drop(AwsKeys refused) => _keys.Drop(keys => ReferenceEquals(keys, refused));

    public override void Dispose()
    {
        base.Dispose();
        _keys.Dispose();
    }

    /// <summary>Asks for new keys. Throws <see cref="CredentialException"/>.</summary>
    protected abstract Task<AwsKeys> FetchAsync(CancellationToken cancellation);
}
