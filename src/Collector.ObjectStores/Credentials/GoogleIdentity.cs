using Google.Apis.Auth.OAuth2;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// The identity that writes to Google Cloud. The storage client sends the token that it is given and renews none;
/// <see cref="Renewal{T}"/> decides when to renew.
/// </summary>
/// <param name="name">The name of the identity until a token tells its principal.</param>
/// <param name="fetch">Asks for a new token, throws <see cref="CredentialException"/>; null: requests without an identity, for emulators and open buckets.</param>
/// <param name="clock">Tells when a token ends.</param>
internal sealed class GoogleIdentity(string name, Func<CancellationToken, Task<AccessToken>>? fetch, TimeProvider clock) : EffectiveIdentity
{
    private readonly Renewal<AccessToken>? _token = fetch is null ? null : new(fetch, token => token.Expiry, clock);

    public override string Description => _token?.Last is { Principal.Length: > 0 } last ? $"{name}: {last.Principal}" : name;

    public override DateTimeOffset? Expiry => _token?.End;

    /// <summary>
    /// Fetches the credentials that requests need, unless they are still valid. Throws <see cref="CredentialException"/>.
    /// </summary>
    public async ValueTask PrepareAsync(CancellationToken cancellation)
    {
        if (_token is not null)
            await _token.GetAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>The current token for a client; null: no token. Throws <see cref="CredentialException"/>.</summary>
    public async ValueTask<GoogleCredential?> GetAsync(CancellationToken cancellation) =>
        _token is null ? null : GoogleCredential.FromAccessToken((await _token.GetAsync(cancellation).ConfigureAwait(false)).Value);

    /// <summary>The current token; null: requests have none. Throws <see cref="CredentialException"/>.</summary>
    public async ValueTask<string?> TokenAsync(CancellationToken cancellation) =>
        _token is null ? null : (await _token.GetAsync(cancellation).ConfigureAwait(false)).Value;

    /// <summary>The store refused this token: the next request gets something newer, if there is any.</summary>
    public void Refused(string token) => _token?.Drop(held => held.Value == token);

    public override void Dispose()
    {
        base.Dispose();
        _token?.Dispose();
    }
}
