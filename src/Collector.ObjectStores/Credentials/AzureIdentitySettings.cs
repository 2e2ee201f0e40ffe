namespace Collector.ObjectStores.Credentials;

/// <summary>The identity that writes to a store in Azure (contract §2).</summary>
public sealed record AzureIdentitySettings
{
    public AzureIdentityType Type { get; init; } = AzureIdentityType.Auto;

    /// <summary>Empty: <c>AZURE_CLIENT_ID</c>.</summary>
    public string ClientId { get; init; } = "";

    /// <summary>Empty: <c>AZURE_TENANT_ID</c>.</summary>
    public string TenantId { get; init; } = "";

    /// <summary>Empty: <c>AZURE_FEDERATED_TOKEN_FILE</c>.</summary>
    public string TokenFile { get; init; } = "";

    /// <summary>Empty: <c>AZURE_AUTHORITY_HOST</c>, else the host of the public cloud.</summary>
    public string AuthorityHost { get; init; } = "";

    public Secret AccountKey { get; init; } = Secret.None;

    public Secret Sas { get; init; } = Secret.None;

    public Secret ConnectionString { get; init; } = Secret.None;
}

public enum AzureIdentityType
{
    Auto,
    WorkloadIdentity,
    ManagedIdentity,
    AccountKey,
    Sas,
    ConnectionString,
}
