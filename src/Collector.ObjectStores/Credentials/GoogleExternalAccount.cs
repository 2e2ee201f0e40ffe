using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Workload Identity Federation: another provider's token is exchanged at Google's Security Token Service (RFC 8693), and the
/// result perhaps for one of a service account ("Configure Workload Identity Federation", AIP-4117). The other token comes from
/// a file, as Kubernetes projects it, or from a URL of the node, which no proxy sees. Both are read anew each time.
/// </summary>
internal sealed class GoogleExternalAccount(JsonElement file, NamedFile named, TokenClient tokens, TokenClient local, TimeProvider clock)
{
    private const string Scope = "https://www.googleapis.com/auth/cloud-platform";
    private const string Who = "Google's Security Token Service";
    private const string AccessTokenType = "urn:ietf:params:oauth:token-type:access_token";
    private const string GrantType = "urn:ietf:params:oauth:grant-type:token-exchange";
    private const int DefaultLifeSeconds = 3600;

    public async Task<AccessToken> FetchAsync(CancellationToken cancellation)
    {
        var subject = await SubjectTokenAsync(cancellation).ConfigureAwait(false);
        var account = TokenClient.Text(file, "service_account_impersonation_url");
        var federated = await ExchangeAsync(subject, account is null ? GoogleServiceAccountKey.Scope : Scope, cancellation).ConfigureAwait(false);
        return account is null ? federated : await ImpersonateAsync(account, federated, cancellation).ConfigureAwait(false);
    }

    private async Task<AccessToken> ExchangeAsync(string subject, string scope, CancellationToken cancellation)
    {
        var audience = GoogleIdentity.Required(file, "audience", named);
        var request = new HttpRequestMessage(HttpMethod.Post, GoogleIdentity.RequiredUrl(file, "token_url", named))
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["grant_type"] = GrantType,
                ["audience"] = audience,
                ["scope"] = scope,
                ["requested_token_type"] = AccessTokenType,
                ["subject_token"] = subject,
                ["subject_token_type"] = GoogleIdentity.Required(file, "subject_token_type", named),
            }),
        };
        var now = clock.GetUtcNow();
        return BearerToken.Of(await tokens.GetJsonAsync(request, Who, cancellation).ConfigureAwait(false), now, Who, audience);
    }

    /// <summary><c>generateAccessToken</c> of the IAM Service Account Credentials API.</summary>
    private async Task<AccessToken> ImpersonateAsync(string url, AccessToken federated, CancellationToken cancellation)
    {
        var life = file.TryGetProperty("service_account_impersonation", out var options)
            ? TokenClient.Seconds(options, "token_lifetime_seconds") ?? DefaultLifeSeconds
            : DefaultLifeSeconds;
        var ask = new JsonObject
        {
            ["scope"] = new JsonArray(JsonValue.Create(GoogleServiceAccountKey.Scope)),
            ["lifetime"] = string.Create(CultureInfo.InvariantCulture, $"{life}s"),
        };
        var request = new HttpRequestMessage(HttpMethod.Post, CredentialUrl.Parse(url, $"\"service_account_impersonation_url\" in {named}")) { Content = new StringContent(ask.ToJsonString(), Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", federated.Value);
        var now = clock.GetUtcNow();
        var email = Email(url);
        var json = await tokens.GetJsonAsync(request, $"impersonation of {email}", cancellation).ConfigureAwait(false);
        return TokenClient.Text(json, "accessToken") is { Length: > 0 } token
            ? new AccessToken(CredentialText.Of(token, $"the token of {email}"), End(json, now, now.AddSeconds(life)), email)
            : throw new CredentialException($"impersonation of {email} gave no accessToken");
    }

    /// <summary>Google may give less than was asked for, and says in its own time when that ends.</summary>
    private DateTimeOffset End(JsonElement json, DateTimeOffset now, DateTimeOffset asked) =>
        DateTimeOffset.TryParse(TokenClient.Text(json, "expireTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end)
        && now + (end - tokens.Clock.UtcNow) is var ours && ours < asked
            ? ours
            : asked;

    private async Task<string> SubjectTokenAsync(CancellationToken cancellation)
    {
        if (!file.TryGetProperty("credential_source", out var source) || source.ValueKind != JsonValueKind.Object)
            throw new CredentialException($"{named} has no \"credential_source\"");

        var text = (TokenClient.Text(source, "file"), TokenClient.Text(source, "url")) switch
        {
            ({ } from, _) => new NamedFile(from, $"credential_source.file of {named.Path}").Read(),
            (_, { } from) when TokenClient.Text(source, "environment_id") is null => await DownloadAsync(from, source, cancellation).ConfigureAwait(false),
            _ => throw new CredentialException(
                $"credential_source in {named.Path} is neither a file nor a URL: write the configuration with --credential-source-file, and project a token there"),
        };
        return Extract(text, source);
    }

    private async Task<string> DownloadAsync(string url, JsonElement source, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, CredentialUrl.Parse(url, $"credential_source.url in {named}"));
        if (source.TryGetProperty("headers", out var headers) && headers.ValueKind == JsonValueKind.Object)
        {
            foreach (var header in headers.EnumerateObject())
            {
                request.Headers.TryAddWithoutValidation(header.Name, header.Value.ToString());
            }
        }

        return await local.GetTextAsync(request, $"credential_source.url of {named.Path}", cancellation).ConfigureAwait(false);
    }

    private string Extract(string text, JsonElement source)
    {
        if (!source.TryGetProperty("format", out var format) || TokenClient.Text(format, "type") is not "json")
            return text;

        var field = TokenClient.Text(format, "subject_token_field_name") ?? "";
        return TokenClient.Parse(text) is { } json && TokenClient.Text(json, field) is { } token
            ? token.Trim()
            : throw new CredentialException($"the credential source of {named.Path} is no JSON object with \"{field}\"");
    }

    /// <summary>Of <c>…/serviceAccounts/EMAIL:generateAccessToken</c>.</summary>
    private static string Email(string url)
    {
        var last = url[(url.LastIndexOf('/') + 1)..];
        return last.IndexOf(':', StringComparison.Ordinal) is > 0 and var end ? last[..end] : last;
    }
}
