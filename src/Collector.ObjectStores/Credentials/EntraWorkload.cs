using Azure.Identity;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Exchanges the pod's service account token for one of Microsoft Entra ID. The file is read at each exchange: kubelet replaces
/// it.
/// </summary>
internal sealed class EntraWorkload(string clientId, string tenantId, NamedFile token, string authority, TokenClient entra, TimeProvider clock)
{
    /// <summary>Of Azure Storage, in all clouds alike.</summary>
    private const string Scope = "https://storage.azure.com/.default";

    public Task<AccessToken> FetchAsync(CancellationToken cancellation)
    {
        // The library would say of a file that it cannot read what the runtime says, and show whatever stands in it.
        _ = token.ReadCredential();
        var host = authority.Length > 0 ? CredentialUrl.Parse(authority, "authorityHost (or AZURE_AUTHORITY_HOST)") : AzureAuthorityHosts.AzurePublicCloud;
        var options = new WorkloadIdentityCredentialOptions
        {
            ClientId = clientId,
            TenantId = tenantId,
            TokenFilePath = token.Path,
            AuthorityHost = SdkOrigin.WithTls(host),
            DisableInstanceDiscovery = true,
        };
        return new AzureTokenExchange(entra, "Microsoft Entra ID", host, clock)
            .GetAsync(options, given => new WorkloadIdentityCredential(given), Scope, cancellation);
    }
}
