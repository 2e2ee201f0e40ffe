using System.Diagnostics;
using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Gcs;
using Collector.ObjectStores.S3;
using Collector.Pipeline.Upload;
using Xunit;

namespace Collector.ObjectStores.Tests;

/// <summary>A credential in a FIFO or a device, which stands for a mount that does not answer, holds nothing up and is told by its key.</summary>
public sealed class NamedFileTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("named-");

    public static TheoryData<string> Keys => ["accessKeyIdFile", "secretAccessKeyFile", "sessionTokenFile", "tokenFile", "tokenFile of Azure", "accountKeyFile", "sasFile", "connectionStringFile", "credentialsFile"];

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task A_credential_that_is_no_regular_file_is_told_and_waited_for_by_nobody(string key)
    {
        var fifo = Path.Join(_directory.FullName, "fifo");
        using (var made = Process.Start("mkfifo", fifo))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        foreach (var (path, kind) in new[] { (fifo, "a FIFO"), ("/dev/zero", "a device") })
        {
            await using var store = Open(key, path);
            var asked = Task.Run(async () => (await store.AuthenticateAsync(CancellationToken.None), await store.ProbeAsync(CancellationToken.None), store.Description), TestContext.Current.CancellationToken);
            var (missing, result, description) = await asked.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

            Assert.Equal($"{key.Split(' ')[0]} {path} cannot be read: it is {kind}; name a regular file", missing);
            Assert.Equal(new PutResult(PutStatus.Unauthorized, missing!), result);
            Assert.NotEmpty(description);
        }
    }

    private static IObjectStore Open(string key, string path)
    {
        var (text, file) = (new Secret("text", ""), new Secret("", path));
        return key switch
        {
            "accessKeyIdFile" => S3(new AwsIdentitySettings { Type = AwsIdentityType.AccessKey, AccessKeyId = file, SecretAccessKey = text }),
            "secretAccessKeyFile" => S3(new AwsIdentitySettings { Type = AwsIdentityType.AccessKey, AccessKeyId = text, SecretAccessKey = file }),
            "sessionTokenFile" => S3(new AwsIdentitySettings { Type = AwsIdentityType.AccessKey, AccessKeyId = text, SecretAccessKey = text, SessionToken = file }),
            "tokenFile" => S3(new AwsIdentitySettings { Type = AwsIdentityType.WebIdentity, RoleArn = "arn:aws:iam::1:role/a", TokenFile = path }),
            "tokenFile of Azure" => Azure(new AzureIdentitySettings { Type = AzureIdentityType.WorkloadIdentity, ClientId = "c", TenantId = "t", TokenFile = path }),
            "accountKeyFile" => Azure(new AzureIdentitySettings { Type = AzureIdentityType.AccountKey, AccountKey = file }),
            "sasFile" => Azure(new AzureIdentitySettings { Type = AzureIdentityType.Sas, Sas = file }),
            "connectionStringFile" => Azure(new AzureIdentitySettings { Type = AzureIdentityType.ConnectionString, ConnectionString = file }),
            _ => new GcsObjectStore(
                new GcsSettings { Bucket = "logs", Endpoint = "http://127.0.0.1:1", Identity = new GoogleIdentitySettings { Type = GoogleIdentityType.ServiceAccountKey, CredentialsFile = path } },
                _ => null, TimeProvider.System),
        };
    }

    private static S3ObjectStore S3(AwsIdentitySettings identity) =>
        new(new S3Settings { Bucket = "logs", Endpoint = "http://127.0.0.1:1", Region = "r", Identity = identity }, _ => null, TimeProvider.System);

    private static AzureBlobObjectStore Azure(AzureIdentitySettings identity) =>
        new(new AzureBlobSettings { Account = "mystorage", Endpoint = "http://127.0.0.1:1", Container = "logs", Identity = identity }, _ => null, TimeProvider.System);
}
