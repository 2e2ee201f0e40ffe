using Azure.Identity;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Tokens of an identity that is assigned to this virtual machine, from Azure's instance metadata service.
/// </summary>
internal sealed class ManagedIdentity(string clientId, string host, TokenClient imds, TimeProvider clock)
{
    /// <summary>The link-local address of the service on every Azure machine.</summary>
    private const string DefaultHost = "http://169.254.169.254";

    /// <summary>The library removes the suffix; the service documents <c>https://storage.azure.com/</c> as the resource.</summary>
    private const string Scope = "https://storage.azure.com//.default";

    public async Task<AccessToken> FetchAsync(CancellationToken cancellation)
    {
        var service = CredentialUrl.Parse(host.Length > 0 ? host : DefaultHost, "AZURE_POD_IDENTITY_AUTHORITY_HOST");
        var id = clientId.Length > 0 ? ManagedIdentityId.FromUserAssignedClientId(clientId) : ManagedIdentityId.SystemAssigned;
        var exchange = new AzureTokenExchange(imds, "the instance metadata service", service, clock)
        {
            NameOf = granted => granted == clientId ? "" : $"client {granted}",
        };
        try
        {
            return await exchange.GetAsync(new ManagedIdentityCredentialOptions(id), given => new ManagedIdentityCredential(given), Scope, cancellation).ConfigureAwait(false);
        }
        catch (CredentialException e) when (!e.IsUnavailable)
        {
            var which = clientId.Length > 0 ? $"the identity with client id {clientId}" : "a system-assigned identity";
            throw new CredentialException($"{e.Message}; assign {which} to the node's virtual machine or scale set", e);
        }
    }
}
