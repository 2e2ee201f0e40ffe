using Collector.ObjectStores.Credentials;

namespace Collector.ObjectStores.S3;

/// <summary>Where and how an S3 store writes. In all texts, empty means that the provider's own default counts.</summary>
public sealed record S3Options
{
    public required string Bucket { get; init; }

    /// <summary>Empty: <c>AWS_REGION</c>, then <c>AWS_DEFAULT_REGION</c>.</summary>
    public string Region { get; init; } = "";

    /// <summary>An http(s) URL; empty: <c>AWS_ENDPOINT_URL_S3</c>, then Amazon's.</summary>
    public string Endpoint { get; init; } = "";

    public bool ForcePathStyle { get; init; }

    public string StorageClass { get; init; } = "";

    /// <summary><c>AES256</c>, <c>aws:kms</c> or <c>aws:kms:dsse</c>.</summary>
    public string ServerSideEncryption { get; init; } = "";

    public string KmsKeyId { get; init; } = "";

    /// <summary>A canned ACL.</summary>
    public string Acl { get; init; } = "";

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>PEM file of further certificate authorities.</summary>
    public string CaFile { get; init; } = "";

    /// <summary>URL of a proxy; may hold a password and is not for the log.</summary>
    public string Proxy { get; init; } = "";

    /// <summary>Where the probe's key begins, as a policy may allow some prefix alone.</summary>
    public string ProbePrefix { get; init; } = "";

    /// <summary>
    /// An attempt of which the store has taken no more bytes for so long is given up. S3 itself closes a connection that is
    /// silent for 20 seconds or so.
    /// </summary>
    public TimeSpan StallAfter { get; init; } = TimeSpan.FromSeconds(20);

    public AwsAuthentication Authentication { get; init; } = new();
}
