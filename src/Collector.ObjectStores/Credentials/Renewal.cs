namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Holds temporary credentials: fetched at first use, again before they expire, and at once after a refusal. Concurrent callers
/// share one fetch. While the issuer is away, credentials that are still valid stay in use.
/// </summary>
/// <param name="fetch">Asks for new ones; throws <see cref="CredentialException"/>.</param>
/// <param name="endOf">The expiry, by our own clock; null if there is none.</param>
/// <param name="clock">Tells when credentials expire.</param>
internal sealed class Renewal<T>(Func<CancellationToken, Task<T>> fetch, Func<T, DateTimeOffset?> endOf, TimeProvider clock) : IDisposable
    where T : class
{
    /// <summary>
    /// Renewal starts when this share of the lifetime is left: credentials for an hour are renewed a quarter of an hour before they
    /// expire, so the issuer may be away that long without any effect.
    /// </summary>
    private const double RenewAfterShare = 0.75;

    /// <summary>
    /// The pause after a failed renewal while the old credentials are still valid, so that not every attempt asks.
    /// </summary>
    private static readonly TimeSpan RenewAgainAfter = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long expired credentials are used before the issuer is asked again. To a clock that is far ahead all credentials have
    /// expired, and only the store can judge them.
    /// </summary>
    private static readonly TimeSpan UseOfEnded = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _one = new(1, 1);
    private volatile Held? _held;
    private volatile T? _last;

    /// <summary>The last issued credentials, even if they were refused since; null before the first.</summary>
    public T? Last => _last;

    /// <summary>When the credentials in use expire; null if they do not, or if there are none.</summary>
    public DateTimeOffset? End => _held is { } held ? endOf(held.Value) : null;

    /// <summary>Valid credentials. Throws <see cref="CredentialException"/>.</summary>
    public async ValueTask<T> GetAsync(CancellationToken cancellation)
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

    /// <summary>The store refused these credentials. If others have been fetched since, they stay.</summary>
    public void Drop(Func<T, bool> isRefused)
    {
        if (_held is { } held && isRefused(held.Value))
            Interlocked.CompareExchange(ref _held, null, held);
    }

    public void Dispose() => _one.Dispose();

    private T? Current() => _held is { } held && clock.GetUtcNow() < held.RenewAt ? held.Value : null;

    private async Task<T> RenewAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        try
        {
            var value = await fetch(cancellation).ConfigureAwait(false);
            _held = new Held(value, RenewAt(now, endOf(value)));
            _last = value;
            return value;
        }
        catch (CredentialException) when (_held is { } old && endOf(old.Value) > now)
        {
            _held = old with { RenewAt = now + RenewAgainAfter };
            return old.Value;
        }
    }

    private static DateTimeOffset RenewAt(DateTimeOffset now, DateTimeOffset? end) => end switch
    {
        null => DateTimeOffset.MaxValue,
        { } later when later > now => now + ((later - now) * RenewAfterShare),
        _ => now + UseOfEnded,
    };

    private sealed record Held(T Value, DateTimeOffset RenewAt);
}
