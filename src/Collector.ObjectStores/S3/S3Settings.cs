using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.S3;

/// <summary>
/// A bucket in S3, or in a store that speaks its protocol (contract §2). The default endpoint is <c>AWS_ENDPOINT_URL_S3</c>, then
/// Amazon's.
/// </summary>
public sealed record S3Settings : HttpStoreSettings
{
    public required string Bucket { get; init; }

    /// <summary>Empty: <c>AWS_REGION</c>, then <c>AWS_DEFAULT_REGION</c>.</summary>
    public string Region { get; init; } = "";

    public bool ForcePathStyle { get; init; }

    public string StorageClass { get; init; } = "";

    /// <summary><c>AES256</c>, <c>aws:kms</c> or <c>aws:kms:dsse</c>.</summary>
    public string ServerSideEncryption { get; init; } = "";

    public string KmsKeyId { get; init; } = "";

    /// <summary>A canned ACL.</summary>
    public string Acl { get; init; } = "";

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public AwsIdentitySettings Identity { get; init; } = new();
}
