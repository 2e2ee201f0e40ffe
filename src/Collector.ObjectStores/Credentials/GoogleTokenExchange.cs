using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Collector.ObjectStores.Http;
using Google.Apis.Auth.OAuth2;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Runs beneath a credential of Google's library: its requests are answered with the deadline, the messages and the limits of
/// <see cref="TokenClient"/>. A new one for each token, so that no cache of the library is used.
/// </summary>
/// <param name="who">The name of the server that the library asks, for messages.</param>
/// <param name="answer">The text that the library receives for a request. Throws <see cref="CredentialException"/>.</param>
internal sealed class GoogleTokenExchange(string who, Func<HttpRequestMessage, CancellationToken, Task<string>> answer) : HttpMessageHandler
{
    private const string MediaType = "application/json";

    /// <summary>For the credential.</summary>
    public GoogleConnections Connections => new(this);

    /// <summary>The answer of a token endpoint without unusual parts, which the library's parsers would reject.</summary>
    /// <param name="json">The answer.</param>
    /// <param name="giver">The issuer, for the message.</param>
    public static string Plain(JsonElement json, string giver)
    {
        var token = BearerToken.Of(json, DateTimeOffset.UnixEpoch, giver);
        return Plain(token.Value, token.Expiry - DateTimeOffset.UnixEpoch);
    }

    /// <summary>A token in the form that the library parses.</summary>
    public static string Plain(string token, TimeSpan life) => new JsonObject
    {
        ["token_type"] = "Bearer",
        ["access_token"] = token,
        ["expires_in"] = ((long)life.TotalSeconds).ToString(CultureInfo.InvariantCulture),
    }.ToJsonString();

    /// <summary>The token that the credential gets. Throws <see cref="CredentialException"/>.</summary>
    /// <param name="credential">Over these connections.</param>
    /// <param name="principal">The principal of the token.</param>
    /// <param name="clock">Our own clock: the token's lifetime counts from the request.</param>
    /// <param name="cancellation">Ends it, as the deadline does.</param>
    public async Task<AccessToken> GetAsync(ServiceCredential credential, string principal, TimeProvider clock, CancellationToken cancellation)
    {
        var asked = clock.GetUtcNow();
        try
        {
            await credential.RequestAccessTokenAsync(cancellation).ConfigureAwait(false);
            return new AccessToken(credential.Token.AccessToken, asked.AddSeconds(credential.Token.ExpiresInSeconds ?? 0), principal);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            throw CredentialException.Of(e, who);
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => new(HttpStatusCode.OK)
    {
        RequestMessage = request,
        Content = new StringContent(await answer(request, cancellationToken).ConfigureAwait(false), Encoding.UTF8, MediaType),
    };
}
