using Google.Apis.Auth.OAuth2;
using Google.Apis.Json;
using Newtonsoft.Json;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Chooses the identity for Google Cloud: the configured one or, with <c>auto</c>, a credentials file and else the metadata server.
/// No server is asked yet, and no other identity ever takes its place.
/// </summary>
internal static class GoogleIdentities
{
    private const string FileVariable = "GOOGLE_APPLICATION_CREDENTIALS";

    /// <summary>Host and port of another metadata server, as in Google's own libraries.</summary>
    public const string MetadataHostVariable = "GCE_METADATA_HOST";

    /// <param name="settings">The output's settings.</param>
    /// <param name="environment">The variables.</param>
    /// <param name="isEmulator">An emulator is configured: <c>auto</c> then means anonymous, as in Google's own libraries.</param>
    /// <param name="tokens">For Google's token endpoints.</param>
    /// <param name="metadata">For the metadata server; never through a proxy.</param>
    /// <param name="clock">Tells when a token ends.</param>
    public static GoogleIdentity Create(
        GoogleIdentitySettings settings, Variables environment, bool isEmulator, TokenClient tokens, TokenClient metadata, TimeProvider clock)
    {
        if (settings.Type == GoogleIdentityType.None || (settings.Type == GoogleIdentityType.Auto && isEmulator))
            return new GoogleIdentity("nobody", null, clock);

        var file = NamedFile.Of(settings.CredentialsFile, "credentialsFile", environment, FileVariable);
        if (settings.Type == GoogleIdentityType.WorkloadIdentity || (settings.Type == GoogleIdentityType.Auto && file.Path.Length == 0))
        {
            var server = new GoogleMetadata(
                environment[MetadataHostVariable], settings.Type == GoogleIdentityType.Auto && settings.AllowNodeIdentity,
                environment.IsInPod, metadata, clock);
            return new GoogleIdentity("workload identity", server.FetchAsync, clock);
        }

        var name = settings.Type == GoogleIdentityType.ExternalAccount ? "externalAccount" : "serviceAccountKey";
        return file.Path.Length == 0
            ? new GoogleIdentity($"{name} (missing)", _ => throw new CredentialException($"{name} needs a credentials file: set authentication.credentialsFile or {FileVariable}"), clock)
            : new GoogleIdentity($"credentials file {file.Path}", cancellation => FromFileAsync(settings.Type, file, tokens, metadata, clock, cancellation), clock);
    }

    /// <summary>The file is read again for each token, because a key rotation replaces it.</summary>
    private static async Task<AccessToken> FromFileAsync(
        GoogleIdentityType wanted, NamedFile named, TokenClient tokens, TokenClient local, TimeProvider clock, CancellationToken cancellation)
    {
        var (file, life) = Parse(await named.ReadAsync(cancellation).ConfigureAwait(false), named);
        return await ((wanted, file.Type) switch
        {
            (not GoogleIdentityType.ExternalAccount, JsonCredentialParameters.ServiceAccountCredentialType) =>
                new GoogleServiceAccountKey(file, named, tokens, clock).FetchAsync(cancellation),
            (not GoogleIdentityType.ServiceAccountKey, JsonCredentialParameters.ExternalAccountCredentialType) =>
                new GoogleExternalAccount(file, life, named, tokens, local, clock).FetchAsync(cancellation),
            (_, var type) => throw new CredentialException($"{named} has type \"{type}\"; {Expected(wanted)} is needed"),
        }).ConfigureAwait(false);
    }

    /// <summary>
    /// The file as Google's library parses it, and <c>service_account_impersonation.token_lifetime_seconds</c>, which the library
    /// ignores.
    /// </summary>
    private static (JsonCredentialParameters File, TimeSpan? Life) Parse(string text, NamedFile named)
    {
        if (TokenClient.Parse(text) is not { } json)
            throw new CredentialException($"{named} is not a JSON object");

        TimeSpan? life = json.TryGetProperty("service_account_impersonation", out var options) && TokenClient.Seconds(options, "token_lifetime_seconds") is { } seconds
            ? TimeSpan.FromSeconds(seconds)
            : null;
        try
        {
            return (NewtonsoftJsonSerializer.Instance.Deserialize<JsonCredentialParameters>(text), life);
        }
        catch (JsonException e)
        {
            // Without the exception's message, which may quote a part of a key.
            throw new CredentialException($"{named} has a value of the wrong type: create the file again with gcloud", e);
        }
    }

    private static string Expected(GoogleIdentityType wanted) => wanted switch
    {
        GoogleIdentityType.ExternalAccount => "\"external_account\" (gcloud iam workload-identity-pools create-cred-config)",
        GoogleIdentityType.ServiceAccountKey => "\"service_account\" (gcloud iam service-accounts keys create)",
        _ => "\"external_account\" or \"service_account\"",
    };

    /// <summary>A text that a credentials file must have.</summary>
    public static string Required(string? text, string name, NamedFile named) =>
        text is { Length: > 0 } ? text : throw new CredentialException($"{named} has no \"{name}\"");
}
