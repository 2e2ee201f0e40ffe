using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// One token by Azure.Identity, which makes the request; beneath it we send it: once, within our deadline, with our limit and our
/// words. A credential serves one exchange, so that none of its caches is ever asked.
/// </summary>
/// <param name="giver">Sends the request.</param>
/// <param name="who">Whom it asks, for messages.</param>
/// <param name="place">Where the request goes, whatever the library thinks.</param>
/// <param name="clock">Tells when the token ends.</param>
internal sealed class AzureTokenExchange(TokenClient giver, string who, Uri place, TimeProvider clock) : HttpMessageHandler
{
    /// <summary>
    /// Nothing that is claimed, which has one meaning to the library: its cache of managed identities, one for the whole process,
    /// is passed by. A token that was refused would come out of it again.
    /// </summary>
    private const string PastTheCache = "{}";

    /// <summary>What the library hears of the token's life. It may be anything: it counts on our side alone.</summary>
    private static readonly TimeSpan AnyLife = TimeSpan.FromHours(1);

    private AccessToken? _granted;

    /// <summary>As whom the token acts, of the answer; empty where nothing says so.</summary>
    public Func<string, string> NameOf { get; init; } = _ => "";

    /// <summary>The token. Throws <see cref="CredentialException"/>.</summary>
    /// <param name="options">Of the credential.</param>
    /// <param name="credential">Made with these options, after they were completed.</param>
    /// <param name="scope">For which the token is.</param>
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

    /// <summary>The answer without what was odd in it, for both readers of the library.</summary>
    private static JsonObject Plain(AccessToken token) => new()
    {
        ["token_type"] = "Bearer",
        ["access_token"] = token.Value,
        ["expires_in"] = (int)AnyLife.TotalSeconds,
        ["expires_on"] = (DateTimeOffset.UtcNow + AnyLife).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
    };
}
