using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Tokens for a service account whose key is in a file: a signed assertion is exchanged (RFC 7523; "Using OAuth 2.0 for server
/// to server applications"). It carries the time of the token endpoint: a node's clock may be wrong, and a time that is not
/// theirs is refused.
/// </summary>
internal sealed class GoogleServiceAccountKey(JsonElement file, NamedFile named, TokenClient tokens, TimeProvider clock)
{
    public const string Scope = "https://www.googleapis.com/auth/devstorage.read_write";

    private const string Who = "Google's token endpoint";
    private const string GrantType = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private const string DefaultEndpoint = "https://oauth2.googleapis.com/token";

    /// <summary>The longest that is allowed.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    public async Task<AccessToken> FetchAsync(CancellationToken cancellation)
    {
        var email = GoogleIdentity.Required(file, "client_email", named);
        var endpoint = TokenClient.Text(file, "token_uri") ?? DefaultEndpoint;
        var skewed = tokens.Clock.UtcNow;
        try
        {
            return await ExchangeAsync(email, endpoint, cancellation).ConfigureAwait(false);
        }
        catch (CredentialException) when ((tokens.Clock.UtcNow - skewed).Duration() > TimeSpan.FromMinutes(1))
        {
            // The refusal told us what time it is over there.
            return await ExchangeAsync(email, endpoint, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<AccessToken> ExchangeAsync(string email, string endpoint, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, CredentialUrl.Parse(endpoint, $"\"token_uri\" in {named}"))
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["grant_type"] = GrantType,
                ["assertion"] = Assertion(email, endpoint),
            }),
        };
        var now = clock.GetUtcNow();
        return BearerToken.Of(await tokens.GetJsonAsync(request, Who, cancellation).ConfigureAwait(false), now, Who, email);
    }

    private string Assertion(string email, string endpoint)
    {
        var now = tokens.Clock.UtcNow;
        var header = new JsonObject { ["alg"] = "RS256", ["typ"] = "JWT", ["kid"] = TokenClient.Text(file, "private_key_id") };
        var claims = new JsonObject
        {
            ["iss"] = email,
            ["scope"] = Scope,
            ["aud"] = endpoint,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + Life).ToUnixTimeSeconds(),
        };
        var signed = $"{Encode(header)}.{Encode(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(Sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    private byte[] Sign(byte[] text)
    {
        using var key = RSA.Create();
        try
        {
            key.ImportFromPem(GoogleIdentity.Required(file, "private_key", named));
            return key.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw new CredentialException($"\"private_key\" in {named} is no RSA key in PEM: download the key again, and keep its line ends", e);
        }
    }

    private static string Encode(JsonObject json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));
}
