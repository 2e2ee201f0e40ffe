using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.S3;
using Collector.ObjectStores.Tests.S3;
using Collector.Pipeline.Upload;
using Collector.Testing.Aws;
using Collector.Testing.Processes;
using Collector.Testing.S3;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests.Credentials;

/// <summary>Each identity against a server that checks what the real one checks, into a store that knows only the keys that it gave.</summary>
public sealed class AwsIdentityTests : IClassFixture<S3RverFixture>, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly S3RverFixture _s3rver;
    private readonly string _bucket;
    private readonly ShiftedClock _clock = new();
    private readonly ClusterIssuer _issuer = new();
    private readonly string _tokenFile = Path.GetTempFileName();
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal) { ["KUBERNETES_SERVICE_HOST"] = "10.0.0.1" };
    private StrictS3 _strict = null!;
    private FakeSts _sts = null!;
    private ScriptedServer _stsServer = null!;
    private ScriptedServer _agentServer = null!;
    private ScriptedServer _metadataServer = null!;

    public AwsIdentityTests(S3RverFixture s3rver)
    {
        _s3rver = s3rver;
        _bucket = s3rver.NewBucket();
    }

    public async ValueTask InitializeAsync()
    {
        _strict = await StrictS3.StartAsync(_s3rver.Server.Endpoint, _clock);
        _sts = new FakeSts(_issuer, _strict.Keys, _clock);
        _stsServer = ScriptedServer.Start(request => _sts.Serve(request));
        var agent = new FakePodAgent(_issuer, _strict.Keys, _clock);
        _agentServer = ScriptedServer.Start(agent.Serve);
        var metadata = new FakeInstanceMetadata(_strict.Keys, _clock);
        _metadataServer = ScriptedServer.Start(metadata.Serve);
        _environment["AWS_ENDPOINT_URL_STS"] = _stsServer.Endpoint.OriginalString;
        _environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = _metadataServer.Endpoint.OriginalString;
    }

    public async ValueTask DisposeAsync()
    {
        await _metadataServer.DisposeAsync();
        await _agentServer.DisposeAsync();
        await _stsServer.DisposeAsync();
        await _strict.DisposeAsync();
        _issuer.Dispose();
        File.Delete(_tokenFile);
    }

    [Fact]
    public async Task Web_identity_exchanges_the_pods_token_for_the_roles_keys()
    {
        GiveWebIdentity();
        await using var store = Open(AwsIdentityType.WebIdentity);
        Assert.EndsWith($"as web identity {FakeSts.PodRole}", store.Description, StringComparison.Ordinal);

        await StoredAsync(store);

        Assert.EndsWith($"as web identity {FakeSts.PodRole}: arn:aws:sts::123456789012:assumed-role/pod/collector-test (access key ASIA1)", store.Description, StringComparison.Ordinal);
        Assert.Equal((_clock.GetUtcNow() + FakeSts.Life).UtcDateTime, store.CredentialExpiry!.Value.UtcDateTime, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Who_writes_is_known_before_anything_is_sent_to_the_store()
    {
        GiveWebIdentity();
        await using var store = Open(AwsIdentityType.Auto);

        Assert.Null(await store.AuthenticateAsync(CancellationToken.None));

        Assert.Contains("assumed-role/pod/collector-test (access key ASIA1)", store.Description, StringComparison.Ordinal);
        Assert.NotNull(store.CredentialExpiry);
        Assert.Equal(0, _strict.Tally.Requests);
    }

    [Fact]
    public async Task An_identity_that_cannot_be_had_is_said_before_anything_is_sent_to_the_store()
    {
        await using var store = Open(AwsIdentityType.PodIdentity);

        Assert.StartsWith("AWS_CONTAINER_CREDENTIALS_FULL_URI is not set", await store.AuthenticateAsync(CancellationToken.None), StringComparison.Ordinal);
    }

    /// <summary>Kubelet replaces the token; the first one has ended when the keys are renewed.</summary>
    [Fact]
    public async Task The_token_is_read_again_at_each_renewal_and_before_the_keys_end()
    {
        GiveWebIdentity();
        await using var store = Open(AwsIdentityType.WebIdentity);
        await StoredAsync(store);
        await StoredAsync(store);
        Assert.Single(_stsServer.Requests);

        _clock.Advance(FakeSts.Life * 0.9);
        await File.WriteAllTextAsync(_tokenFile, Token(FakeSts.Audience, TimeSpan.FromMinutes(10)));
        await StoredAsync(store);

        Assert.Equal(2, _stsServer.Requests.Count);
        Assert.Equal(0, _strict.Tally.Answers.GetValueOrDefault("ExpiredToken"));
    }

    /// <summary>S-80</summary>
    [Fact]
    public async Task Keys_that_are_refused_are_renewed_at_once_S_80()
    {
        GiveWebIdentity();
        await using var store = Open(AwsIdentityType.WebIdentity);
        await StoredAsync(store);
        _strict.Keys.Remove("ASIA1");

        Assert.Equal(PutStatus.Unauthorized, (await PutAsync(store)).Status);
        await StoredAsync(store);

        Assert.Equal(2, _stsServer.Requests.Count);
    }

    [Fact]
    public async Task Good_keys_outlive_an_absence_of_STS_and_ended_ones_make_the_store_wait()
    {
        GiveWebIdentity();
        await using var store = Open(AwsIdentityType.WebIdentity);
        await StoredAsync(store);
        _sts.IsAway = true;

        _clock.Advance(FakeSts.Life * 0.9);
        await StoredAsync(store);
        _clock.Advance(FakeSts.Life * 0.2);
        var result = await PutAsync(store);

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.StartsWith($"sts:AssumeRoleWithWebIdentity of {FakeSts.PodRole} failed: ", result.Message, StringComparison.Ordinal);
    }

    /// <summary>Keys that last no longer than a margin would be: they are used, and renewed before their end, once.</summary>
    [Theory]
    [InlineData(15)]
    [InlineData(60)]
    [InlineData(900)]
    public async Task Keys_of_a_short_life_are_used_for_most_of_it(int seconds)
    {
        GiveWebIdentity();
        _sts.KeysLast = TimeSpan.FromSeconds(seconds);
        await using var store = Open(AwsIdentityType.WebIdentity);

        for (var life = 1; life <= 3; life++)
        {
            await StoredAsync(store);
            _clock.Advance(_sts.KeysLast * 0.5);
            await StoredAsync(store);
            Assert.Equal(life, _sts.Given);
            _clock.Advance(_sts.KeysLast * 0.4);
        }

        Assert.Equal(0, _strict.Tally.Answers.GetValueOrDefault("ExpiredToken"));
    }

    /// <summary>As Ceph's STS answers, without a namespace and to the nanosecond, and as MinIO's, without AssumedRoleUser.</summary>
    [Theory]
    [InlineData("<AssumedRoleUser><Arn>arn:aws:sts:::assumed-role/pod/n</Arn></AssumedRoleUser>", "web identity arn:aws:iam::123456789012:role/pod: arn:aws:sts:::assumed-role/pod/n (access key AKIDX)")]
    [InlineData("", "web identity arn:aws:iam::123456789012:role/pod: access key AKIDX")]
    public async Task Answers_of_other_stores_STS_are_understood(string user, string description)
    {
        GiveWebIdentity();
        _strict.Keys.Add("AKIDX", "secret", "token");
        var end = new DateTimeOffset(2099, 1, 2, 3, 4, 5, TimeSpan.Zero).AddMilliseconds(678);
        _sts.Instead = new Answer(200, "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>AKIDX</AccessKeyId>"
            + "<Expiration>2099-01-02T03:04:05.678000000Z</Expiration><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken></Credentials>"
            + $"{user}</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>");
        await using var store = Open(AwsIdentityType.WebIdentity);

        await StoredAsync(store);

        Assert.EndsWith($"as {description}", store.Description, StringComparison.Ordinal);
        Assert.Equal(end, store.CredentialExpiry);
    }

    /// <summary>A load balancer's page, a captive portal, half an answer: something else listens there, or STS is not well.</summary>
    [Theory]
    [InlineData(200, "")]
    [InlineData(200, "<html><body>Welcome</body></html>")]
    [InlineData(200, "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult/></AssumeRoleWithWebIdentityResponse>")]
    [InlineData(200, "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials/></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>")]
    [InlineData(502, "<html>Bad Gateway</html>")]
    [InlineData(503, "")]
    public async Task An_answer_without_keys_is_waited_for_and_names_the_call(int status, string body)
    {
        GiveWebIdentity();
        _sts.Instead = new Answer(status, body);
        await using var store = Open(AwsIdentityType.WebIdentity);

        var result = await PutAsync(store);

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.StartsWith($"sts:AssumeRoleWithWebIdentity of {FakeSts.PodRole} ", result.Message, StringComparison.Ordinal);
        Assert.Equal(0, _strict.Tally.Requests);
    }

    [Fact]
    public async Task An_STS_that_does_not_answer_is_waited_for()
    {
        GiveWebIdentity();
        await using var silent = LoopbackServer.Start(context => Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted));
        _environment["AWS_ENDPOINT_URL_STS"] = silent.Url;
        await using var store = Open(AwsIdentityType.WebIdentity);

        var put = PutAsync(store);
        Retry.Until("the call is given up", () => Passed(put), Patience);

        Assert.Equal(new PutResult(PutStatus.Unavailable, $"sts:AssumeRoleWithWebIdentity of {FakeSts.PodRole}: STS does not answer"), await put);
    }

    [Fact]
    public async Task An_agent_that_does_not_answer_is_waited_for()
    {
        GivePodIdentity();
        await using var silent = LoopbackServer.Start(context => Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted));
        _environment[AwsEnvironment.ContainerUriName] = silent.Url;
        await using var store = Open(AwsIdentityType.PodIdentity);

        var put = PutAsync(store);
        Retry.Until("the call is given up", () => Passed(put), Patience);

        var result = await put;
        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.StartsWith($"the EKS Pod Identity agent {silent.Url}/ at {new Uri(silent.Url).Authority} does not answer; see the pod identity association", result.Message, StringComparison.Ordinal);
    }

    /// <summary>The third is Ceph's. What names the request is left out: the log tells the same trouble once.</summary>
    [Theory]
    [InlineData(403, "<html>Forbidden</html>")]
    [InlineData(400, "")]
    [InlineData(404, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>NoSuchEntity</Code><Message></Message><RequestId>REQUEST-1</RequestId></Error>")]
    public async Task A_refusal_without_words_is_one_all_the_same(int status, string body)
    {
        GiveWebIdentity();
        _sts.Instead = new Answer(status, body);
        await using var store = Open(AwsIdentityType.WebIdentity);

        var result = await PutAsync(store);

        Assert.Equal(PutStatus.Unauthorized, result.Status);
        Assert.Contains(" was refused: ", result.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("REQUEST", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AWS_ENDPOINT_URL_STS", "sts.local:8080")]
    [InlineData("AWS_ENDPOINT_URL", "sts.local")]
    public async Task An_endpoint_of_STS_that_is_none_is_named(string variable, string endpoint)
    {
        GiveWebIdentity();
        _environment.Remove("AWS_ENDPOINT_URL_STS");
        _environment[variable] = endpoint;
        await using var store = Open(AwsIdentityType.WebIdentity);

        Assert.Equal(new PutResult(PutStatus.Unauthorized, $"{variable} {endpoint} is no http(s) URL: correct it"), await PutAsync(store));
    }

    [Fact]
    public async Task Many_attempts_at_once_fetch_keys_once()
    {
        GiveWebIdentity();
        await using var store = Open(AwsIdentityType.WebIdentity);

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => StoredAsync(store)));

        Assert.Single(_stsServer.Requests);
    }

    [Theory]
    [InlineData("pods.eks.amazonaws.com", FakeSts.Subject, 10, "InvalidIdentityToken: Incorrect token audience")]
    [InlineData("sts.amazonaws.com", "system:serviceaccount:other:other", 10, "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity")]
    [InlineData("sts.amazonaws.com", FakeSts.Subject, -10, "ExpiredTokenException: Token expired")]
    public async Task A_token_that_STS_refuses_is_said_with_what_to_look_at(string audience, string subject, int minutes, string expected)
    {
        GiveWebIdentity();
        await File.WriteAllTextAsync(_tokenFile, Token(audience, TimeSpan.FromMinutes(minutes), subject));
        await using var store = Open(AwsIdentityType.WebIdentity);

        var result = await PutAsync(store);

        Assert.Equal(PutStatus.Unauthorized, result.Status);
        Assert.StartsWith($"sts:AssumeRoleWithWebIdentity of {FakeSts.PodRole} was refused: {expected}; see the role's trust policy", result.Message, StringComparison.Ordinal);
        Assert.Equal(0, _strict.Tally.Requests);
    }

    [Fact]
    public async Task Pod_identity_shows_the_pods_token_to_the_agent()
    {
        GivePodIdentity();
        await using var store = Open(AwsIdentityType.PodIdentity);

        await StoredAsync(store);
        _clock.Advance(FakeSts.Life * 0.9);
        await File.WriteAllTextAsync(_tokenFile, Token(FakePodAgent.Audience, TimeSpan.FromMinutes(10)));
        await StoredAsync(store);

        Assert.EndsWith("as pod identity: access key ASIAPOD2", store.Description, StringComparison.Ordinal);
        Assert.Equal(2, _agentServer.Requests.Count);
    }

    [Fact]
    public async Task An_agent_that_refuses_is_named()
    {
        GivePodIdentity();
        await File.WriteAllTextAsync(_tokenFile, Token(FakeSts.Audience, TimeSpan.FromMinutes(10)));
        await using var store = Open(AwsIdentityType.PodIdentity);

        var result = await PutAsync(store);

        Assert.Equal(PutStatus.Unauthorized, result.Status);
        Assert.StartsWith($"the EKS Pod Identity agent {_agentServer.Endpoint}v1/credentials answered 400: [token]: audience; see the pod identity association", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://example.com/v1/credentials")]
    [InlineData("http://169.254.169.254/latest")]
    [InlineData("ftp://127.0.0.1/")]
    public async Task The_pods_token_is_shown_to_nobody_else(string uri)
    {
        GivePodIdentity();
        _environment[AwsEnvironment.ContainerUriName] = uri;
        await using var store = Open(AwsIdentityType.PodIdentity);

        var result = await PutAsync(store);

        Assert.Equal(PutStatus.Unauthorized, result.Status);
        Assert.StartsWith($"AWS_CONTAINER_CREDENTIALS_FULL_URI {uri} is neither https", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_instance_gives_its_roles_keys_after_a_session_token()
    {
        await using var store = Open(AwsIdentityType.Instance);

        await StoredAsync(store);

        Assert.EndsWith("as instance role node-role: access key ASIANODE", store.Description, StringComparison.Ordinal);
        Assert.Equal(["PUT", "GET", "GET"], _metadataServer.Requests.Select(request => request.Method));
    }

    [Fact]
    public async Task In_a_pod_the_nodes_identity_is_never_taken_unless_it_is_asked_for()
    {
        await using var store = Open(AwsIdentityType.Auto);

        var result = await PutAsync(store);

        Assert.Equal(PutStatus.Unauthorized, result.Status);
        Assert.StartsWith("no identity was given to this pod: neither AWS_ACCESS_KEY_ID, nor AWS_WEB_IDENTITY_TOKEN_FILE, nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set", result.Message, StringComparison.Ordinal);
        Assert.Empty(_metadataServer.Requests);
    }

    [Fact]
    public async Task Auto_takes_the_first_that_there_is()
    {
        await using (var instance = Open(AwsIdentityType.Auto, outsideOfPods: true))
            Assert.EndsWith("as instance role", instance.Description, StringComparison.Ordinal);

        _environment[AwsEnvironment.ContainerUriName] = "http://169.254.170.23/v1/credentials";
        _environment[AwsEnvironment.ContainerTokenFileName] = _tokenFile;
        await using (var pod = Open(AwsIdentityType.Auto))
            Assert.EndsWith("as pod identity", pod.Description, StringComparison.Ordinal);

        GiveWebIdentity();
        await using (var web = Open(AwsIdentityType.Auto))
            Assert.EndsWith($"as web identity {FakeSts.PodRole}", web.Description, StringComparison.Ordinal);

        _environment[AwsEnvironment.AccessKeyIdName] = "AKID";
        _environment[AwsEnvironment.SecretAccessKeyName] = "secret";
        await using var keys = Open(AwsIdentityType.Auto);
        Assert.EndsWith("as access key AKID (environment)", keys.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AwsIdentityType.WebIdentity, "", "", "AWS_ROLE_ARN is not set")]
    [InlineData(AwsIdentityType.WebIdentity, "AWS_ROLE_ARN", "arn", "AWS_WEB_IDENTITY_TOKEN_FILE is not set")]
    [InlineData(AwsIdentityType.Auto, "AWS_WEB_IDENTITY_TOKEN_FILE", "/none", "AWS_ROLE_ARN is not set")]
    [InlineData(AwsIdentityType.PodIdentity, "", "", "AWS_CONTAINER_CREDENTIALS_FULL_URI is not set")]
    [InlineData(AwsIdentityType.Auto, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is not set")]
    [InlineData(AwsIdentityType.Auto, "AWS_ACCESS_KEY_ID", "AKID", "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not")]
    [InlineData(AwsIdentityType.Instance, "AWS_EC2_METADATA_DISABLED", "true", "AWS_EC2_METADATA_DISABLED is true")]
    public async Task What_is_missing_is_named_and_nothing_else_is_taken(AwsIdentityType type, string name, string value, string expected)
    {
        if (name.Length > 0)
            _environment[name] = value;
        await using var store = Open(type);

        var result = await PutAsync(store);

        Assert.Equal(PutStatus.Unauthorized, result.Status);
        Assert.StartsWith(expected, result.Message, StringComparison.Ordinal);
        Assert.Empty(_metadataServer.Requests);
    }

    [Fact]
    public async Task A_token_file_that_is_not_there_is_named()
    {
        GiveWebIdentity();
        _environment[AwsEnvironment.TokenFileName] = "/nowhere/token";
        await using var store = Open(AwsIdentityType.Auto);

        var result = await PutAsync(store);

        Assert.Equal(PutStatus.Unauthorized, result.Status);
        Assert.StartsWith("AWS_WEB_IDENTITY_TOKEN_FILE /nowhere/token cannot be read", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_role_is_assumed_with_the_keys_of_the_first()
    {
        GiveWebIdentity();
        await using var store = Open(new AwsIdentitySettings { AssumeRoleArn = FakeSts.SecondRole, ExternalId = FakeSts.ExternalId, AssumeRoleSessionName = "node-1" });

        await StoredAsync(store);

        Assert.Contains("as role arn:aws:iam::210987654321:role/archive: arn:aws:sts::210987654321:assumed-role/archive/node-1 (access key ASIA2), by web identity", store.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_role_that_does_not_trust_is_said_with_what_to_look_at()
    {
        GiveWebIdentity();
        await using var store = Open(new AwsIdentitySettings { AssumeRoleArn = FakeSts.SecondRole, ExternalId = "wrong" });

        var result = await PutAsync(store);

        Assert.Equal(PutStatus.Unauthorized, result.Status);
        Assert.StartsWith($"sts:AssumeRole of {FakeSts.SecondRole} was refused: AccessDenied: ", result.Message, StringComparison.Ordinal);
    }

    /// <summary>The exchange of a token is not signed, the second hop is: for the service sts and its endpoint's region.</summary>
    [Theory]
    [InlineData("eu-west-3", "eu-west-3")]
    [InlineData("", "us-east-1")]
    public async Task A_second_hop_is_signed_for_STS_in_the_pods_region(string region, string expected)
    {
        GiveWebIdentity();
        _environment["AWS_REGION"] = region;
        await using var store = Open(new AwsIdentitySettings { AssumeRoleArn = FakeSts.SecondRole, ExternalId = FakeSts.ExternalId });

        await StoredAsync(store);

        Assert.Collection(
            _stsServer.Requests,
            request => Assert.Equal("", request["authorization"]),
            request => Assert.Contains($"/{expected}/sts/aws4_request", request["authorization"], StringComparison.Ordinal));
    }

    /// <summary>The proxy sees whom STS is asked for, and refuses the tunnel.</summary>
    [Fact]
    public async Task STS_is_asked_in_the_pods_region_by_the_stores_proxy()
    {
        GiveWebIdentity();
        _environment.Remove("AWS_ENDPOINT_URL_STS");
        _environment["AWS_REGION"] = "eu-west-3";
        await using var proxy = ScriptedServer.Start(_ => new Answer(403));
        await using var store = Stores.Open(new S3Settings { Bucket = _bucket, Region = "eu-west-1", Proxy = proxy.Endpoint.OriginalString }, _clock, _environment);

        var result = await PutAsync(store);

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.All(proxy.Requests, request => Assert.Equal(("CONNECT", "sts.eu-west-3.amazonaws.com:443"), (request.Method, request.Target)));
        Assert.NotEmpty(proxy.Requests);
    }

    [Fact]
    public async Task Keys_in_files_are_read_again()
    {
        var secret = Path.GetTempFileName();
        await File.WriteAllTextAsync(secret, "wrong\n");
        var keys = new AwsIdentitySettings { Type = AwsIdentityType.AccessKey, AccessKeyId = new SecretText(S3Rver.AccessKey, ""), SecretAccessKey = new SecretText("", secret) };
        await using var store = Open(keys);
        Assert.Equal(PutStatus.Unauthorized, (await PutAsync(store)).Status);

        await File.WriteAllTextAsync(secret, S3Rver.AccessKey + "\n");
        await StoredAsync(store);

        File.Delete(secret);
        Assert.StartsWith($"secretAccessKeyFile {secret} cannot be read", (await PutAsync(store)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ip-10-0-0-1.eu-west-1.compute.internal", "collector-ip-10-0-0-1.eu-west-1.compute.internal")]
    [InlineData("a b/c:d", "collector-a-b-c-d")]
    public void A_session_is_named_after_the_host(string host, string expected) => Assert.Equal(expected, StsSessionName.Of(host));

    [Fact]
    public void The_name_of_a_session_is_cut_at_64() => Assert.Equal(64, StsSessionName.Of(new string('h', 100)).Length);

    private bool Passed(Task put)
    {
        _clock.Advance(TimeSpan.FromSeconds(11));
        return put.IsCompleted;
    }

    private string Token(string audience, TimeSpan life, string subject = FakeSts.Subject) => _issuer.TokenFor(subject, audience, _clock.GetUtcNow(), life);

    private void GiveWebIdentity()
    {
        File.WriteAllText(_tokenFile, Token(FakeSts.Audience, TimeSpan.FromMinutes(30)));
        _environment[AwsEnvironment.RoleArnName] = FakeSts.PodRole;
        _environment[AwsEnvironment.TokenFileName] = _tokenFile;
        _environment[AwsEnvironment.SessionNameName] = "collector-test";
    }

    private void GivePodIdentity()
    {
        File.WriteAllText(_tokenFile, Token(FakePodAgent.Audience, TimeSpan.FromMinutes(30)));
        _environment[AwsEnvironment.ContainerUriName] = new Uri(_agentServer.Endpoint, "/v1/credentials").AbsoluteUri;
        _environment[AwsEnvironment.ContainerTokenFileName] = _tokenFile;
    }

    private S3ObjectStore Open(AwsIdentityType type, bool outsideOfPods = false)
    {
        if (outsideOfPods)
            _environment.Remove("KUBERNETES_SERVICE_HOST");
        var store = Open(new AwsIdentitySettings { Type = type });
        _environment["KUBERNETES_SERVICE_HOST"] = "10.0.0.1";
        return store;
    }

    private S3ObjectStore Open(AwsIdentitySettings identity) =>
        Stores.Open(Stores.Settings(_strict.Endpoint, _bucket) with { Identity = identity }, _clock, _environment);

    private static Task<PutResult> PutAsync(S3ObjectStore store) =>
        store.PutAsync(S3Objects.Item($"logs/{Guid.NewGuid()}", "x"u8.ToArray()), CancellationToken.None);

    private static async Task StoredAsync(S3ObjectStore store)
    {
        var result = await PutAsync(store);
        Assert.True(result.Status == PutStatus.Stored, $"{result.Status}: {result.Message}");
    }
}
