using System.Text.RegularExpressions;
using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Gcs;
using Collector.ObjectStores.S3;
using Collector.ObjectStores.Tests.S3;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Upload;
using Collector.Testing.Gcs;
using Collector.Testing.Processes;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests;

/// <summary>The table "What the stores answer" of deploy/docs/operations.md: each message in it, provoked by its cause. A new one needs its cause here.</summary>
public sealed partial class DocumentedMessagesTests
{
    private const string Heading = "## What the stores answer";

    private static readonly Dictionary<string, string> Nothing = [];
    private static readonly Dictionary<string, string> Pod = new() { ["KUBERNETES_SERVICE_HOST"] = "10.0.0.1" };

    private static readonly Dictionary<string, Func<Task<string>>> Causes = new(StringComparer.Ordinal)
    {
        ["no identity was given to this pod"] = () => S3Async(new AwsIdentitySettings(), Pod),
        ["AWS_ROLE_ARN is not set"] = () => S3Async(new AwsIdentitySettings { Type = AwsIdentityType.WebIdentity }, Nothing),
        ["AWS_WEB_IDENTITY_TOKEN_FILE is not set"] = () => S3Async(new AwsIdentitySettings { Type = AwsIdentityType.WebIdentity, RoleArn = "arn" }, Nothing),
        ["AWS_CONTAINER_CREDENTIALS_FULL_URI is not set"] = () => S3Async(new AwsIdentitySettings { Type = AwsIdentityType.PodIdentity }, Nothing),
        ["no region: write store.region"] = NoRegionAsync,
        ["sts:AssumeRoleWithWebIdentity of … was refused"] = () => StsAsync(new AwsIdentitySettings { RoleArn = "arn", TokenFile = "/proc/self/comm" }, StsRefusal),
        ["sts:AssumeRole of … was refused"] = () => StsAsync(Stores.Keys("a", "b") with { AssumeRole = new() { RoleArn = "arn" } }, StsRefusal),
        ["… returned no keys"] = () => StsAsync(Stores.Keys("a", "b") with { AssumeRole = new() { RoleArn = "arn" } }, new Answer(200, "<html>")),
        ["the EKS Pod Identity agent … does not answer"] = () => SilentAsync("AWS_CONTAINER_CREDENTIALS_FULL_URI", AwsIdentityType.PodIdentity),
        ["the instance metadata service … does not answer"] = () => SilentAsync("AWS_EC2_METADATA_SERVICE_ENDPOINT", AwsIdentityType.Instance),
        ["403 AccessDenied"] = () => S3Async(Answer.S3(403, "AccessDenied")),
        ["403 SignatureDoesNotMatch"] = () => S3Async(Answer.S3(403, "SignatureDoesNotMatch")),
        ["403 InvalidAccessKeyId"] = () => S3Async(Answer.S3(403, "InvalidAccessKeyId")),
        ["400 ExpiredToken"] = () => S3Async(Answer.S3(400, "ExpiredToken")),
        ["403 RequestTimeTooSkewed"] = () => S3Async(Answer.S3(403, "RequestTimeTooSkewed")),
        ["404 NoSuchBucket"] = () => S3Async(Answer.S3(404, "NoSuchBucket")),
        ["301 PermanentRedirect … the bucket … is in …"] = () => S3Async(Answer.S3(301, "PermanentRedirect", "words", ("x-amz-bucket-region", "eu-west-3"))),
        ["400 AuthorizationHeaderMalformed"] = () => S3Async(Answer.S3(400, "AuthorizationHeaderMalformed")),
        ["400 KMS.…"] = () => S3Async(Answer.S3(400, "KMS.DisabledException")),
        ["413"] = () => S3Async(new Answer(413, "<html>nginx</html>")),
        ["AZURE_… not set; label the pod …"] = () => AzureAsync(new AzureIdentitySettings { Type = AzureIdentityType.WorkloadIdentity }),
        ["AADSTS70021"] = () => EntraAsync("AADSTS70021"),
        ["AADSTS700212"] = () => EntraAsync("AADSTS700212"),
        ["AADSTS700016"] = () => EntraAsync("AADSTS700016"),
        ["AADSTS700024"] = () => EntraAsync("AADSTS700024"),
        ["AuthorizationPermissionMismatch"] = () => AzureAsync(403, "AuthorizationPermissionMismatch"),
        ["AuthorizationFailure"] = () => AzureAsync(403, "AuthorizationFailure"),
        ["AuthenticationFailed"] = () => AzureAsync(403, "AuthenticationFailed"),
        ["KeyBasedAuthenticationNotPermitted"] = () => AzureAsync(403, "KeyBasedAuthenticationNotPermitted"),
        ["ContainerNotFound"] = () => AzureAsync(404, "ContainerNotFound"),
        ["the metadata server answers as the node"] = () => MetadataAsync(server => server.Email = "1-compute@developer.gserviceaccount.com"),
        ["Unable to generate access token"] = () => MetadataAsync(server => server.IsBound = false),
        ["rejected by the attribute condition"] = FederationAsync,
        ["403 … storage.objects.create"] = () => GcsAsync(server => server.MayCreate = false, GcsBucket.Name),
        ["404 notFound"] = () => GcsAsync(_ => { }, "another"),
        ["the name … does not resolve"] = () => AnywhereAsync("http://store.invalid"),
        ["no connection to …"] = () => AnywhereAsync($"http://127.0.0.1:{FreePort.Find()}"),
        ["TLS with … failed"] = TlsAsync,
        ["…File … cannot be read: it does not answer"] = HangingFileAsync,
        ["the name of the proxy … does not resolve"] = () => SayAsync(AnyStore.Open("s3", "http://store.test", "http://no-such-proxy.invalid:3128")),
        ["no connection to the proxy …"] = () => SayAsync(AnyStore.Open("s3", "http://store.test", $"http://127.0.0.1:{FreePort.Find()}")),
        ["HTTPS_PROXY is not the URL of a proxy"] = () => ByProxyAsync("http://me:S3cret/pw@proxy:3128"),
        ["… has a scheme that proxies do not have"] = () => ByProxyAsync("ftp://proxy"),
        ["this store never confirms an object in this way"] = () => S3Async(new Answer(200, "<html>Welcome</html>")),
        ["this store never reports an existing object in this way"] = () => S3Async(new Answer(412)),
        ["has accepted no byte for 20 s"] = StalledAsync,
    };

