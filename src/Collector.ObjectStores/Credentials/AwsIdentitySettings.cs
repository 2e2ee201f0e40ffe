namespace Collector.ObjectStores.Credentials;

/// <summary>As whom a store in AWS is written to (contract §2).</summary>
public sealed record AwsIdentitySettings
{
    public AwsIdentityType Type { get; init; } = AwsIdentityType.Auto;

    public SecretText AccessKeyId { get; init; } = SecretText.None;

    public SecretText SecretAccessKey { get; init; } = SecretText.None;

    public SecretText SessionToken { get; init; } = SecretText.None;

    /// <summary>Of a web identity; empty: <c>AWS_ROLE_ARN</c>.</summary>
    public string RoleArn { get; init; } = "";

    /// <summary>Of a web identity; empty: <c>AWS_WEB_IDENTITY_TOKEN_FILE</c>.</summary>
    public string TokenFile { get; init; } = "";

    /// <summary>Of a web identity; empty: <c>AWS_ROLE_SESSION_NAME</c>.</summary>
    public string SessionName { get; init; } = "";

    /// <summary>A role to take with whichever identity; empty: none.</summary>
    public string AssumeRoleArn { get; init; } = "";

    /// <summary>What that role's trust policy may ask for.</summary>
    public string ExternalId { get; init; } = "";

    public string AssumeRoleSessionName { get; init; } = "";
}

public enum AwsIdentityType
{
    Auto,
    AccessKey,
    WebIdentity,
    PodIdentity,
    Instance,
}
