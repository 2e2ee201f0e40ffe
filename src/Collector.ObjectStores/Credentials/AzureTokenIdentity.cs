using Azure.Core;
using Azure.Storage.Blobs;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Tokens of Microsoft Entra ID. The SDK sends the token that it is given and renews none; <see cref="Renewal{T}"/> decides when to
/// renew.
/// </summary>
/// <param name="name">The name of the identity until a token tells its principal.</param>
/// <param name="fetch">Asks for a new token; throws <see cref="CredentialException"/>.</param>
/// <param name="clock">Tells when a token ends.</param>
internal sealed class AzureTokenIdentity(string name, Func<CancellationToken, Task<AccessToken>> fetch, TimeProvider clock) : AzureIdentity
{
    /// <summary>
    /// Longer than an attempt lasts, so that the SDK does not ask for another one in between. The service checks the real expiry.
    /// </summary>
    private static readonly TimeSpan LongEnough = TimeSpan.FromHours(1);

    private readonly Renewal<AccessToken> _token = new(fetch, token => token.Expiry, clock);

    public override string Description => _token.Last is { Principal.Length: > 0 } last ? $"{name}: {last.Principal}" : name;

    public override DateTimeOffset? Expiry => _token.End;

    public override async ValueTask PrepareAsync(CancellationToken cancellation) => await _token.GetAsync(cancellation).ConfigureAwait(false);

    public override async ValueTask<BlobClient> OpenAsync(Uri blob, BlobClientOptions options, CancellationToken cancellation)
    {
        var token = await _token.GetAsync(cancellation).ConfigureAwait(false);
        var given = new Azure.Core.AccessToken(token.Value, DateTimeOffset.UtcNow + LongEnough);
        return new BlobClient(SdkOrigin.WithTls(blob), DelegatedTokenCredential.Create((_, _) => given), options);
    }

    public override void Refused(string token) => _token.Drop(held => held.Value == token);

    public override void Dispose()
    {
        base.Dispose();
        _token.Dispose();
    }
}
