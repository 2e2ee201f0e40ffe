using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.FileSystem;
using Collector.ObjectStores.Gcs;
using Collector.ObjectStores.S3;
using Xunit;

namespace Collector.Tests.Configuration;

/// <summary>Every key of the stores at once.</summary>
public sealed class StoreExampleTests
{
    [Fact]
    public void Every_key_of_a_store_is_read()
    {
        var stores = Examples.Read("every-key.yaml").Outputs.Select(o => o.Store).ToList();

        Assert.Equal(new FileSystemSettings { Path = "/data" }, stores[0]);
        var s3 = Assert.IsType<S3Settings>(stores[1]);
        Assert.Equal("billing", s3.Tags["team"]);
        Assert.Equal(
            new S3Settings
            {
                Bucket = "my-logs",
                Region = "eu-west-1",
                Endpoint = "https://s3.example",
                ForcePathStyle = true,
                StorageClass = "STANDARD_IA",
                ServerSideEncryption = "aws:kms",
                KmsKeyId = "alias/logs",
                Acl = "bucket-owner-full-control",
                Tags = s3.Tags,
                CaFile = "/etc/ca.pem",
                Proxy = "http://proxy:3128",
                Identity = new AwsIdentitySettings
                {
                    Type = AwsIdentityType.AccessKey,
                    AccessKeyId = new Secret("AKIA", ""),
                    SecretAccessKey = new Secret("", "/secrets/key"),
                    SessionToken = new Secret("", "/secrets/token"),
                    AssumeRole = new AssumeRoleSettings { RoleArn = "arn:a", ExternalId = "e", SessionName = "s1" },
                },
            },
            s3);
        Assert.Equal(
            new AwsIdentitySettings { Type = AwsIdentityType.WebIdentity, RoleArn = "arn:b", TokenFile = "/token", SessionName = "t1" },
            Assert.IsType<S3Settings>(stores[2]).Identity);
        Assert.Equal(
            new AzureBlobSettings
            {
                Account = "mystorage",
                Container = "logs",
                Endpoint = "https://blob.example",
                AccessTier = "Cool",
                CaFile = "/etc/ca.pem",
                Proxy = "http://proxy:3128",
                Identity = new AzureIdentitySettings
                {
                    Type = AzureIdentityType.WorkloadIdentity,
                    ClientId = "c",
                    TenantId = "t",
                    TokenFile = "/token",
                    AuthorityHost = "https://login.example",
                },
            },
            stores[3]);
        Assert.Equal(new Secret("key", ""), Assert.IsType<AzureBlobSettings>(stores[4]).Identity.AccountKey);
        Assert.Equal(new Secret("", "/sas"), Assert.IsType<AzureBlobSettings>(stores[5]).Identity.Sas);
        Assert.Equal(new Secret("", "/cs"), Assert.IsType<AzureBlobSettings>(stores[6]).Identity.ConnectionString);
        Assert.Equal(
            new GcsSettings
            {
                Bucket = "my-logs",
                Endpoint = "https://gcs.example",
                StorageClass = "NEARLINE",
                KmsKey = "k",
                CaFile = "/etc/ca.pem",
                Proxy = "http://proxy:3128",
                Identity = new GoogleIdentitySettings { CredentialsFile = "/creds.json", AllowNodeIdentity = true },
            },
            stores[7]);
    }
}
