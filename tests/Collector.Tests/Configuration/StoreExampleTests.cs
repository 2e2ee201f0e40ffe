using Collector.Configuration;
using Xunit;

namespace Collector.Tests.Configuration;

/// <summary>Every key of the stores at once.</summary>
public sealed class StoreExampleTests
{
    [Fact]
    public void Every_key_of_a_store_is_read()
    {
        var stores = Examples.Read("every-key.yaml").Outputs.Select(o => o.Store).ToList();

        Assert.Equal(new FileSystemStoreConfiguration { Path = "/data" }, stores[0]);
        var s3 = Assert.IsType<S3StoreConfiguration>(stores[1]);
        Assert.Equal("billing", s3.Tags["team"]);
        Assert.Equal(
            new S3StoreConfiguration
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
                Authentication = new S3Authentication
                {
                    Type = S3AuthenticationType.AccessKey,
                    AccessKeyId = new Secret("AKIA", ""),
                    SecretAccessKey = new Secret("", "/secrets/key"),
                    SessionToken = new Secret("", "/secrets/token"),
                    AssumeRole = new AssumeRoleConfiguration { RoleArn = "arn:a", ExternalId = "e", SessionName = "s1" },
                },
            },
            s3);
        Assert.Equal(
            new S3Authentication { Type = S3AuthenticationType.WebIdentity, RoleArn = "arn:b", TokenFile = "/token", SessionName = "t1" },
            Assert.IsType<S3StoreConfiguration>(stores[2]).Authentication);
        Assert.Equal(
            new AzureBlobStoreConfiguration
            {
                Account = "mystorage",
                Container = "logs",
                Endpoint = "https://blob.example",
                AccessTier = "Cool",
                CaFile = "/etc/ca.pem",
                Proxy = "http://proxy:3128",
                Authentication = new AzureAuthentication
                {
                    Type = AzureAuthenticationType.WorkloadIdentity,
                    ClientId = "c",
                    TenantId = "t",
                    TokenFile = "/token",
                    AuthorityHost = "https://login.example",
                },
            },
            stores[3]);
        Assert.Equal(new Secret("key", ""), Assert.IsType<AzureBlobStoreConfiguration>(stores[4]).Authentication.AccountKey);
        Assert.Equal(new Secret("", "/sas"), Assert.IsType<AzureBlobStoreConfiguration>(stores[5]).Authentication.Sas);
        Assert.Equal(new Secret("", "/cs"), Assert.IsType<AzureBlobStoreConfiguration>(stores[6]).Authentication.ConnectionString);
        Assert.Equal(
            new GcsStoreConfiguration
            {
                Bucket = "my-logs",
                Endpoint = "https://gcs.example",
                StorageClass = "NEARLINE",
                KmsKey = "k",
                CaFile = "/etc/ca.pem",
                Proxy = "http://proxy:3128",
                Authentication = new GcsAuthentication { CredentialsFile = "/creds.json", AllowNodeIdentity = true },
            },
            stores[7]);
    }
}
