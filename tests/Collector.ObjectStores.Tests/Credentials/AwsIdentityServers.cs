using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.S3;
using Collector.ObjectStores.Tests.S3;
using Collector.Pipeline.Upload;
using Collector.Testing.Aws;
using Collector.Testing.S3;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests.Credentials;

/// <summary>
/// Servers that check what the real ones check, and a store that knows only the keys that they gave: for the tests of each
/// identity.
/// </summary>
public abstract class AwsIdentityServers : IClassFixture<S3RverFixture>, IAsyncLifetime
{
    private protected AwsIdentityServers(S3RverFixture s3rver)
    {
        S3rver = s3rver;
        Bucket = s3rver.NewBucket();
    }

    private protected static TimeSpan Patience { get; } = TimeSpan.FromSeconds(60);

    private protected S3RverFixture S3rver { get; }

    private protected string Bucket { get; }

    private protected ShiftedClock Clock { get; } = new();

    private protected ClusterIssuer Issuer { get; } = new();

    private protected string TokenFile { get; } = Path.GetTempFileName();

    /// <summary>The environment of the collector's process.</summary>
    private protected Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal) { ["KUBERNETES_SERVICE_HOST"] = "10.0.0.1" };

    private protected StrictS3 Strict { get; private set; } = null!;

    private protected FakeSts Sts { get; private set; } = null!;

    private protected ScriptedServer StsServer { get; private set; } = null!;

    private protected ScriptedServer AgentServer { get; private set; } = null!;

    private protected ScriptedServer MetadataServer { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Strict = await StrictS3.StartAsync(S3rver.Server.Endpoint, Clock);
        Sts = new FakeSts(Issuer, Strict.Keys, Clock);
        StsServer = ScriptedServer.Start(request => Sts.Serve(request));
        var agent = new FakePodAgent(Issuer, Strict.Keys, Clock);
        AgentServer = ScriptedServer.Start(agent.Serve);
        var metadata = new FakeInstanceMetadata(Strict.Keys, Clock);
        MetadataServer = ScriptedServer.Start(metadata.Serve);
        Variables["AWS_ENDPOINT_URL_STS"] = StsServer.Endpoint.OriginalString;
        Variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = MetadataServer.Endpoint.OriginalString;
    }

    public async ValueTask DisposeAsync()
    {
        await MetadataServer.DisposeAsync();
        await AgentServer.DisposeAsync();
        await StsServer.DisposeAsync();
        await Strict.DisposeAsync();
        Issuer.Dispose();
        File.Delete(TokenFile);
        GC.SuppressFinalize(this);
    }

    private protected static Task<PutResult> PutAsync(S3ObjectStore store) =>
        store.PutAsync(S3Objects.Item($"logs/{Guid.NewGuid()}", "x"u8.ToArray()), CancellationToken.None);

    private protected static async Task StoredAsync(S3ObjectStore store)
    {
        var result = await PutAsync(store);
        Assert.True(result.Status == PutStatus.Stored, $"{result.Status}: {result.Message}");
    }

    /// <summary>Lets eleven seconds pass; whether it is done by then.</summary>
    private protected bool Passed(Task put)
    {
        Clock.Advance(TimeSpan.FromSeconds(11));
        return put.IsCompleted;
    }

    private protected string Token(string audience, TimeSpan life, string subject = FakeSts.Subject) => Issuer.TokenFor(subject, audience, Clock.GetUtcNow(), life);

    private protected void GiveWebIdentity()
    {
        File.WriteAllText(TokenFile, Token(FakeSts.Audience, TimeSpan.FromMinutes(30)));
        Variables[AwsEnvironment.RoleArnName] = FakeSts.PodRole;
        Variables[AwsEnvironment.TokenFileName] = TokenFile;
        Variables[AwsEnvironment.SessionNameName] = "collector-test";
    }

    private protected void GivePodIdentity()
    {
        File.WriteAllText(TokenFile, Token(FakePodAgent.Audience, TimeSpan.FromMinutes(30)));
        Variables[AwsEnvironment.ContainerUriName] = new Uri(AgentServer.Endpoint, "/v1/credentials").AbsoluteUri;
        Variables[AwsEnvironment.ContainerTokenFileName] = TokenFile;
    }

    private protected S3ObjectStore Open(AwsIdentityType type, bool outsideOfPods = false)
    {
        if (outsideOfPods)
            Variables.Remove("KUBERNETES_SERVICE_HOST");
        var store = Open(new AwsIdentitySettings { Type = type });
        Variables["KUBERNETES_SERVICE_HOST"] = "10.0.0.1";
        return store;
    }

    private protected S3ObjectStore Open(AwsIdentitySettings identity) =>
        Stores.Open(Stores.Settings(Strict.Endpoint, Bucket) with { Identity = identity }, Clock, Variables);
}
