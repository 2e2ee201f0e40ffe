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

    /// <summary>A clock that is far ahead finds every key ended; the store is the judge then, and not asked for new ones each time.</summary>
    private static readonly TimeSpan ShortestUse = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _one = new(1, 1);
    private volatile Held? _held;

    public override string Description => _held is { } held ? $"{Name}: {held.Keys}" : Name;

    public override DateTimeOffset? Expiry => _held?.Keys.Expiry;

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

    public override void Drop(AwsKeys refused)
    {
        // Others may have been fetched since.
        if (_held is { } held && ReferenceEquals(held.Keys, refused))
            Interlocked.CompareExchange(ref _held, null, held);
    }

    public override void Dispose()
    {
        base.Dispose();
        _one.Dispose();
    }

    /// <summary>Asks for new keys. Throws <see cref="CredentialException"/>.</summary>
    protected abstract Task<AwsKeys> FetchAsync(CancellationToken cancellation);

    private AwsKeys? Current() => _held is { } held && (held.Keys.Expiry is null || clock.GetUtcNow() < held.RenewAt) ? held.Keys : null;

    private async Task<AwsKeys> RenewAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        try
        {
            var keys = await FetchAsync(cancellation).ConfigureAwait(false);
            var wait = ((keys.Expiry ?? now) - now) * RenewAfterShare;
            _held = new Held(keys, now + (wait > ShortestUse ? wait : ShortestUse));
            return keys;
        }
        catch (CredentialException) when (_held is { } old && old.Keys.Expiry > now)
        {
            _held = old with { RenewAt = now + RenewAgainAfter };
            return old.Keys;
        }
    }

    private sealed record Held(AwsKeys Keys, DateTimeOffset RenewAt);
}
