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
            .Required("path", Kinds.Path, (c, v) => c with { Path = v }, "The directory for objects.");

    private static readonly Section<AssumeRoleSettings> AssumeRole = new Section<AssumeRoleSettings>(new())
        .Key("roleArn", Kinds.HeaderText, c => c.RoleArn, (c, v) => c with { RoleArn = v }, "Empty: no second hop.")
        .Key("externalId", Kinds.HeaderText, c => c.ExternalId, (c, v) => c with { ExternalId = v }, "External id, if the role's trust policy requires one.")
        .Key("sessionName", Kinds.SessionName, c => c.SessionName, (c, v) => c with { SessionName = v }, "Session name in CloudTrail.")
        .Check(CrossChecks.AssumeRole);

    private static readonly Section<AwsIdentitySettings> S3Identity = new Section<AwsIdentitySettings>(new())
        .Key("type", S3Types(), c => c.Type, (c, v) => c with { Type = v }, "auto: the keyless identity that the platform gave this pod.")
        .Secret("accessKeyId", c => c.AccessKeyId, (c, v) => c with { AccessKeyId = v }, "type accessKey.")
        .Secret("secretAccessKey", c => c.SecretAccessKey, (c, v) => c with { SecretAccessKey = v }, "type accessKey.")
        .Secret("sessionToken", c => c.SessionToken, (c, v) => c with { SessionToken = v }, "Session token for type accessKey with temporary keys.")
        .Key("roleArn", Kinds.HeaderText, c => c.RoleArn, (c, v) => c with { RoleArn = v }, "webIdentity; empty: from the environment.")
        .Key("tokenFile", Kinds.OptionalPath, c => c.TokenFile, (c, v) => c with { TokenFile = v }, "webIdentity; empty: from the environment.")
        .Key("sessionName", Kinds.SessionName, c => c.SessionName, (c, v) => c with { SessionName = v }, "webIdentity; empty: from the environment.")
        .Key("assumeRole", AssumeRole, c => c.AssumeRole, (c, v) => c with { AssumeRole = v }, "A second hop over any of the identities.")
        .Check(AuthenticationChecks.S3);

    private static readonly Section<S3Settings> S3 = Http(
            new Section<S3Settings>(new() { Bucket = "" })
                .Required("bucket", Kinds.Bucket, (c, v) => c with { Bucket = v }, "The bucket's name.")
                .Key("region", Kinds.HeaderText, c => c.Region, (c, v) => c with { Region = v }, "Empty: the environment's."), "authentication.accessKeyId and secretAccessKey")
        .Key("forcePathStyle", Kinds.Boolean, c => c.ForcePathStyle, (c, v) => c with { ForcePathStyle = v },
            "Puts the bucket into the path, not into the host name.")
        .Key("storageClass", Kinds.HeaderText, c => c.StorageClass, (c, v) => c with { StorageClass = v }, "Empty: the bucket's default.")
        .Key("serverSideEncryption", Kinds.Choice(("", ""), ("AES256", "AES256"), ("aws:kms", "aws:kms"), ("aws:kms:dsse", "aws:kms:dsse")),
            c => c.ServerSideEncryption, (c, v) => c with { ServerSideEncryption = v }, "Empty: the bucket's default.")
        .Key("kmsKeyId", Kinds.HeaderText, c => c.KmsKeyId, (c, v) => c with { KmsKeyId = v }, "For aws:kms; needs kms:GenerateDataKey.")
        .Key("acl", Kinds.HeaderText, c => c.Acl, (c, v) => c with { Acl = v }, "A canned ACL; needs s3:PutObjectAcl.")
        .Key("tags", new MapOf<string>(Kinds.Text, Kinds.TagValue), c => c.Tags, (c, v) => c with { Tags = v },
            "Tags of every object; needs s3:PutObjectTagging.")
        .Key("authentication", S3Identity, c => c.Identity, (c, v) => c with { Identity = v }, "As whom.")
        .Check(CrossChecks.S3);

    private static readonly Section<AzureIdentitySettings> AzureIdentity = new Section<AzureIdentitySettings>(new())
        .Key("type", AzureTypes(), c => c.Type, (c, v) => c with { Type = v }, "auto: the keyless identity that the platform gave this pod.")
        .Key("clientId", Kinds.HeaderText, c => c.ClientId, (c, v) => c with { ClientId = v }, "Empty: from the environment.")
        .Key("tenantId", Kinds.HeaderText, c => c.TenantId, (c, v) => c with { TenantId = v }, "Empty: from the environment.")
        .Key("tokenFile", Kinds.OptionalPath, c => c.TokenFile, (c, v) => c with { TokenFile = v }, "Empty: from the environment.")
        .Key("authorityHost", Kinds.Endpoint("clientId, tenantId and tokenFile"), c => c.AuthorityHost, (c, v) => c with { AuthorityHost = v }, "Empty: from the environment.")
        .Secret("accountKey", c => c.AccountKey, (c, v) => c with { AccountKey = v }, "type accountKey.")
        .Secret("sas", c => c.Sas, (c, v) => c with { Sas = v }, "type sas; a token with the permissions to create and write.")
        .Secret("connectionString", c => c.ConnectionString, (c, v) => c with { ConnectionString = v }, "type connectionString.")
        .Check(AuthenticationChecks.Azure);

    private static readonly Section<AzureBlobSettings> Azure = Http(
            new Section<AzureBlobSettings>(new() { Container = "" })
                .Key("account", Kinds.AzureAccount, c => c.Account, (c, v) => c with { Account = v },
                    "The storage account; required unless authentication is a connection string.")
                .Required("container", Kinds.AzureContainer, (c, v) => c with { Container = v }, "The container's name."), "authentication.sas (type sas) or authentication.accountKey (type accountKey)")
        .Key("accessTier", Kinds.HeaderText, c => c.AccessTier, (c, v) => c with { AccessTier = v }, "Empty: the account's default.")
        .Key("authentication", AzureIdentity, c => c.Identity, (c, v) => c with { Identity = v }, "As whom.")
        .Check(CrossChecks.AzureAccount);

    private static readonly Section<GoogleIdentitySettings> GcsIdentity = new Section<GoogleIdentitySettings>(new())
        .Key("type", GcsTypes(), c => c.Type, (c, v) => c with { Type = v }, "auto: credentials file, then metadata server.")
        .Key("credentialsFile", Kinds.OptionalPath, c => c.CredentialsFile, (c, v) => c with { CredentialsFile = v }, "Empty: from the environment.")
        .Key("allowNodeIdentity", Kinds.Boolean, c => c.AllowNodeIdentity, (c, v) => c with { AllowNodeIdentity = v },
            "Allows auto to use the node's identity.")
        .Check(AuthenticationChecks.Gcs);

    private static readonly Section<GcsSettings> Gcs = Http(
            new Section<GcsSettings>(new() { Bucket = "" })
                .Required("bucket", Kinds.Bucket, (c, v) => c with { Bucket = v }, "The bucket's name."), "authentication.credentialsFile")
        .Key("storageClass", Kinds.HeaderText, c => c.StorageClass, (c, v) => c with { StorageClass = v }, "Empty: the bucket's default.")
        .Key("kmsKey", Kinds.HeaderText, c => c.KmsKey, (c, v) => c with { KmsKey = v }, "Empty: the bucket's default.")
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
        .Key("endpoint", Kinds.Endpoint(credentials), c => c.Endpoint, (c, v) => c with { Endpoint = v }, "URL of the endpoint; empty: the provider's.")
        .Key("caFile", Kinds.OptionalPath, c => c.CaFile, (c, v) => c with { CaFile = v }, "PEM file of further certificate authorities.")
        .Key("proxy", Kinds.ProxyUrl, c => c.Proxy, (c, v) => c with { Proxy = v }, "URL of an HTTP proxy.");

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
