using System.Text.Json;

namespace Collector.ObjectStores.Credentials;

/// <summary>The successful answer of a token endpoint (RFC 6749 §5.1).</summary>
internal static class BearerToken
{
    /// <summary>Where the answer does not say: an hour is what all of them give at least.</summary>
    private const double DefaultSeconds = 3600;

    /// <param name="json">The answer.</param>
    /// <param name="asked">When we asked, by our own clock: its <c>expires_in</c> counts from then, whatever the time is over there.</param>
    /// <param name="who">Whom we asked, for the message.</param>
    /// <param name="principal">As whom the token acts, if known.</param>
    public static AccessToken Of(JsonElement json, DateTimeOffset asked, string who, string principal = "") =>
        TokenClient.Text(json, "access_token") is { Length: > 0 } token
            ? new AccessToken(CredentialText.Of(token, $"the token of {who}"), asked.AddSeconds(TokenClient.Seconds(json, "expires_in") ?? DefaultSeconds), principal)
            : throw new CredentialException($"{who} answered without an access_token");
}
