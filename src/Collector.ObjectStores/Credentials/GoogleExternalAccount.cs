using System.Globalization;
using System.Text.Json;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Http;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Workload Identity Federation: another provider's token is exchanged at Google's Security Token Service (RFC 8693), and the
/// result, if configured, for a token of a service account ("Configure Workload Identity Federation", AIP-4117). The provider's
/// token comes from a file, as Kubernetes projects it, or from a URL of the node, which bypasses any proxy. File and URL are read
/// again each time.
/// </summary>
/// <param name="file">The file's current content.</param>
/// <param name="life">How long the service account's tokens shall last, if the file says so.</param>
/// <param name="named">The file.</param>
/// <param name="tokens">For Google's token endpoints.</param>
/// <param name="local">For the node's URL; never through a proxy.</param>
/// <param name="clock">Tells when a token ends.</param>
internal sealed class GoogleExternalAccount(JsonCredentialParameters file, TimeSpan? life, NamedFile named, TokenClient tokens, TokenClient local, TimeProvider clock)
{
    private const string Who = "Google's Security Token Service";

    private static readonly TimeSpan DefaultLife = TimeSpan.FromHours(1);

    private readonly TimeSpan _life = life ?? DefaultLife;

    public async Task<AccessToken> FetchAsync(CancellationToken cancellation)
    {
        var source = await SourceAsync(cancellation).ConfigureAwait(false);
        var subject = source.File is null ? CredentialUrl.Parse(source.Url, $"credential_source.url in {named}") : null;
        var audience = GoogleIdentities.Required(file.Audience, "audience", named);
        var service = CredentialUrl.Parse(GoogleIdentities.Required(file.TokenUrl, "token_url", named), $"\"token_url\" in {named}");
        GoogleIdentities.Required(file.SubjectTokenType, "subject_token_type", named);
        var account = file.ServiceAccountImpersonationUrl is { } url ? CredentialUrl.Parse(url, $"\"service_account_impersonation_url\" in {named}") : null;
        using var exchange = new GoogleTokenExchange(Who, async (request, ends) =>
        {
            if (request.RequestUri == subject)
                return await local.GetTextAsync(request, $"credential_source.url of {named.Path}", ends).ConfigureAwait(false);
            if (request.RequestUri == service)
                return GoogleTokenExchange.Plain(await tokens.GetJsonAsync(request, Who, ends).ConfigureAwait(false), Who);

            // For impersonation the library sends the request to Google's own address.
            request.RequestUri = account;
            var who = $"impersonation of {Email(account!)}";
            return Plain(await tokens.GetJsonAsync(request, who, ends).ConfigureAwait(false), who);
        });

        try
        {
            return await exchange.GetAsync(Credential(account, exchange), account is null ? audience : Email(account), clock, cancellation).ConfigureAwait(false);
        }
        catch (CredentialException e) when (e.InnerException is SubjectTokenException { InnerException: not CredentialException })
        {
            throw new CredentialException($"the credential source of {named.Path} is not a JSON object with \"{source.Format?.SubjectTokenFieldName}\"", e);
        }
    }

    /// <summary>
    /// The library's credential. The library does not read the wanted token lifetime from the file, so impersonation is set up
    /// separately.
    /// </summary>
    private ServiceCredential Credential(Uri? account, GoogleTokenExchange exchange)
    {
        file.ServiceAccountImpersonationUrl = null;
        var federated = (file.CredentialSourceConfig.File is null
            ? CredentialFactory.FromJsonParameters<UrlSourcedExternalAccountCredential>(file).ToGoogleCredential()
            : CredentialFactory.FromJsonParameters<FileSourcedExternalAccountCredential>(file).ToGoogleCredential())
            .CreateWithHttpClientFactory(exchange.Connections);
        if (account is null)
            return (ServiceCredential)federated.CreateScoped(GoogleServiceAccountKey.Scope).UnderlyingCredential;

        return (ServiceCredential)federated.Impersonate(new ImpersonatedCredential.Initializer(Email(account))
        {
            Lifetime = _life,
            Scopes = [GoogleServiceAccountKey.Scope],
            HttpClientFactory = exchange.Connections,
            DefaultExponentialBackOffPolicy = ExponentialBackOffPolicy.None,
        }).UnderlyingCredential;
    }

    /// <summary>The answer of <c>generateAccessToken</c> (IAM Service Account Credentials API), as the other endpoints answer.</summary>
    private string Plain(JsonElement json, string who) =>
        TokenClient.Text(json, "accessToken") is { Length: > 0 } token
            ? GoogleTokenExchange.Plain(CredentialText.Of(token, $"the token of {who}"), LifeOf(json))
            : throw new CredentialException($"{who} gave no accessToken");

    /// <summary>Google may grant a shorter lifetime than requested, and states the expiry by its own clock.</summary>
    private TimeSpan LifeOf(JsonElement json) =>
        DateTimeOffset.TryParse(TokenClient.Text(json, "expireTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end)
        && end - tokens.Clock.UtcNow is var given && given < _life
            ? given
            : _life;

    /// <summary>
    /// Read here, because the library's messages show the content of an unreadable file and give no fix for an unsupported kind of
    /// source.
    /// </summary>
    private async Task<JsonCredentialParameters.CredentialSource> SourceAsync(CancellationToken cancellation)
    {
        var source = file.CredentialSourceConfig ?? throw new CredentialException($"{named} has no \"credential_source\"");
        if (source.File is { } from)
            _ = await new NamedFile(from, $"credential_source.file of {named.Path}").ReadAsync(cancellation).ConfigureAwait(false);
        else if (source.Url is null || source.EnvironmentId is not null)
        {
            throw new CredentialException(
                $"credential_source in {named.Path} is neither a file nor a URL: write the configuration with --credential-source-file, and project a token there");
        }

        return source;
    }

    /// <summary>Of <c>…/serviceAccounts/EMAIL:generateAccessToken</c>.</summary>
    private static string Email(Uri account)
    {
        var last = account.AbsoluteUri[(account.AbsoluteUri.LastIndexOf('/') + 1)..];
        return last.IndexOf(':', StringComparison.Ordinal) is > 0 and var end ? last[..end] : last;
    }
}
