namespace Collector.ObjectStores.Credentials;

/// <summary>The identity that writes to a store in AWS (contract §2).</summary>
public sealed record AwsIdentitySettings
{
    public AwsIdentityType Type { get; init; } = AwsIdentityType.Auto;

    public Secret AccessKeyId { get; init; } = Secret.None;

    public Secret SecretAccessKey { get; init; } = Secret.None;

    public Secret SessionToken { get; init; } = Secret.None;

    /// <summary>For a web identity; empty: <c>AWS_ROLE_ARN</c>.</summary>
    public string RoleArn { get; init; } = "";

    /// <summary>For a web identity; empty: <c>AWS_WEB_IDENTITY_TOKEN_FILE</c>.</summary>
    public string TokenFile { get; init; } = "";

    /// <summary>For a web identity; empty: <c>AWS_ROLE_SESSION_NAME</c>.</summary>
    public string SessionName { get; init; } = "";

    public AssumeRoleSettings AssumeRole { get; init; } = new();
}

/// <summary>A second hop, over any of the identities; none when the ARN is empty.</summary>
public sealed record AssumeRoleSettings
{
    public string RoleArn { get; init; } = "";

    /// <summary>The external id, if the role's trust policy requires one.</summary>
    public string ExternalId { get; init; } = "";

    /// <summary>The session name in CloudTrail; empty: the name of the machine.</summary>
    public string SessionName { get; init; } = "";
}

public enum AwsIdentityType
{
    Auto,
    AccessKey,
    WebIdentity,
    PodIdentity,
    Instance,
}
