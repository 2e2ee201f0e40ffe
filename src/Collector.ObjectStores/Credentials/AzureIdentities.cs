namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Chooses the identity for Azure: the configured one or, with <c>auto</c>, the one that the platform gave this pod. The
/// configuration and the environment decide once; no server is asked yet, and no other identity ever takes its place.
/// </summary>
internal static class AzureIdentities
{
    private const string ClientIdVariable = "AZURE_CLIENT_ID";
    private const string TenantIdVariable = "AZURE_TENANT_ID";
    private const string TokenFileVariable = "AZURE_FEDERATED_TOKEN_FILE";
    private const string AuthorityHostVariable = "AZURE_AUTHORITY_HOST";
    private const string ImdsHostVariable = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

    /// <summary>How to make the webhook of azure-workload-identity set the variables.</summary>
    private const string Webhook =
        "label the pod azure.workload.identity/use: \"true\" and annotate its service account with azure.workload.identity/client-id";

    /// <summary>An identity that needs a token. Keys and signatures are chosen elsewhere.</summary>
    /// <param name="settings">The output's settings.</param>
    /// <param name="environment">The variables.</param>
    /// <param name="entra">For Microsoft Entra ID.</param>
    /// <param name="imds">For the instance metadata service; never through a proxy.</param>
    /// <param name="clock">Tells when a token ends.</param>
    public static AzureIdentity Keyless(
        AzureIdentitySettings settings, Variables environment, TokenClient entra, TokenClient imds, TimeProvider clock)
    {
        string Given(string configured, string name) => configured.Length > 0 ? configured : environment[name];

        var clientId = Given(settings.ClientId, ClientIdVariable);
        var tenantId = Given(settings.TenantId, TenantIdVariable);
        var token = NamedFile.Of(settings.TokenFile, "tokenFile", environment, TokenFileVariable);

        // A tenant alone is half of a workload identity, so it is an error; no other identity is tried.
        var isWorkload = token.Path.Length > 0 || tenantId.Length > 0;
        return settings.Type == AzureIdentityType.WorkloadIdentity || (settings.Type == AzureIdentityType.Auto && isWorkload)
            ? Workload(clientId, tenantId, token, Given(settings.AuthorityHost, AuthorityHostVariable), entra, clock)
            : Managed(settings, clientId, environment, imds, clock);
    }

    private static AzureIdentity Workload(
        string clientId, string tenantId, NamedFile token, string authority, TokenClient entra, TimeProvider clock)
    {
        const string name = "workload identity";
        List<string> missing = [];
        if (clientId.Length == 0)
            missing.Add($"{ClientIdVariable} (or authentication.clientId)");
        if (tenantId.Length == 0)
            missing.Add($"{TenantIdVariable} (or authentication.tenantId)");
        if (token.Path.Length == 0)
            missing.Add($"{TokenFileVariable} (or authentication.tokenFile)");
        if (missing.Count > 0)
            return new MissingAzureIdentity(name, $"{name}: {string.Join(" and ", missing)} not set; {Webhook}");

        var workload = new EntraWorkload(clientId, tenantId, token, authority, entra, clock);
        return new AzureTokenIdentity($"{name}, client {clientId}, tenant {tenantId}", workload.FetchAsync, clock);
    }

    /// <summary>
    /// A managed identity of the node's virtual machine. The system-assigned identity is the node itself, so a pod uses it only
    /// when the configuration says so; an identity with a client id was given to the node for a purpose.
    /// </summary>
    private static AzureIdentity Managed(
        AzureIdentitySettings settings, string clientId, Variables environment, TokenClient imds, TimeProvider clock)
    {
        var name = clientId.Length > 0 ? $"managed identity, client {clientId}" : "managed identity of the system";
        if (settings.Type == AzureIdentityType.Auto && clientId.Length == 0 && environment.IsInPod)
        {
            return new MissingAzureIdentity("auto", $"no workload identity: {TokenFileVariable} is not set; {Webhook}. "
                + "The node's own identity is taken only with authentication.type: managedIdentity");
        }

        var managed = new ManagedIdentity(clientId, environment[ImdsHostVariable], imds, clock);
        return new AzureTokenIdentity(name, managed.FetchAsync, clock);
    }
}