    public static TheoryData<string> Messages => [.. FromDocuments()];

    [Theory]
    [MemberData(nameof(Messages))]
    public async Task What_the_documents_explain_is_said(string message)
    {
        Assert.True(Causes.TryGetValue(message, out var provoke), $"Nothing here provokes \"{message}\"");

        var said = await provoke();

        var from = 0;
        foreach (var part in message.Split('…', StringSplitOptions.TrimEntries))
        {
            var at = said.IndexOf(part, from, StringComparison.Ordinal);
            Assert.True(at >= 0, $"\"{part}\" is not in: {said}");
            from = at + part.Length;
        }
    }

    [Fact]
    public void What_is_provoked_here_is_explained_in_the_documents() => Assert.Equal(Causes.Keys.Order(StringComparer.Ordinal), FromDocuments().Order(StringComparer.Ordinal));

    /// <summary>What stands in backticks in the first column of the table.</summary>
    private static IEnumerable<string> FromDocuments()
    {
        var section = File.ReadAllText(Repository.In("deploy/docs/operations.md")).Split(Heading)[1].Split("\n## ")[0];
        return from line in section.Split('\n')
               where line.StartsWith("| ", StringComparison.Ordinal)
               from Match code in Code().Matches(line.Split(" | ")[0])
               select code.Groups["text"].Value;
    }

