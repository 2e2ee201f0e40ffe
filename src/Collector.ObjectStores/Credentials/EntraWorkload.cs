namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Exchanges the pod's service account token for one of Microsoft Entra ID: the client credentials flow with a federated
/// credential as assertion. The file is read at each exchange: kubelet replaces it.
/// </summary>
internal sealed class EntraWorkload(string clientId, string tenantId, NamedFile token, string authority, TokenClient entra, TimeProvider clock)
{
    /// <summary>Of the public cloud; the webhook sets that of the others.</summary>
    private const string PublicAuthority = "https://login.microsoftonline.com";

    /// <summary>Of Azure Storage, in all clouds alike.</summary>
    private const string Scope = "https://storage.azure.com/.default";

    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    public async Task<AccessToken> FetchAsync(CancellationToken cancellation)
    {
        var host = CredentialUrl.Parse(authority.Length > 0 ? authority : PublicAuthority, "authorityHost (or AZURE_AUTHORITY_HOST)");
        var request = new HttpRequestMessage(HttpMethod.Post, $"{host.AbsoluteUri.TrimEnd('/')}/{Uri.EscapeDataString(tenantId)}/oauth2/v2.0/token")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["grant_type"] = "client_credentials",
                ["client_id"] = clientId,
                ["scope"] = Scope,
                ["client_assertion_type"] = AssertionType,
                ["client_assertion"] = token.ReadCredential(),
            }),
        };
        var now = clock.GetUtcNow();
        var json = await entra.GetJsonAsync(request, "Microsoft Entra ID", cancellation).ConfigureAwait(false);
        return BearerToken.Of(json, now, "Microsoft Entra ID");
    }
}
