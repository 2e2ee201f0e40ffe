using System.Text.Json.Nodes;
using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Gcs;
using Collector.ObjectStores.Tests.S3;
using Collector.Pipeline.Upload;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests.Credentials;

/// <summary>What those who give out identities answer, and files hold, that nobody documents: a result with words, never a crash (S-147).</summary>
public sealed class OddAnswerTests
{
    private const string Keys = """{"AccessKeyId": "AKID", "SecretAccessKey": "secret", "Token": TOKEN, "Expiration": "2099-01-01T00:00:00Z"}""";

    /// <summary>The agent and the metadata service give keys without a session token, and those sign without one.</summary>
    [Fact]
    public async Task Keys_without_a_session_token_are_keys()
    {
        await using var agent = ScriptedServer.Start(_ => new Answer(200, Keys.Replace("TOKEN", "null", StringComparison.Ordinal)));
        await using var server = ScriptedServer.Start(request => AnyStore.Receipt("s3", request));
        await using var store = Stores.Open(
            Stores.Settings(server.Endpoint, "logs") with { Identity = new AwsIdentitySettings { Type = AwsIdentityType.PodIdentity } },
            environment: Agent(agent.Endpoint.OriginalString));

        Assert.Equal(PutResult.Stored, await PutAsync(store));
        Assert.Equal("", server.Requests[0]["x-amz-security-token"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"AccessKeyId": null, "SecretAccessKey": null, "Token": null, "Expiration": null}""")]
    [InlineData("""{"AccessKeyId": 1, "SecretAccessKey": [], "Token": {}, "Expiration": "soon"}""")]
    [InlineData("""{"AccessKeyId": "", "SecretAccessKey": "", "Token": "", "Expiration": "2099-01-01T00:00:00Z"}""")]
    [InlineData("""{"AccessKeyId": "A\nB", "SecretAccessKey": "s", "Token": "t", "Expiration": "2099-01-01T00:00:00Z"}""")]
    [InlineData("""{"AccessKeyId": "A", "SecretAccessKey": "s", "Token": "t\r\nx-amz-acl: public-read", "Expiration": "2099-01-01T00:00:00Z"}""")]
    public async Task What_gives_no_keys_is_told(string body)
    {
        await using var agent = ScriptedServer.Start(_ => new Answer(200, body));
        await using var store = Stores.Open(
            Stores.Settings(new Uri("http://127.0.0.1:1"), "logs") with { Identity = new AwsIdentitySettings { Type = AwsIdentityType.PodIdentity } },
            environment: Agent(agent.Endpoint.OriginalString));

        var result = await PutAsync(store);

        Assert.True(result.Status is PutStatus.Unavailable or PutStatus.Unauthorized, $"{result}");
        Assert.Contains("the EKS Pod Identity agent", result.Message, StringComparison.Ordinal);
        Assert.Equal(result.Status, (await store.ProbeAsync(CancellationToken.None)).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("""{"access_token": null}""")]
    [InlineData("""{"access_token": 5}""")]
    [InlineData("""{"access_token": "a\nb"}""")]
    [InlineData("""{"access_token": ["a"]}""")]
    public async Task What_gives_no_token_is_told(string body)
    {
        await using var entra = ScriptedServer.Start(_ => new Answer(200, body));
        await using var store = Entra(entra.Endpoint.OriginalString);

        Assert.Equal(PutStatus.Unauthorized, (await PutAsync(store)).Status);
    }

    [Theory]
    [InlineData("1e300")]
    [InlineData("-1")]
    [InlineData("\"NaN\"")]
    [InlineData("99999999999999999999999")]
    [InlineData("{}")]
    public async Task A_token_that_lasts_for_no_time_that_is_one_is_used(string seconds)
    {
        await using var entra = ScriptedServer.Start(_ => new Answer(200, $$"""{"access_token": "abc", "expires_in": {{seconds}}}"""));
        await using var server = ScriptedServer.Start(request => AnyStore.Receipt("azureBlob", request));
        await using var store = Entra(entra.Endpoint.OriginalString, server.Endpoint.OriginalString);

        Assert.Equal(PutResult.Stored, await PutAsync(store));
    }

    /// <summary>An answer that does not end is read with a limit.</summary>
    [Fact]
    public async Task A_token_service_whose_answer_does_not_end_is_away()
    {
        await using var behind = new FaultyProxy("http://127.0.0.1:1");
        behind.Next(new Fault.Flood(200));
        behind.Next(new Fault.Flood(500));
        await using var store = Entra(behind.Url);

        var first = await PutAsync(store);
        var second = await PutAsync(store);

        Assert.Equal((PutStatus.Unavailable, PutStatus.Unavailable), (first.Status, second.Status));
        Assert.Contains("is longer than 64 KiB", first.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_STS_whose_answer_does_not_end_is_away()
    {
        await using var behind = new FaultyProxy("http://127.0.0.1:1");
        behind.Rule = null;
        behind.Next(new Fault.Flood(200));
        await using var store = Sts(behind.Url);

        Assert.Equal(PutStatus.Unavailable, (await PutAsync(store)).Status);
    }

    /// <summary>The SDK makes "Exception of type … was thrown" of these.</summary>
    [Theory]
    [InlineData(500, "")]
    [InlineData(502, "<html><body>Bad Gateway</body></html>")]
    [InlineData(503, "upstream connect error")]
    [InlineData(504, "<Error>")]
    public async Task Trouble_of_STS_is_told_with_its_status(int status, string body)
    {
        await using var sts = ScriptedServer.Start(_ => new Answer(status, body));
        await using var store = Sts(sts.Endpoint.OriginalString);

        var result = await PutAsync(store);

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.Contains($"failed: STS answered {status}", result.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception of type", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no PEM")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n")]
    public async Task A_broken_key_of_a_service_account_is_told(string pem)
    {
        await WithFileAsync(new JsonObject { ["type"] = "service_account", ["client_email"] = "a@b", ["private_key"] = pem, ["token_uri"] = "http://127.0.0.1:1/token" }.ToJsonString(), async file =>
        {
            await using var store = Google(file);

            var result = await store.ProbeAsync(CancellationToken.None);

            Assert.Equal(PutStatus.Unauthorized, result.Status);
            Assert.Contains("\"private_key\"", result.Message, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"type": null}""")]
    [InlineData("""{"type": "service_account", "client_email": 5, "private_key": {}}""")]
    [InlineData("""{"type": "external_account", "credential_source": null}""")]
    [InlineData("""{"type": "external_account", "credential_source": {"file": "/proc/self/comm", "format": null}, "audience": null, "token_url": "x"}""")]
    [InlineData("""{"type": "external_account", "credential_source": {"file": "/proc/self/comm"}, "audience": "a", "subject_token_type": "t", "token_url": "http://me:hunter2@127.0.0.1:1"}""")]
    [InlineData("""{"type": "external_account", "credential_source": {"url": "http://127.0.0.1:1", "headers": {"a": 5, "b": null}}, "audience": "a", "subject_token_type": "t", "token_url": "http://127.0.0.1:1"}""")]
    [InlineData("""{"type": "external_account", "credential_source": {"file": "/proc/self/comm"}, "service_account_impersonation": null, "service_account_impersonation_url": "x", "audience": "a", "subject_token_type": "t", "token_url": "http://127.0.0.1:1"}""")]
    public async Task A_credentials_file_of_another_form_is_told(string json)
    {
        await WithFileAsync(json, async file =>
        {
            await using var store = Google(file);

            var result = await store.ProbeAsync(CancellationToken.None);

            Assert.True(result.Status is PutStatus.Unavailable or PutStatus.Unauthorized, $"{result}");
            Assert.NotEqual("", result.Message);
            Assert.DoesNotContain("hunter2", result.Message, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("logs--use1-az4--x-s3")]
    [InlineData("access-point--usw2-az1--xa-s3")]
    public async Task A_directory_bucket_is_told_and_not_asked(string bucket)
    {
        await using var server = ScriptedServer.Start(request => AnyStore.Receipt("s3", request));
        await using var store = Stores.Open(Stores.Settings(server.Endpoint, bucket));

        Assert.All([await PutAsync(store), await store.ProbeAsync(CancellationToken.None)], result => Assert.Contains("is a directory bucket", result.Message, StringComparison.Ordinal));
        Assert.NotEqual(Sight.Ours, await store.LookAsync(ObjectStoreContract.NewItem("a", [], true), CancellationToken.None));
        Assert.Empty(server.Requests);
    }

    /// <summary>Names that no host can have, with the bucket before the host.</summary>
    [Theory]
    [InlineData("logs..archive")]
    [InlineData("logs_archive")]
    [InlineData("-logs")]
    public async Task A_bucket_that_makes_no_URL_is_told(string bucket)
    {
        await using var store = Stores.Open(Stores.Settings(new Uri("https://store.invalid"), bucket) with { ForcePathStyle = false });

        Assert.All([await PutAsync(store), await store.ProbeAsync(CancellationToken.None)], result => Assert.Equal(PutStatus.Unavailable, result.Status));
        Assert.NotEqual(Sight.Ours, await store.LookAsync(ObjectStoreContract.NewItem("a", [], true), CancellationToken.None));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("/s3/")]
    public async Task A_slash_at_the_end_of_an_endpoint_makes_no_second_one(string end)
    {
        foreach (var type in new[] { "s3", "azureBlob", "gcs" })
        {
            await using var server = ScriptedServer.Start(request => AnyStore.Receipt(type, request));
            await using var store = AnyStore.Open(type, server.Endpoint.OriginalString.TrimEnd('/') + end);

            Assert.Equal(PutResult.Stored, await PutAsync(store));
            Assert.DoesNotContain("//", server.Requests[0].Target, StringComparison.Ordinal);
            Assert.StartsWith(end.TrimEnd('/') + "/", server.Requests[0].Target, StringComparison.Ordinal);
        }
    }

    private static Dictionary<string, string> Agent(string url) => new() { ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url, ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/proc/self/comm" };

    private static IObjectStore Sts(string url) => Stores.Open(
        Stores.Settings(new Uri("http://127.0.0.1:1"), "logs") with { Identity = new AwsIdentitySettings { RoleArn = "arn", TokenFile = "/proc/self/comm" } },
        environment: new Dictionary<string, string> { ["AWS_ENDPOINT_URL_STS"] = url });

    private static AzureBlobObjectStore Entra(string authority, string endpoint = "http://127.0.0.1:1") => new(
        new AzureBlobSettings
        {
            Account = "mystorage",
            Endpoint = endpoint,
            Container = "logs",
            Identity = new AzureIdentitySettings { ClientId = "c", TenantId = "t", TokenFile = "/proc/self/comm", AuthorityHost = authority },
        },
        _ => null, TimeProvider.System);

    private static GcsObjectStore Google(string file) => new(new GcsSettings { Bucket = "logs", Identity = new GoogleIdentitySettings { CredentialsFile = file } }, _ => null, TimeProvider.System);

    private static async Task WithFileAsync(string text, Func<string, Task> test)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, text);
        try
        {
            await test(file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static Task<PutResult> PutAsync(IObjectStore store) => store.PutAsync(ObjectStoreContract.NewItem("a", "x"u8.ToArray(), true), CancellationToken.None);
}
