using Collector.ObjectStores.Credentials;
using Collector.Pipeline.Upload;
using Collector.Testing.Aws;
using Collector.Testing.S3;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests.S3;

/// <summary>With a web identity, whose keys STS gives anew.</summary>
public sealed class S3FaultTests(S3RverFixture s3rver) : StoreFaultContract, IClassFixture<S3RverFixture>
{
    private readonly string _bucket = s3rver.NewBucket();
    private readonly string _tokenFile = Path.GetTempFileName();
    private readonly ClusterIssuer _issuer = new();
    private StrictS3 _strict = null!;
    private FakeSts _sts = null!;
    private ScriptedServer _stsServer = null!;

    protected override string Server => _strict.Endpoint.OriginalString.TrimEnd('/');

    protected override int? Renewals => _sts.Given;

    protected override Fault.Answer Rejection => new(400, "<?xml version=\"1.0\"?><Error><Code>KeyTooLongError</Code><Message>Your key is too long</Message></Error>");

    protected override bool MayLook
    {
        set => _strict.MayLook = value;
    }

    public override async ValueTask InitializeAsync()
    {
        _strict = await StrictS3.StartAsync(s3rver.Server.Endpoint, Clock);
        _sts = new FakeSts(_issuer, _strict.Keys, Clock);
        _stsServer = ScriptedServer.Start(request => _sts.Serve(request));
        await File.WriteAllTextAsync(_tokenFile, _issuer.TokenFor(FakeSts.Subject, FakeSts.Audience, Clock.GetUtcNow()));
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _stsServer.DisposeAsync();
        await _strict.DisposeAsync();
        _issuer.Dispose();
        File.Delete(_tokenFile);
    }

    protected override byte[]? Read(string key) => s3rver.Server.Read(_bucket, key);

    protected override IObjectStore CreateStore(string url, TimeProvider clock)
    {
        var identity = new AwsIdentitySettings { Type = AwsIdentityType.WebIdentity, RoleArn = FakeSts.PodRole, TokenFile = _tokenFile };
        var environment = new Dictionary<string, string> { ["AWS_ENDPOINT_URL_STS"] = _stsServer.Endpoint.OriginalString };
        return Stores.Open(Stores.Settings(new Uri(url), _bucket) with { Identity = identity }, clock, environment);
    }
}