    private static Answer StsRefusal => new(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>");

    private static ObjectToPut Item() => ObjectStoreContract.NewItem("a", "x"u8.ToArray(), true);

    private static async Task<string> SayAsync(IObjectStore store)
    {
        await using (store)
            return (await store.PutAsync(Item(), CancellationToken.None)).Message;
    }

    private static async Task<string> S3Async(Answer answer)
    {
        await using var server = ScriptedServer.Start(_ => answer);
        return await SayAsync(Stores.Open(Stores.Settings(server.Endpoint, "logs")));
    }

    private static Task<string> S3Async(AwsIdentitySettings identity, Dictionary<string, string> environment, TimeProvider? clock = null) =>
        SayAsync(Stores.Open(Stores.Settings(new Uri("http://127.0.0.1:1"), "logs") with { Identity = identity }, clock, environment));

    private static Task<string> NoRegionAsync() => SayAsync(Stores.Open(new S3Settings { Bucket = "logs", Identity = Stores.Keys("a", "b") }));

    private static async Task<string> StsAsync(AwsIdentitySettings identity, Answer answer)
    {
        await using var sts = ScriptedServer.Start(_ => answer);
        return await S3Async(identity, new() { ["AWS_ENDPOINT_URL_STS"] = sts.Endpoint.OriginalString });
    }

    private static async Task<string> SilentAsync(string variable, AwsIdentityType type)
    {
        await using var silent = LoopbackServer.Start(context =>
        {
            context.Response.Headers.Location = context.Request.Path + context.Request.QueryString.Value;
            return context.Request.Method == "POST" ? Task.CompletedTask : Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
        });
        var clock = new ShiftedClock();
        var said = S3Async(
            new AwsIdentitySettings { Type = type }, new() { [variable] = silent.Url, ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/proc/self/comm" }, clock);
        PassTime(clock, said);
        return await said;
    }

    private static Task<string> AzureAsync(AzureIdentitySettings identity, string endpoint = "http://127.0.0.1:1") => SayAsync(new AzureBlobObjectStore(
        new AzureBlobSettings { Account = "mystorage", Endpoint = endpoint, Container = "logs", Identity = identity }, _ => null, TimeProvider.System));

    private static async Task<string> AzureAsync(int status, string code)
    {
        await using var server = ScriptedServer.Start(_ => new Answer(status, "", ("x-ms-error-code", code)));
        return await AzureAsync(new AzureIdentitySettings { Type = AzureIdentityType.AccountKey, AccountKey = new Secret("c2VjcmV0", "") }, server.Endpoint.OriginalString);
    }

    private static async Task<string> EntraAsync(string code)
    {
        await using var entra = ScriptedServer.Start(_ => new Answer(401, $$"""{"error": "invalid_client", "error_description": "{{code}}: words"}"""));
        return await AzureAsync(new AzureIdentitySettings { ClientId = "c", TenantId = "t", TokenFile = "/proc/self/comm", AuthorityHost = entra.Endpoint.OriginalString });
    }

    private static async Task<string> MetadataAsync(Action<MetadataServer> prepare)
    {
        await using var server = new MetadataServer();
        prepare(server);
        return await SayAsync(new GcsObjectStore(new GcsSettings { Bucket = "logs" }, name => name == "GCE_METADATA_HOST" ? server.Host : null, TimeProvider.System));
    }

    private static async Task<string> FederationAsync()
    {
        using var cluster = new ClusterIssuer();
        await using var google = new GoogleTokenServer(cluster);
        var (file, token) = (Path.GetTempFileName(), Path.GetTempFileName());
        await File.WriteAllTextAsync(token, cluster.TokenFor("another", $"https:{GoogleTokenServer.Audience}", DateTimeOffset.UtcNow));
        await File.WriteAllTextAsync(file, google.ExternalAccountFile(token, impersonate: false).ToJsonString());
        var said = await SayAsync(new GcsObjectStore(
            new GcsSettings { Bucket = "logs", Identity = new GoogleIdentitySettings { CredentialsFile = file } }, _ => null, TimeProvider.System));
        File.Delete(file);
        File.Delete(token);
        return said;
    }

    private static async Task<string> GcsAsync(Action<GcsServer> prepare, string bucket)
    {
        await using var server = new GcsServer();
        prepare(server);
        return await SayAsync(new GcsObjectStore(
            new GcsSettings { Bucket = bucket, Endpoint = server.Url, Identity = new GoogleIdentitySettings { Type = GoogleIdentityType.None } }, _ => null, TimeProvider.System));
    }

    private static Task<string> ByProxyAsync(string proxy) => SayAsync(Stores.Open(
        Stores.Settings(new Uri("https://store.test"), "logs") with { Identity = Stores.Keys("a", "b") }, environment: new Dictionary<string, string> { ["HTTPS_PROXY"] = proxy }));

    /// <summary>A mount that hangs: its reader is still waiting.</summary>
    private static async Task<string> HangingFileAsync()
    {
        var path = Path.GetTempFileName();
        using var answers = new ManualResetEventSlim();
        Assert.Throws<FileHangsException>(() => SmallFile.ReadText(path, _ =>
        {
            answers.Wait();
            return "key";
        }));
        var said = await S3Async(new AwsIdentitySettings { Type = AwsIdentityType.AccessKey, AccessKeyId = new Secret("a", ""), SecretAccessKey = new Secret("", path) }, Nothing);
        answers.Set();
        File.Delete(path);
        return said;
    }

    private static Task<string> AnywhereAsync(string endpoint) => SayAsync(AnyStore.Open("gcs", endpoint));

    private static async Task<string> TlsAsync()
    {
        using var authority = new Collector.Testing.Kubernetes.TestAuthority();
        await using var server = ScriptedServer.Start(_ => new Answer(200), authority.SignServer());
        return await AnywhereAsync(server.Endpoint.OriginalString);
    }

    /// <summary>More than one piece, to a server that lets the upload begin and reads none of it.</summary>
    private static async Task<string> StalledAsync()
    {
        await using var silent = LoopbackServer.Start(context =>
        {
            context.Response.Headers.Location = context.Request.Path + context.Request.QueryString.Value;
            return context.Request.Method == "POST" ? Task.CompletedTask : Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
        });
        var clock = new ShiftedClock();
        await using var store = new GcsObjectStore(
            new GcsSettings { Bucket = "logs", Endpoint = silent.Url, Identity = new GoogleIdentitySettings { Type = GoogleIdentityType.None } }, _ => null, clock);
        var put = store.PutAsync(ObjectStoreContract.NewItem("a", new byte[GcsObjectStore.PieceSize + 1], true), CancellationToken.None);
        PassTime(clock, put);
        return (await put).Message;
    }

    private static void PassTime(ShiftedClock clock, Task ended) => Retry.Until(
        "it is given up",
        () =>
        {
            clock.Advance(TimeSpan.FromSeconds(21));
            return ended.IsCompleted;
        },
        TimeSpan.FromSeconds(60));

    [GeneratedRegex("`(?<text>[^`]+)`")]
    private static partial Regex Code();
}
