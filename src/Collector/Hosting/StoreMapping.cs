using Collector.Configuration;
using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.FileSystem;
using Collector.ObjectStores.Gcs;
using Collector.ObjectStores.S3;
using Collector.Pipeline.Upload;

namespace Collector.Hosting;

/// <summary>From an output's configuration to its store. Each output has its own, with its own credentials.</summary>
internal static class StoreMapping
{
    /// <summary>Nothing is contacted yet.</summary>
    public static IObjectStore Create(OutputConfiguration output) => output.Store switch
    {
        FileSystemStoreConfiguration files => new FileSystemObjectStore(files.Path),
        AzureBlobStoreConfiguration azure => new AzureBlobObjectStore(CloudStores.Map(azure, output.KeyPrefix)),
        GcsStoreConfiguration gcs => new GcsObjectStore(CloudStores.Map(gcs, output.KeyPrefix)),
        S3StoreConfiguration s3 => new S3ObjectStore(ToOptions(s3, LiteralStart(output.KeyPrefix)), TimeProvider.System, Environment.GetEnvironmentVariable),
        _ => throw new NotSupportedException($"{output.Store.GetType().Name} is refused by validation"),
    };

    private static S3Options ToOptions(S3StoreConfiguration store, string probePrefix) => new()
    {
        Bucket = store.Bucket,
        Region = store.Region,
        Endpoint = store.Endpoint,
        ForcePathStyle = store.ForcePathStyle,
        StorageClass = store.StorageClass,
        ServerSideEncryption = store.ServerSideEncryption,
        KmsKeyId = store.KmsKeyId,
        Acl = store.Acl,
        Tags = store.Tags,
        CaFile = store.CaFile,
        Proxy = store.Proxy,
        ProbePrefix = probePrefix,
        Authentication = ToAuthentication(store.Authentication),
    };

    private static AwsAuthentication ToAuthentication(S3Authentication identity) => new()
    {
        Type = Enum.Parse<AwsIdentityType>(identity.Type.ToString()),
        AccessKeyId = ToSecret(identity.AccessKeyId),
        SecretAccessKey = ToSecret(identity.SecretAccessKey),
        SessionToken = ToSecret(identity.SessionToken),
        RoleArn = identity.RoleArn,
        TokenFile = identity.TokenFile,
        SessionName = identity.SessionName,
        AssumeRoleArn = identity.AssumeRole.RoleArn,
        ExternalId = identity.AssumeRole.ExternalId,
        AssumeRoleSessionName = identity.AssumeRole.SessionName,
    };

    private static SecretText ToSecret(Secret secret) => new(secret.Value, secret.File);

    /// <summary>What all keys of a template begin with: a policy may allow nothing else.</summary>
    private static string LiteralStart(string keyPrefix) => keyPrefix.Split('{')[0];
}
