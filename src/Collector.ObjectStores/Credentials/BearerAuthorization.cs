using System.Net.Http.Headers;

namespace Collector.ObjectStores.Credentials;

/// <summary>OAuth 2.0 access tokens, shown as they are (RFC 6750): who sees one can use it until its end.</summary>
/// <param name="name">Of the identity before anything is known of its tokens.</param>
/// <param name="fetch">Asks for a new token; throws <see cref="CredentialException"/>.</param>
/// <param name="clock">Tells when a token ends.</param>
internal sealed class BearerAuthorization(string name, Func<CancellationToken, Task<AccessToken>> fetch, TimeProvider clock)
    : RequestAuthorization
{
    private const string Scheme = "Bearer";

    private readonly Renewal<AccessToken> _token = new(fetch, token => token.Expiry, clock);

    public override string Description => _token.Last is { Principal.Length: > 0 } last ? $"{name}: {last.Principal}" : name;

    public override DateTimeOffset? Expiry => _token.End;

    public override async ValueTask PrepareAsync(CancellationToken cancellation) => await _token.GetAsync(cancellation).ConfigureAwait(false);

    public override async ValueTask ApplyAsync(HttpRequestMessage request, CancellationToken cancellation) =>
        request.Headers.Authorization = new AuthenticationHeaderValue(Scheme, (await _token.GetAsync(cancellation).ConfigureAwait(false)).Value);

    public override void Refused(HttpRequestMessage request) => _token.Drop(token => token.Value == request.Headers.Authorization?.Parameter);

    public override void Dispose()
    {
        base.Dispose();
        _token.Dispose();
    }
}
