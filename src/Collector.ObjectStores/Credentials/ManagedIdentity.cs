namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Tokens of an identity that is assigned to this virtual machine, from Azure's instance metadata service.
/// </summary>
internal sealed class ManagedIdentity(string clientId, string host, TokenClient imds, TimeProvider clock)
{
    /// <summary>The link-local address of the service on every Azure machine.</summary>
    private const string DefaultHost = "http://169.254.169.254";

    private const string Resource = "https://storage.azure.com/";
    private const string ApiVersion = "2018-02-01";
    private const string Who = "the instance metadata service";

    public async Task<AccessToken> FetchAsync(CancellationToken cancellation)
    {
        var service = CredentialUrl.Parse(host.Length > 0 ? host : DefaultHost, "AZURE_POD_IDENTITY_AUTHORITY_HOST");
        var request = new HttpRequestMessage(
            HttpMethod.Get,
            $"{service.AbsoluteUri.TrimEnd('/')}/metadata/identity/oauth2/token?api-version={ApiVersion}&resource={Uri.EscapeDataString(Resource)}"
            + (clientId.Length > 0 ? $"&client_id={Uri.EscapeDataString(clientId)}" : ""));
        request.Headers.TryAddWithoutValidation("Metadata", "true");
        var now = clock.GetUtcNow();
        try
        {
            var json = await imds.GetJsonAsync(request, Who, cancellation).ConfigureAwait(false);
            var granted = TokenClient.Text(json, "client_id") ?? "";
            return BearerToken.Of(json, now, Who, granted == clientId ? "" : $"client {granted}");
        }
        catch (CredentialException e) when (!e.IsUnavailable)
        {
            var which = clientId.Length > 0 ? $"the identity with client id {clientId}" : "a system-assigned identity";
            throw new CredentialException($"{e.Message}; assign {which} to the node's virtual machine or scale set", e);
        }
    }
}
