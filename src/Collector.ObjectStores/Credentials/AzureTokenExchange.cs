using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Fetches one token with Azure.Identity, which makes the request; this handler sends it: once, within our deadline, with our limit
/// and our messages. A credential serves one exchange, so none of its caches is used.
/// </summary>
/// <param name="giver">Sends the request.</param>
/// <param name="who">The name of the server that is asked, for messages.</param>
/// <param name="place">The destination of the request, whatever the library chooses.</param>
/// <param name="clock">Tells when the token ends.</param>
internal sealed class AzureTokenExchange(TokenClient giver, string who, Uri place, TimeProvider clock) : HttpMessageHandler
{
    /// <summary>
    /// No claims. To the library this means one thing: it skips its process-wide cache of managed identities, which would return a
    /// refused token again.
    /// </summary>
    private const string PastTheCache = "{}";

    /// <summary>
    /// The lifetime that the library is told. The value does not matter: the collector alone decides when a token is renewed.
    /// </summary>
    private static readonly TimeSpan AnyLife = TimeSpan.FromHours(1);

    private AccessToken? _granted;

    /// <summary>The principal in the answer; empty if the answer does not name it.</summary>
    public Func<string, string> NameOf { get; init; } = _ => "";

    /// <summary>The token. Throws <see cref="CredentialException"/>.</summary>
    /// <param name="options">The credential's options.</param>
    /// <param name="credential">Made with these options, after they were completed.</param>
    /// <param name="scope">The scope of the token.</param>
    /// <param name="cancellation">Ends it, as the deadline does.</param>
    public async Task<AccessToken> GetAsync<TOptions>(TOptions options, Func<TOptions, TokenCredential> credential, string scope, CancellationToken cancellation)
        where TOptions : TokenCredentialOptions
    {
        using var connections = new HttpClient(this, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        options.Transport = new HttpClientTransport(connections);
        options.Retry.MaxRetries = 0;
        options.Retry.NetworkTimeout = Timeout.InfiniteTimeSpan;
        options.Diagnostics.IsLoggingEnabled = false;
        options.Diagnostics.IsDistributedTracingEnabled = false;
        try
        {
            await credential(options).GetTokenAsync(new TokenRequestContext([scope], claims: PastTheCache), cancellation).ConfigureAwait(false);
            return _granted ?? throw new CredentialException($"Azure.Identity has not asked {who} for a token");
        }
        catch (Exception e) when (e is AuthenticationFailedException or CredentialException or ArgumentException)
        {
            throw CredentialException.Of(e, who);
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.RequestUri = SdkOrigin.Of(request.RequestUri!, place);
        var asked = clock.GetUtcNow();
        var json = await giver.GetJsonAsync(request, who, cancellationToken).ConfigureAwait(false);
        _granted = BearerToken.Of(json, asked, who, NameOf(TokenClient.Text(json, "client_id") ?? ""));
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(Plain(_granted).ToJsonString(), Encoding.UTF8, "application/json") };
    }

    /// <summary>The answer without unusual parts, for both parsers of the library.</summary>
    private static JsonObject Plain(AccessToken token) => new()
    {
        ["token_type"] = "Bearer",
        ["access_token"] = token.Value,
        ["expires_in"] = (int)AnyLife.TotalSeconds,
        ["expires_on"] = (DateTimeOffset.UtcNow + AnyLife).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
    };
}
