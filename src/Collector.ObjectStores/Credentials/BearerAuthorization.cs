using System.Net.Http.Headers;

namespace Collector.ObjectStores.Credentials;

/// <summary>An access token for a while.</summary>
/// <param name="Value">A secret.</param>
/// <param name="Expiry">Its end, by our own clock.</param>
/// <param name="Principal">As whom it acts, where its giver says so; else empty.</param>
internal sealed record AccessToken(string Value, DateTimeOffset Expiry, string Principal = "")
{
    /// <summary>Without the secret, which a generated one would print.</summary>
    public override string ToString() => $"token of {Principal} until {Expiry:O}";
}

/// <summary>
/// OAuth 2.0 access tokens: fetched when first needed, again before they end, and at once after one was refused. However many
/// ask, one fetch is under way.
/// </summary>
/// <param name="name">Of the identity before anything is known of its tokens.</param>
/// <param name="fetch">Asks for a new token; throws <see cref="CredentialException"/>.</param>
/// <param name="clock">Tells when a token ends.</param>
internal sealed class BearerAuthorization(string name, Func<CancellationToken, Task<AccessToken>> fetch, TimeProvider clock)
    : RequestAuthorization
{
    private const string Scheme = "Bearer";

    /// <summary>
    /// Of a token's life, the share after which a new one is tried for: an hour's token is renewed a quarter of an hour before
    /// its end, so its giver may be away that long without anybody noticing.
    /// </summary>
    private const double RenewAfterShare = 0.75;

    /// <summary>After a failed renewal of a token that is still good, so that not every attempt asks.</summary>
    private static readonly TimeSpan RenewAgainAfter = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _one = new(1, 1);
    private volatile Held? _held;
    private volatile string _principal = "";

    public override string Description => _principal.Length > 0 ? $"{name}: {_principal}" : name;

    public override DateTimeOffset? Expiry => _held?.Token.Expiry;

    public override async ValueTask ApplyAsync(HttpRequestMessage request, CancellationToken cancellation) =>
        request.Headers.Authorization = new AuthenticationHeaderValue(Scheme, (await GetAsync(cancellation).ConfigureAwait(false)).Value);

    public override void Refused(HttpRequestMessage request)
    {
        if (_held is { } held && request.Headers.Authorization?.Parameter == held.Token.Value)
            Interlocked.CompareExchange(ref _held, null, held);
    }

    public override void Dispose()
    {
        _one.Dispose();
        base.Dispose();
    }

    private async ValueTask<AccessToken> GetAsync(CancellationToken cancellation)
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

    private AccessToken? Current() => _held is { } held && clock.GetUtcNow() < held.RenewAt ? held.Token : null;

    private async Task<AccessToken> RenewAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        try
        {
            var token = await fetch(cancellation).ConfigureAwait(false);
            _held = new Held(token, now + ((token.Expiry - now) * RenewAfterShare));
            _principal = token.Principal;
            return token;
        }
        catch (CredentialException) when (_held is { } old && old.Token.Expiry > now)
        {
            _held = old with { RenewAt = now + RenewAgainAfter };
            return old.Token;
        }
    }

    private sealed record Held(AccessToken Token, DateTimeOffset RenewAt);
}
