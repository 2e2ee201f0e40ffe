using Collector.Configuration.Binding;
using Collector.ObjectStores;
using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.FileSystem;
using Collector.ObjectStores.Gcs;
using Collector.ObjectStores.Http;
using Collector.ObjectStores.S3;

namespace Collector.Configuration;

/// <summary>The keys of a store, by its type.</summary>
internal static class StoreKeys
{
    private static readonly Section<FileSystemSettings> FileSystem =
        new Section<FileSystemSettings>(new() { Path = "" })
            .Required("path", Kinds.Path, (c, v) => c with { Path = v }, "The directory for objects.", "/mnt/logs");

    private static readonly Section<AssumeRoleSettings> AssumeRole = new Section<AssumeRoleSettings>(new())
        .Key("roleArn", Kinds.RoleArn, c => c.RoleArn, (c, v) => c with { RoleArn = v }, "Empty: no second hop.", "arn:aws:iam::210987654321:role/archive")
        .Key("externalId", Kinds.HeaderText, c => c.ExternalId, (c, v) => c with { ExternalId = v }, "External id, if the role's trust policy requires one.", "shop-logs")
        .Key("sessionName", Kinds.SessionName, c => c.SessionName, (c, v) => c with { SessionName = v }, "Session name in CloudTrail.", "collector")
        .Check(CrossChecks.AssumeRole);

    private static readonly Section<AwsIdentitySettings> S3Identity = new Section<AwsIdentitySettings>(new())
        .Key("type", S3Types(), c => c.Type, (c, v) => c with { Type = v }, "auto: the keyless identity that the platform gave this pod.", AwsIdentityType.WebIdentity)
        .Secret("accessKeyId", c => c.AccessKeyId, (c, v) => c with { AccessKeyId = v }, "type accessKey.", "AWS_ACCESS_KEY_ID")
        .Secret("secretAccessKey", c => c.SecretAccessKey, (c, v) => c with { SecretAccessKey = v }, "type accessKey.", "AWS_SECRET_ACCESS_KEY")
        .Secret("sessionToken", c => c.SessionToken, (c, v) => c with { SessionToken = v }, "Session token for type accessKey with temporary keys.", "AWS_SESSION_TOKEN")
        .Key("roleArn", Kinds.RoleArn, c => c.RoleArn, (c, v) => c with { RoleArn = v }, "webIdentity; empty: from the environment.", "arn:aws:iam::123456789012:role/collector")
        .Key("tokenFile", Kinds.OptionalPath, c => c.TokenFile, (c, v) => c with { TokenFile = v }, "webIdentity; empty: from the environment.", "/var/run/secrets/eks.amazonaws.com/serviceaccount/token")
        .Key("sessionName", Kinds.SessionName, c => c.SessionName, (c, v) => c with { SessionName = v }, "webIdentity; empty: from the environment.", "node-1")
        .Key("assumeRole", AssumeRole, c => c.AssumeRole, (c, v) => c with { AssumeRole = v }, "A second hop over any of the identities.")
        .Check(AuthenticationChecks.S3);

