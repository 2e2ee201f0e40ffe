using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Tests.S3;
using Collector.Pipeline.Upload;
using Collector.Testing.Aws;
using Collector.Testing.Processes;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests.Credentials;

/// <summary>The pod's token for a role's keys, through STS.</summary>
public sealed class WebIdentityTests(S3RverFixture s3rver) : AwsIdentityServers(s3rver)
{
    [Fact]
    public async Task Web_identity_exchanges_the_pods_token_for_the_roles_keys()
    {
        GiveWebIdentity();
        await using var store = Open(AwsIdentityType.WebIdentity);
        Assert.EndsWith($"as web identity {FakeSts.PodRole}", store.Description, StringComparison.Ordinal);

        await StoredAsync(store);

        Assert.EndsWith($"as web identity {FakeSts.PodRole}: arn:aws:sts::123456789012:assumed-role/pod/collector-test (access key ASIA1)", store.Description, StringComparison.Ordinal);
        Assert.Equal((Clock.GetUtcNow() + FakeSts.Life).UtcDateTime, store.CredentialExpiry!.Value.UtcDateTime, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Who_writes_is_known_before_anything_is_sent_to_the_store()
    {
        GiveWebIdentity();
        await using var store = Open(AwsIdentityType.Auto);

        Assert.Null(await store.AuthenticateAsync(CancellationToken.None));

        Assert.Contains("assumed-role/pod/collector-test (access key ASIA1)", store.Description, StringComparison.Ordinal);
        Assert.NotNull(store.CredentialExpiry);
        Assert.Equal(0, Strict.Tally.Requests);
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
        Assert.Single(StsServer.Requests);

        Clock.Advance(FakeSts.Life * 0.9);
        await File.WriteAllTextAsync(TokenFile, Token(FakeSts.Audience, TimeSpan.FromMinutes(10)));
        await StoredAsync(store);

        Assert.Equal(2, StsServer.Requests.Count);
        Assert.Equal(0, Strict.Tally.Answers.GetValueOrDefault("ExpiredToken"));
    }

    /// <summary>S-80</summary>
    [Fact]
    public async Task Keys_that_are_refused_are_renewed_at_once_S_80()
    {
        GiveWebIdentity();
        await using var store = Open(AwsIdentityType.WebIdentity);
        await StoredAsync(store);
        Strict.Keys.Remove("ASIA1");

        Assert.Equal(PutStatus.Unauthorized, (await PutAsync(store)).Status);
        await StoredAsync(store);

        Assert.Equal(2, StsServer.Requests.Count);
    }

    [Fact]
    public async Task Good_keys_outlive_an_absence_of_STS_and_ended_ones_make_the_store_wait()
    {
        GiveWebIdentity();
        await using var store = Open(AwsIdentityType.WebIdentity);
        await StoredAsync(store);
        Sts.IsAway = true;

        Clock.Advance(FakeSts.Life * 0.9);
        await StoredAsync(store);
        Clock.Advance(FakeSts.Life * 0.2);
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
        Sts.KeysLast = TimeSpan.FromSeconds(seconds);
        await using var store = Open(AwsIdentityType.WebIdentity);

        for (var life = 1; life <= 3; life++)
        {
            await StoredAsync(store);
            Clock.Advance(Sts.KeysLast * 0.5);
            await StoredAsync(store);
            Assert.Equal(life, Sts.Given);
            Clock.Advance(Sts.KeysLast * 0.4);
        }

        Assert.Equal(0, Strict.Tally.Answers.GetValueOrDefault("ExpiredToken"));
    }

    /// <summary>As Ceph's STS answers, without a namespace and to the nanosecond, and as MinIO's, without AssumedRoleUser.</summary>
    [Theory]
    [InlineData("<AssumedRoleUser><Arn>arn:aws:sts:::assumed-role/pod/n</Arn></AssumedRoleUser>", "web identity arn:aws:iam::123456789012:role/pod: arn:aws:sts:::assumed-role/pod/n (access key AKIDX)")]
    [InlineData("", "web identity arn:aws:iam::123456789012:role/pod: access key AKIDX")]
    public async Task Answers_of_other_stores_STS_are_understood(string user, string description)
    {
        GiveWebIdentity();
        Strict.Keys.Add("AKIDX", "secret", "token");
        var end = new DateTimeOffset(2099, 1, 2, 3, 4, 5, TimeSpan.Zero).AddMilliseconds(678);
        Sts.Instead = new Answer(200, "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>AKIDX</AccessKeyId>"
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
        Sts.Instead = new Answer(status, body);
        await using var store = Open(AwsIdentityType.WebIdentity);

        var result = await PutAsync(store);

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.StartsWith($"sts:AssumeRoleWithWebIdentity of {FakeSts.PodRole} ", result.Message, StringComparison.Ordinal);
        Assert.Equal(0, Strict.Tally.Requests);
    }

    [Fact]
    public async Task An_STS_that_does_not_answer_is_waited_for()
    {
        GiveWebIdentity();
        await using var silent = LoopbackServer.Start(context => Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted));
        Variables["AWS_ENDPOINT_URL_STS"] = silent.Url;
        await using var store = Open(AwsIdentityType.WebIdentity);

        var put = PutAsync(store);
        Retry.Until("the call is given up", () => Passed(put), Patience);

        Assert.Equal(new PutResult(PutStatus.Unavailable, $"sts:AssumeRoleWithWebIdentity of {FakeSts.PodRole}: STS does not answer"), await put);
    }

    /// <summary>The third is Ceph's. What names the request is left out: the log tells the same trouble once.</summary>
    [Theory]
    [InlineData(403, "<html>Forbidden</html>")]
    [InlineData(400, "")]
    [InlineData(404, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>NoSuchEntity</Code><Message></Message><RequestId>REQUEST-1</RequestId></Error>")]
    public async Task A_refusal_without_words_is_one_all_the_same(int status, string body)
    {
        GiveWebIdentity();
        Sts.Instead = new Answer(status, body);
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
        Variables.Remove("AWS_ENDPOINT_URL_STS");
        Variables[variable] = endpoint;
        await using var store = Open(AwsIdentityType.WebIdentity);

        Assert.Equal(new PutResult(PutStatus.Unauthorized, $"{variable} {endpoint} is not an http(s) URL: correct it"), await PutAsync(store));
    }

    [Fact]
    public async Task Many_attempts_at_once_fetch_keys_once()
    {
        GiveWebIdentity();
        await using var store = Open(AwsIdentityType.WebIdentity);

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => StoredAsync(store)));

        Assert.Single(StsServer.Requests);
    }

    [Theory]
    [InlineData("pods.eks.amazonaws.com", FakeSts.Subject, 10, "InvalidIdentityToken: Incorrect token audience")]
    [InlineData("sts.amazonaws.com", "system:serviceaccount:other:other", 10, "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity")]
    [InlineData("sts.amazonaws.com", FakeSts.Subject, -10, "ExpiredTokenException: Token expired")]
    public async Task A_token_that_STS_refuses_is_said_with_what_to_look_at(string audience, string subject, int minutes, string expected)
    {
        GiveWebIdentity();
        await File.WriteAllTextAsync(TokenFile, Token(audience, TimeSpan.FromMinutes(minutes), subject));
        await using var store = Open(AwsIdentityType.WebIdentity);

        var result = await PutAsync(store);

        Assert.Equal(PutStatus.Unauthorized, result.Status);
        Assert.StartsWith($"sts:AssumeRoleWithWebIdentity of {FakeSts.PodRole} was refused: {expected}; see the role's trust policy", result.Message, StringComparison.Ordinal);
        Assert.Equal(0, Strict.Tally.Requests);
    }
}
