using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Http;
using Collector.Pipeline.Diagnostics;

namespace Collector.ObjectStores.AzureBlob;

/// <summary>The address of the account's blobs, and the identity that writes them.</summary>
internal sealed record AzureAccess(Uri Service, AzureIdentity Identity)
{
    private const string PublicSuffix = "blob.core.windows.net";

    /// <summary>The access in the settings. Throws <see cref="CredentialException"/> for an invalid connection string.</summary>
    public static async ValueTask<AzureAccess> CreateAsync(AzureBlobSettings settings, Func<AzureIdentity> keyless, ServerClock clock, CancellationToken cancellation) => settings.Identity.Type switch
    {
        AzureIdentityType.AccountKey => new AzureAccess(
            ServiceOf(settings.Account, settings.Endpoint),
            new AccountKeyIdentity(settings.Account, late => settings.Identity.AccountKey.ReadAsync("accountKey", late), clock)),
        AzureIdentityType.Sas => new AzureAccess(
            ServiceOf(settings.Account, settings.Endpoint), new SharedAccessSignature(late => settings.Identity.Sas.ReadAsync("sas", late))),
        AzureIdentityType.ConnectionString => OfConnectionString(
            settings, await settings.Identity.ConnectionString.ReadAsync("connectionString", cancellation).ConfigureAwait(false), clock),
        _ => new AzureAccess(ServiceOf(settings.Account, settings.Endpoint), keyless()),
    };

    private static AzureAccess OfConnectionString(AzureBlobSettings settings, string text, ServerClock clock)
    {
        var parts = new AzureConnectionString(text);
        AzureIdentity identity = parts.Key.Length > 0
            ? new AccountKeyIdentity(parts.Account, _ => ValueTask.FromResult(parts.Key), clock)
            : new SharedAccessSignature(_ => ValueTask.FromResult(parts.Sas));
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