    private static readonly Section<S3Settings> S3 = Http(
            new Section<S3Settings>(new() { Bucket = "" })
                .Required("bucket", Kinds.Bucket, (c, v) => c with { Bucket = v }, "The bucket's name.", "my-logs")
                .Key("region", Kinds.Region, c => c.Region, (c, v) => c with { Region = v }, "Empty: the environment's.", "eu-west-1"), "authentication.accessKeyId and secretAccessKey")
        .Key("forcePathStyle", Kinds.Boolean, c => c.ForcePathStyle, (c, v) => c with { ForcePathStyle = v },
            "Puts the bucket into the path, not into the host name.", true)
        .Key("storageClass", Kinds.HeaderText, c => c.StorageClass, (c, v) => c with { StorageClass = v }, "Empty: the bucket's default.", "STANDARD_IA")
        .Key("serverSideEncryption", Kinds.Choice(("", ""), ("AES256", "AES256"), ("aws:kms", "aws:kms"), ("aws:kms:dsse", "aws:kms:dsse")),
            c => c.ServerSideEncryption, (c, v) => c with { ServerSideEncryption = v }, "Empty: the bucket's default.", "aws:kms")
        .Key("kmsKeyId", Kinds.HeaderText, c => c.KmsKeyId, (c, v) => c with { KmsKeyId = v }, "For aws:kms; needs kms:GenerateDataKey.", "alias/collector-logs")
        .Key("acl", Kinds.CannedAcl, c => c.Acl, (c, v) => c with { Acl = v }, "A canned ACL; needs s3:PutObjectAcl.", "bucket-owner-full-control")
        .Key("tags", new MapOf<string>(Kinds.TagKey, Kinds.TagValue), c => c.Tags, (c, v) => c with { Tags = v },
            "Tags of every object; needs s3:PutObjectTagging.", new Dictionary<string, string> { ["team"] = "platform" })
        .Key("authentication", S3Identity, c => c.Identity, (c, v) => c with { Identity = v }, "As whom.")
        .Check(CrossChecks.S3);

    private static readonly Section<AzureIdentitySettings> AzureIdentity = new Section<AzureIdentitySettings>(new())
        .Key("type", AzureTypes(), c => c.Type, (c, v) => c with { Type = v }, "auto: the keyless identity that the platform gave this pod.", AzureIdentityType.WorkloadIdentity)
        .Key("clientId", Kinds.HeaderText, c => c.ClientId, (c, v) => c with { ClientId = v }, "Empty: from the environment.", "11111111-2222-3333-4444-555555555555")
        .Key("tenantId", Kinds.HeaderText, c => c.TenantId, (c, v) => c with { TenantId = v }, "Empty: from the environment.", "66666666-7777-8888-9999-000000000000")
        .Key("tokenFile", Kinds.OptionalPath, c => c.TokenFile, (c, v) => c with { TokenFile = v }, "Empty: from the environment.", "/var/run/secrets/azure/tokens/azure-identity-token")
        .Key("authorityHost", Kinds.Endpoint("clientId, tenantId and tokenFile"), c => c.AuthorityHost, (c, v) => c with { AuthorityHost = v }, "Empty: from the environment.", "https://login.microsoftonline.us")
        .Secret("accountKey", c => c.AccountKey, (c, v) => c with { AccountKey = v }, "type accountKey.", "AZURE_STORAGE_KEY")
        .Secret("sas", c => c.Sas, (c, v) => c with { Sas = v }, "type sas; a token with the permissions to create and write.", "AZURE_STORAGE_SAS_TOKEN")
        .Secret("connectionString", c => c.ConnectionString, (c, v) => c with { ConnectionString = v }, "type connectionString.", "AZURE_STORAGE_CONNECTION_STRING")
        .Check(AuthenticationChecks.Azure);

    private static readonly Section<AzureBlobSettings> Azure = Http(
            new Section<AzureBlobSettings>(new() { Container = "" })
                .Key("account", Kinds.AzureAccount, c => c.Account, (c, v) => c with { Account = v },
                    "The storage account; required unless authentication is a connection string.", "mystorage")
                .Required("container", Kinds.AzureContainer, (c, v) => c with { Container = v }, "The container's name.", "logs"), "authentication.sas (type sas) or authentication.accountKey (type accountKey)")
        .Key("accessTier", Kinds.HeaderText, c => c.AccessTier, (c, v) => c with { AccessTier = v }, "Empty: the account's default.", "Cool")
        .Key("authentication", AzureIdentity, c => c.Identity, (c, v) => c with { Identity = v }, "As whom.")
        .Check(CrossChecks.AzureAccount);

