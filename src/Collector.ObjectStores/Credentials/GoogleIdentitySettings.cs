namespace Collector.ObjectStores.Credentials;

/// <summary>As whom a store in Google Cloud is written to (contract §2).</summary>
public sealed record GoogleIdentitySettings
{
    public GoogleIdentityType Type { get; init; } = GoogleIdentityType.Auto;

    /// <summary>A service account's key, or a Workload Identity Federation configuration; empty: <c>GOOGLE_APPLICATION_CREDENTIALS</c>.</summary>
    public string CredentialsFile { get; init; } = "";

    /// <summary>Lets <see cref="GoogleIdentityType.Auto"/> take the identity of the node.</summary>
    public bool AllowNodeIdentity { get; init; }
}

public enum GoogleIdentityType
{
    Auto,
    WorkloadIdentity,
    ExternalAccount,
    ServiceAccountKey,
    None,
}
