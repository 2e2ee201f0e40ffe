using System.Text.Json;

namespace Collector.ObjectStores.Credentials;

/// <summary>The successful answer of a token endpoint (RFC 6749 §5.1).</summary>
internal static class BearerToken
{
    /// <summary>The lifetime if the answer does not say: all issuers give at least an hour.</summary>
    private const double DefaultSeconds = 3600;

    /// <param name="json">The answer.</param>
    /// <param name="asked">The time of the request, by our own clock: <c>expires_in</c> counts from then, whatever the server's
    /// clock says.</param>
    /// <param name="who">The name of the server that was asked, for the message.</param>
    /// <param name="principal">The principal of the token, if known.</param>
    public static AccessToken Of(JsonElement json, DateTimeOffset asked, string who, string principal = "") =>
        TokenClient.Text(json, "access_token") is { Length: > 0 } token
            ? new AccessToken(CredentialText.Of(token, $"the token of {who}"), asked.AddSeconds(TokenClient.Seconds(json, "expires_in") ?? DefaultSeconds), principal)
            : throw new CredentialException($"{who} answered without an access_token");
}
