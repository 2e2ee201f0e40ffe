using Collector.Configuration;
using Collector.ObjectStores;
using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.FileSystem;
using Collector.ObjectStores.Gcs;
using Collector.ObjectStores.Http;
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
        AzureBlobStoreConfiguration azure => new AzureBlobObjectStore(Shared(Map(azure), azure, output)),
        GcsStoreConfiguration gcs => new GcsObjectStore(Shared(Map(gcs), gcs, output)),
        S3StoreConfiguration s3 => new S3ObjectStore(Shared(Map(s3), s3, output)),
        _ => throw new NotSupportedException($"{output.Store.GetType().Name} is refused by validation"),
    };

    /// <summary>For who reads what an output has written; nothing is contacted yet.</summary>
    public static IObjectReader CreateReader(OutputConfiguration output) => output.Store switch
    {
        FileSystemStoreConfiguration files => new DirectoryReader(files.Path),
        AzureBlobStoreConfiguration azure => new AzureBlobObjectReader(Shared(Map(azure), azure, output)),
        GcsStoreConfiguration gcs => new GcsObjectReader(Shared(Map(gcs), gcs, output)),
        S3StoreConfiguration s3 => new S3ObjectReader(Shared(Map(s3), s3, output)),
        _ => throw new NotSupportedException($"{output.Store.GetType().Name} is refused by validation"),
    };

    /// <summary>Where an output writes, as <c>--from</c> of the commands that read has it; never a secret.</summary>
    public static string UrlOf(StoreConfiguration store) => store switch
    {
        FileSystemStoreConfiguration files => $"file://{files.Path}",
        AzureBlobStoreConfiguration azure => $"azblob://{azure.Account}/{azure.Container}",
        GcsStoreConfiguration gcs => $"gs://{gcs.Bucket}",
        S3StoreConfiguration s3 => $"s3://{s3.Bucket}",
        _ => store.GetType().Name,
    };

    private static T Shared<T>(T settings, HttpStoreConfiguration store, OutputConfiguration output)
        where T : HttpStoreSettings => (T)((HttpStoreSettings)settings with
        {
            Endpoint = store.Endpoint,
            CaFile = store.CaFile,
            Proxy = store.Proxy,
            ProbePrefix = output.KeyPrefix.Split('{')[0],
        });

    private static S3Settings Map(S3StoreConfiguration s3) => new()
    {
        Bucket = s3.Bucket,
        Region = s3.Region,
        ForcePathStyle = s3.ForcePathStyle,
        StorageClass = s3.StorageClass,
        ServerSideEncryption = s3.ServerSideEncryption,
        KmsKeyId = s3.KmsKeyId,
        Acl = s3.Acl,
        Tags = s3.Tags,
        Identity = new AwsIdentitySettings
        {
            Type = Enum.Parse<AwsIdentityType>(s3.Authentication.Type.ToString()),
            AccessKeyId = Map(s3.Authentication.AccessKeyId),
            SecretAccessKey = Map(s3.Authentication.SecretAccessKey),
            SessionToken = Map(s3.Authentication.SessionToken),
            RoleArn = s3.Authentication.RoleArn,
            TokenFile = s3.Authentication.TokenFile,
            SessionName = s3.Authentication.SessionName,
            AssumeRoleArn = s3.Authentication.AssumeRole.RoleArn,
            ExternalId = s3.Authentication.AssumeRole.ExternalId,
            AssumeRoleSessionName = s3.Authentication.AssumeRole.SessionName,
        },
    };

    private static AzureBlobSettings Map(AzureBlobStoreConfiguration azure) => new()
    {
        Account = azure.Account,
        Container = azure.Container,
        AccessTier = azure.AccessTier,
        Identity = new AzureIdentitySettings
        {
            Type = Enum.Parse<AzureIdentityType>(azure.Authentication.Type.ToString()),
            ClientId = azure.Authentication.ClientId,
            TenantId = azure.Authentication.TenantId,
            TokenFile = azure.Authentication.TokenFile,
            AuthorityHost = azure.Authentication.AuthorityHost,
            AccountKey = Map(azure.Authentication.AccountKey),
            Sas = Map(azure.Authentication.Sas),
            ConnectionString = Map(azure.Authentication.ConnectionString),
        },
    };

    private static GcsSettings Map(GcsStoreConfiguration gcs) => new()
    {
        Bucket = gcs.Bucket,
        StorageClass = gcs.StorageClass,
        KmsKey = gcs.KmsKey,
        Identity = new GoogleIdentitySettings
        {
            Type = Enum.Parse<GoogleIdentityType>(gcs.Authentication.Type.ToString()),
            CredentialsFile = gcs.Authentication.CredentialsFile,
            AllowNodeIdentity = gcs.Authentication.AllowNodeIdentity,
        },
    };

    private static SecretText Map(Secret secret) => new(secret.Value, secret.File);
}
