using System.Security.Cryptography;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Http;
using Google.Apis.Util;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Tokens for a service account with a key file: a signed assertion is exchanged (RFC 7523; "Using OAuth 2.0 for server to server
/// applications"). The assertion has the token endpoint's time, because the endpoint refuses a wrong time and a node's clock may be
/// wrong.
/// </summary>
internal sealed class GoogleServiceAccountKey(JsonCredentialParameters file, NamedFile named, TokenClient tokens, TimeProvider clock)
{
    public const string Scope = "https://www.googleapis.com/auth/devstorage.read_write";

    private const string Who = "Google's token endpoint";

    public async Task<AccessToken> FetchAsync(CancellationToken cancellation)
    {
        var email = GoogleIdentities.Required(file.ClientEmail, "client_email", named);
        var endpoint = CredentialUrl.Parse(file.TokenUri ?? GoogleAuthConsts.OidcTokenUrl, $"\"token_uri\" in {named}");
        var skewed = tokens.Clock.UtcNow;
        try
        {
            return await ExchangeAsync(email, endpoint, cancellation).ConfigureAwait(false);
        }
        catch (CredentialException) when ((tokens.Clock.UtcNow - skewed).Duration() > TimeSpan.FromMinutes(1))
        {
            // The refusal had the endpoint's time.
            return await ExchangeAsync(email, endpoint, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<AccessToken> ExchangeAsync(string email, Uri endpoint, CancellationToken cancellation)
    {
        using var exchange = new GoogleTokenExchange(
            Who, async (request, ends) => GoogleTokenExchange.Plain(await tokens.GetJsonAsync(request, Who, ends).ConfigureAwait(false), Who));
        using var key = Key();
        var credential = new ServiceAccountCredential(new ServiceAccountCredential.Initializer(email, endpoint.AbsoluteUri)
        {
            Key = key,
            KeyId = file.PrivateKeyId,
            Scopes = [Scope],
            Clock = new TheirTime(tokens),
            HttpClientFactory = exchange.Connections,
            DefaultExponentialBackOffPolicy = ExponentialBackOffPolicy.None,
        });
        return await exchange.GetAsync(credential, email, clock, cancellation).ConfigureAwait(false);
    }

    private RSA Key()
    {
        var key = RSA.Create();
        try
        {
            key.ImportFromPem(GoogleIdentities.Required(file.PrivateKey, "private_key", named));
            return key;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new CredentialException($"\"private_key\" in {named} is not an RSA key in PEM: download the key again, and keep its line ends", e);
        }
    }

    private sealed class TheirTime(TokenClient tokens) : IClock
    {
        public DateTime UtcNow => tokens.Clock.UtcNow.UtcDateTime;

        public DateTime Now => UtcNow.ToLocalTime();
    }
}
