namespace Collector.Configuration;

/// <summary>Where objects go. In the texts of all stores, empty means that the provider's own default counts.</summary>
public abstract record StoreConfiguration;

public sealed record FileSystemStoreConfiguration : StoreConfiguration
{
    /// <summary>An absolute directory.</summary>
    public required string Path { get; init; }
}

/// <summary>What the stores behind HTTP share.</summary>
public abstract record HttpStoreConfiguration : StoreConfiguration
{
    /// <summary>An http(s) URL in place of the provider's.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>PEM file of further certificate authorities.</summary>
    public string CaFile { get; init; } = "";

    /// <summary>An http(s) URL; may hold a password and is not for the log.</summary>
    public string Proxy { get; init; } = "";
}

public sealed record S3StoreConfiguration : HttpStoreConfiguration
{
    public required string Bucket { get; init; }

    public string Region { get; init; } = "";

    public bool ForcePathStyle { get; init; }

    public string StorageClass { get; init; } = "";

    public string ServerSideEncryption { get; init; } = "";

    public string KmsKeyId { get; init; } = "";

    public string Acl { get; init; } = "";

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public S3Authentication Authentication { get; init; } = new();
}

public sealed record S3Authentication
{
    public S3AuthenticationType Type { get; init; } = S3AuthenticationType.Auto;

    public Secret AccessKeyId { get; init; } = Secret.None;

    public Secret SecretAccessKey { get; init; } = Secret.None;

    public Secret SessionToken { get; init; } = Secret.None;

    public string RoleArn { get; init; } = "";

    public string TokenFile { get; init; } = "";

    public string SessionName { get; init; } = "";

    public AssumeRoleConfiguration AssumeRole { get; init; } = new();
}

/// <summary>A second hop, over any of the identities; none when the ARN is empty.</summary>
public sealed record AssumeRoleConfiguration
{
    public string RoleArn { get; init; } = "";

    public string ExternalId { get; init; } = "";

    public string SessionName { get; init; } = "";
}

public enum S3AuthenticationType
{
    Auto,
    AccessKey,
    WebIdentity,
    PodIdentity,
    Instance,
}

public sealed record AzureBlobStoreConfiguration : HttpStoreConfiguration
{
    /// <summary>Empty only where a connection string names it.</summary>
    public string Account { get; init; } = "";

    public required string Container { get; init; }

    public string AccessTier { get; init; } = "";

    public AzureAuthentication Authentication { get; init; } = new();
}

public sealed record AzureAuthentication
{
    public AzureAuthenticationType Type { get; init; } = AzureAuthenticationType.Auto;

    public string ClientId { get; init; } = "";

    public string TenantId { get; init; } = "";

    public string TokenFile { get; init; } = "";

    public string AuthorityHost { get; init; } = "";

    public Secret AccountKey { get; init; } = Secret.None;

    public Secret Sas { get; init; } = Secret.None;

    public Secret ConnectionString { get; init; } = Secret.None;
}

public enum AzureAuthenticationType
{
    Auto,
    WorkloadIdentity,
    ManagedIdentity,
    AccountKey,
    Sas,
    ConnectionString,
}

public sealed record GcsStoreConfiguration : HttpStoreConfiguration
{
    public required string Bucket { get; init; }

    public string StorageClass { get; init; } = "";

    public string KmsKey { get; init; } = "";

    public GcsAuthentication Authentication { get; init; } = new();
}

public sealed record GcsAuthentication
{
    public GcsAuthenticationType Type { get; init; } = GcsAuthenticationType.Auto;

    public string CredentialsFile { get; init; } = "";

    /// <summary>Lets <see cref="GcsAuthenticationType.Auto"/> take the identity of the node.</summary>
    public bool AllowNodeIdentity { get; init; }
}

public enum GcsAuthenticationType
{
    Auto,
    WorkloadIdentity,
    ExternalAccount,
    ServiceAccountKey,
    None,
}