    private static readonly Section<GoogleIdentitySettings> GcsIdentity = new Section<GoogleIdentitySettings>(new())
        .Key("type", GcsTypes(), c => c.Type, (c, v) => c with { Type = v }, "auto: credentials file, then metadata server.", GoogleIdentityType.WorkloadIdentity)
        .Key("credentialsFile", Kinds.OptionalPath, c => c.CredentialsFile, (c, v) => c with { CredentialsFile = v }, "Empty: from the environment.", "/var/run/secrets/google/credentials.json")
        .Key("allowNodeIdentity", Kinds.Boolean, c => c.AllowNodeIdentity, (c, v) => c with { AllowNodeIdentity = v },
            "Allows auto to use the node's identity.", true)
        .Check(AuthenticationChecks.Gcs);

    private static readonly Section<GcsSettings> Gcs = Http(
            new Section<GcsSettings>(new() { Bucket = "" })
                .Required("bucket", Kinds.Bucket, (c, v) => c with { Bucket = v }, "The bucket's name.", "my-logs"), "authentication.credentialsFile")
        .Key("storageClass", Kinds.HeaderText, c => c.StorageClass, (c, v) => c with { StorageClass = v }, "Empty: the bucket's default.", "NEARLINE")
        .Key("kmsKey", Kinds.HeaderText, c => c.KmsKey, (c, v) => c with { KmsKey = v }, "Empty: the bucket's default.", "projects/my-project/locations/europe-west1/keyRings/logs/cryptoKeys/collector")
        .Key("authentication", GcsIdentity, c => c.Identity, (c, v) => c with { Identity = v }, "As whom.")
        .Check(CrossChecks.GcsEmulator);

    public static OneOf<StoreSettings> Store { get; } = new OneOf<StoreSettings>(null)
        .Add("filesystem", FileSystem, "A directory.")
        .Add("s3", S3, "Amazon S3, or a store that speaks its protocol.")
        .Add("azureBlob", Azure, "Azure Blob Storage.")
        .Add("gcs", Gcs, "Google Cloud Storage.");

    /// <param name="section">The store's section.</param>
    /// <param name="credentials">The keys where its credentials belong, for users who write them into the endpoint.</param>
    private static Section<T> Http<T>(Section<T> section, string credentials)
        where T : HttpStoreSettings => section
        .Key("endpoint", Kinds.Endpoint(credentials), c => c.Endpoint, (c, v) => c with { Endpoint = v }, "URL of the endpoint; empty: the provider's.", "https://store.example.com:9000")
        .Key("caFile", Kinds.OptionalPath, c => c.CaFile, (c, v) => c with { CaFile = v }, "PEM file of further certificate authorities.", "/etc/collector/ca.pem")
        .Key("proxy", Kinds.ProxyUrl, c => c.Proxy, (c, v) => c with { Proxy = v }, "URL of an HTTP proxy.", "http://proxy.example.com:3128");

    private static Scalar<AwsIdentityType> S3Types() => Kinds.Choice(
        ("auto", AwsIdentityType.Auto), ("accessKey", AwsIdentityType.AccessKey), ("webIdentity", AwsIdentityType.WebIdentity),
        ("podIdentity", AwsIdentityType.PodIdentity), ("instance", AwsIdentityType.Instance));

    private static Scalar<AzureIdentityType> AzureTypes() => Kinds.Choice(
        ("auto", AzureIdentityType.Auto), ("workloadIdentity", AzureIdentityType.WorkloadIdentity),
        ("managedIdentity", AzureIdentityType.ManagedIdentity), ("accountKey", AzureIdentityType.AccountKey),
        ("sas", AzureIdentityType.Sas), ("connectionString", AzureIdentityType.ConnectionString));

    private static Scalar<GoogleIdentityType> GcsTypes() => Kinds.Choice(
        ("auto", GoogleIdentityType.Auto), ("workloadIdentity", GoogleIdentityType.WorkloadIdentity),
        ("externalAccount", GoogleIdentityType.ExternalAccount), ("serviceAccountKey", GoogleIdentityType.ServiceAccountKey),
        ("none", GoogleIdentityType.None));
}
