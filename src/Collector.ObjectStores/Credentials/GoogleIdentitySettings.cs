namespace Collector.ObjectStores.Credentials;

/// <summary>The identity that writes to a store in Google Cloud (contract §2).</summary>
public sealed record GoogleIdentitySettings
{
    public GoogleIdentityType Type { get; init; } = GoogleIdentityType.Auto;

    /// <summary>A service account's key, or a Workload Identity Federation configuration; empty: <c>GOOGLE_APPLICATION_CREDENTIALS</c>.</summary>
    public string CredentialsFile { get; init; } = "";

    /// <summary>Allows <see cref="GoogleIdentityType.Auto"/> to use the node's identity.</summary>
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
