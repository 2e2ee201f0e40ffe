using Azure.Identity;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Exchanges the pod's service account token for one of Microsoft Entra ID. The file is read at each exchange: kubelet replaces
/// it.
/// </summary>
internal sealed class EntraWorkload(string clientId, string tenantId, NamedFile token, string authority, TokenClient entra, TimeProvider clock)
{
    /// <summary>The scope of Azure Storage, which is the same in all clouds.</summary>
    private const string Scope = "https://storage.azure.com/.default";

    public async Task<AccessToken> FetchAsync(CancellationToken cancellation)
    {
        // Read here, too: the library waits for a file that hangs, and shows the content of an unreadable one in its message.
        _ = await token.ReadCredentialAsync(cancellation).ConfigureAwait(false);
        var host = authority.Length > 0 ? CredentialUrl.Parse(authority, "authorityHost (or AZURE_AUTHORITY_HOST)") : AzureAuthorityHosts.AzurePublicCloud;
        var options = new WorkloadIdentityCredentialOptions
        {
            ClientId = clientId,
            TenantId = tenantId,
            TokenFilePath = token.Path,
            AuthorityHost = SdkOrigin.WithTls(host),
            DisableInstanceDiscovery = true,
        };
        return await new AzureTokenExchange(entra, "Microsoft Entra ID", host, clock)
            .GetAsync(options, given => new WorkloadIdentityCredential(given), Scope, cancellation).ConfigureAwait(false);
    }
}
