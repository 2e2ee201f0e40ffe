namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Temporary keys: fetched when first needed, again before they end, and at once after they were refused. However many ask,
/// one fetch is under way.
/// </summary>
internal abstract class RefreshedIdentity(TimeProvider clock) : AwsIdentity
{
    /// <summary>
    /// Of what is left of their life at fetching, the share after which new ones are tried for: an hour's keys are renewed a
    /// quarter of an hour before their end, so STS may be away that long without anybody noticing.
    /// </summary>
    private const double RenewAfterShare = 0.75;

    /// <summary>After a failed renewal of keys that are still good, so that not every attempt asks.</summary>
    private static readonly TimeSpan RenewAgainAfter = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _one = new(1, 1);
    private volatile AwsKeys? _keys;
    private DateTimeOffset _renewAt;

    public override string Description => _keys is { } keys ? $"{Name}: {keys}" : Name;

    public override DateTimeOffset? Expiry => _keys?.Expiry;

    /// <summary>Of the identity before anything is known of its keys.</summary>
    protected abstract string Name { get; }

    protected TimeProvider Clock => clock;

    public override async ValueTask<AwsKeys> GetAsync(CancellationToken cancellation)
    {
        if (Current() is { } good)
            return good;

        await _one.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return Current() ?? await RenewAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    public override void Drop(AwsKeys refused) => Interlocked.CompareExchange(ref _keys, null, refused);

    public override void Dispose()
    {
        base.Dispose();
        _one.Dispose();
    }

    /// <summary>Asks for new keys. Throws <see cref="CredentialException"/>.</summary>
    protected abstract Task<AwsKeys> FetchAsync(CancellationToken cancellation);

    private AwsKeys? Current() => _keys is { } keys && (keys.Expiry is null || clock.GetUtcNow() < _renewAt) ? keys : null;

    private async Task<AwsKeys> RenewAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        try
        {
            var keys = await FetchAsync(cancellation).ConfigureAwait(false);
            _renewAt = now + (((keys.Expiry ?? now) - now) * RenewAfterShare);
            _keys = keys;
            return keys;
        }
        catch (CredentialException) when (_keys is { } old && old.Expiry > now)
        {
            _renewAt = now + RenewAgainAfter;
            return old;
        }
    }
}
