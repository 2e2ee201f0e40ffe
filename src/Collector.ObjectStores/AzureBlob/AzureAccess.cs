using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Http;
using Collector.Pipeline.Diagnostics;

namespace Collector.ObjectStores.AzureBlob;

/// <summary>The address of the account's blobs, and the identity that writes them.</summary>
internal sealed record AzureAccess(Uri Service, AzureIdentity Identity)
{
    private const string PublicSuffix = "blob.core.windows.net";

    /// <summary>The access in the settings. Throws <see cref="CredentialException"/> for an invalid connection string.</summary>
    public static AzureAccess Create(AzureBlobSettings settings, Func<AzureIdentity> keyless, ServerClock clock) => settings.Identity.Type switch
    {
        AzureIdentityType.AccountKey => new AzureAccess(
            ServiceOf(settings.Account, settings.Endpoint), new AccountKeyIdentity(settings.Account, () => settings.Identity.AccountKey.Read("accountKey"), clock)),
        AzureIdentityType.Sas => new AzureAccess(ServiceOf(settings.Account, settings.Endpoint), new SharedAccessSignature(() => settings.Identity.Sas.Read("sas"))),
        AzureIdentityType.ConnectionString => OfConnectionString(settings, clock),
        _ => new AzureAccess(ServiceOf(settings.Account, settings.Endpoint), keyless()),
    };

    private static AzureAccess OfConnectionString(AzureBlobSettings settings, ServerClock clock)
    {
        var parts = new AzureConnectionString(settings.Identity.ConnectionString.Read("connectionString"));
        AzureIdentity identity = parts.Key.Length > 0
            ? new AccountKeyIdentity(parts.Account, () => parts.Key, clock)
            : new SharedAccessSignature(() => parts.Sas);
        var endpoint = settings.Endpoint.Length > 0 ? settings.Endpoint : parts.BlobEndpoint;
        return new AzureAccess(ServiceOf(parts.Account, endpoint), identity);
    }

    internal static Uri ServiceOf(string account, string endpoint)
    {
        if (endpoint.Length == 0)
            return new Uri($"https://{account}.{PublicSuffix}");

        if (HttpUrl.ProblemOf(endpoint) is { } problem)
            throw new CredentialException($"the endpoint {WithoutSecrets.StripUrl(endpoint)} {problem}: correct store.endpoint, or the connection string's BlobEndpoint");

        var service = new Uri(endpoint.TrimEnd('/'));
        return PathStyle.IsNeeded(service) && service.AbsolutePath == "/" ? new Uri(service, account) : service;
    }
}
