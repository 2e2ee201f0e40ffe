using System.Text.Json;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Chooses the identity for Google Cloud: what the configuration names, or, with <c>auto</c>, a credentials file and else the
/// metadata server. Nobody is asked yet, and no other is ever taken.
/// </summary>
internal static class GoogleIdentity
{
    private const string FileVariable = "GOOGLE_APPLICATION_CREDENTIALS";
    /// <summary>Host and port of another metadata server, as in Google's own libraries.</summary>
    public const string MetadataHostVariable = "GCE_METADATA_HOST";

    /// <param name="settings">Of the output.</param>
    /// <param name="environment">The variables.</param>
    /// <param name="isEmulator">An emulator was named: <c>auto</c> is then nobody, as in Google's own libraries.</param>
    /// <param name="tokens">For Google's token endpoints.</param>
    /// <param name="metadata">For the metadata server; never through a proxy.</param>
    /// <param name="clock">Tells when a token ends.</param>
    public static RequestAuthorization Create(
        GoogleIdentitySettings settings, Variables environment, bool isEmulator, TokenClient tokens, TokenClient metadata, TimeProvider clock)
    {
        if (settings.Type == GoogleIdentityType.None || (settings.Type == GoogleIdentityType.Auto && isEmulator))
            return new NoAuthorization();

        var file = NamedFile.Of(settings.CredentialsFile, "credentialsFile", environment, FileVariable);
        if (settings.Type == GoogleIdentityType.WorkloadIdentity || (settings.Type == GoogleIdentityType.Auto && file.Path.Length == 0))
        {
            var server = new GoogleMetadata(
                environment[MetadataHostVariable], settings.Type == GoogleIdentityType.Auto && settings.AllowNodeIdentity,
                environment.IsInPod, metadata, clock);
            return new BearerAuthorization("workload identity", server.FetchAsync, clock);
        }

        var name = settings.Type == GoogleIdentityType.ExternalAccount ? "externalAccount" : "serviceAccountKey";
        return file.Path.Length == 0
            ? new MissingAuthorization(name, $"{name} needs a credentials file: set authentication.credentialsFile or {FileVariable}")
            : new BearerAuthorization($"credentials file {file.Path}", cancellation => FromFileAsync(settings.Type, file, tokens, metadata, clock, cancellation), clock);
    }

    /// <summary>The file is read anew for each token: it is replaced when a key is rotated.</summary>
    private static Task<AccessToken> FromFileAsync(
        GoogleIdentityType wanted, NamedFile named, TokenClient tokens, TokenClient local, TimeProvider clock, CancellationToken cancellation)
    {
        var file = TokenClient.Parse(named.Read()) ?? throw new CredentialException($"{named} is no JSON object");
        return (wanted, TokenClient.Text(file, "type")) switch
        {
            (not GoogleIdentityType.ExternalAccount, "service_account") => new GoogleServiceAccountKey(file, named, tokens, clock).FetchAsync(cancellation),
            (not GoogleIdentityType.ServiceAccountKey, "external_account") => new GoogleExternalAccount(file, named, tokens, local, clock).FetchAsync(cancellation),
            (_, var type) => throw new CredentialException(
                $"{named} has type \"{type}\"; {Expected(wanted)} is needed"),
        };
    }

    private static string Expected(GoogleIdentityType wanted) => wanted switch
    {
        GoogleIdentityType.ExternalAccount => "\"external_account\" (gcloud iam workload-identity-pools create-cred-config)",
        GoogleIdentityType.ServiceAccountKey => "\"service_account\" (gcloud iam service-accounts keys create)",
        _ => "\"external_account\" or \"service_account\"",
    };

    /// <summary>A URL that a credentials file must have.</summary>
    public static Uri RequiredUrl(JsonElement file, string name, NamedFile named) => CredentialUrl.Parse(Required(file, name, named), $"\"{name}\" in {named}");

    /// <summary>A text that a credentials file must have.</summary>
    public static string Required(JsonElement file, string name, NamedFile named) => TokenClient.Text(file, name) is { Length: > 0 } text
        ? text
        : throw new CredentialException($"{named} has no \"{name}\"");
}
