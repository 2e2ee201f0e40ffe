using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Tests.S3;
using Collector.Pipeline.Upload;
using Collector.Testing.Aws;
using Collector.Testing.Processes;
using Collector.Testing.S3;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests.Credentials;

/// <summary>The identities that need no STS, what is taken of several, and what is missing.</summary>
public sealed class AwsIdentityTests(S3RverFixture s3rver) : AwsIdentityServers(s3rver)
{
    [Fact]
    public async Task An_agent_that_does_not_answer_is_waited_for()
    {
        GivePodIdentity();
        await using var silent = LoopbackServer.Start(context => Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted));
        Variables[AwsEnvironment.ContainerUriName] = silent.Url;
        await using var store = Open(AwsIdentityType.PodIdentity);

        var put = PutAsync(store);
        Retry.Until("the call is given up", () => Passed(put), Patience);

        var result = await put;
        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.StartsWith($"the EKS Pod Identity agent {silent.Url}/ at {new Uri(silent.Url).Authority} does not answer; see the pod identity association", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pod_identity_shows_the_pods_token_to_the_agent()
    {
        GivePodIdentity();
        await using var store = Open(AwsIdentityType.PodIdentity);

        await StoredAsync(store);
        Clock.Advance(FakeSts.Life * 0.9);
        await File.WriteAllTextAsync(TokenFile, Token(FakePodAgent.Audience, TimeSpan.FromMinutes(10)));
        await StoredAsync(store);

        Assert.EndsWith("as pod identity: access key ASIAPOD2", store.Description, StringComparison.Ordinal);
        Assert.Equal(2, AgentServer.Requests.Count);
    }

    [Fact]
    public async Task An_agent_that_refuses_is_named()
    {
        GivePodIdentity();
        await File.WriteAllTextAsync(TokenFile, Token(FakeSts.Audience, TimeSpan.FromMinutes(10)));
        await using var store = Open(AwsIdentityType.PodIdentity);

        var result = await PutAsync(store);

        Assert.Equal(PutStatus.Unauthorized, result.Status);
        Assert.StartsWith($"the EKS Pod Identity agent {AgentServer.Endpoint}v1/credentials answered 400: [token]: audience; see the pod identity association", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://example.com/v1/credentials")]
    [InlineData("http://169.254.169.254/latest")]
    [InlineData("ftp://127.0.0.1/")]
    public async Task The_pods_token_is_shown_to_nobody_else(string uri)
    {
        GivePodIdentity();
        Variables[AwsEnvironment.ContainerUriName] = uri;
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
        Assert.Equal(["PUT", "GET", "GET"], MetadataServer.Requests.Select(request => request.Method));
    }

    [Fact]
    public async Task In_a_pod_the_nodes_identity_is_never_taken_unless_it_is_asked_for()
    {
        await using var store = Open(AwsIdentityType.Auto);

        var result = await PutAsync(store);

        Assert.Equal(PutStatus.Unauthorized, result.Status);
        Assert.StartsWith("no identity was given to this pod: neither AWS_ACCESS_KEY_ID, nor AWS_WEB_IDENTITY_TOKEN_FILE, nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set", result.Message, StringComparison.Ordinal);
        Assert.Empty(MetadataServer.Requests);
    }

    [Fact]
    public async Task Auto_takes_the_first_that_there_is()
    {
        await using (var instance = Open(AwsIdentityType.Auto, outsideOfPods: true))
            Assert.EndsWith("as instance role", instance.Description, StringComparison.Ordinal);

        Variables[AwsEnvironment.ContainerUriName] = "http://169.254.170.23/v1/credentials";
        Variables[AwsEnvironment.ContainerTokenFileName] = TokenFile;
        await using (var pod = Open(AwsIdentityType.Auto))
            Assert.EndsWith("as pod identity", pod.Description, StringComparison.Ordinal);

        GiveWebIdentity();
        await using (var web = Open(AwsIdentityType.Auto))
            Assert.EndsWith($"as web identity {FakeSts.PodRole}", web.Description, StringComparison.Ordinal);

        Variables[AwsEnvironment.AccessKeyIdName] = "AKID";
        Variables[AwsEnvironment.SecretAccessKeyName] = "secret";
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
            Variables[name] = value;
        await using var store = Open(type);

        var result = await PutAsync(store);

        Assert.Equal(PutStatus.Unauthorized, result.Status);
        Assert.StartsWith(expected, result.Message, StringComparison.Ordinal);
        Assert.Empty(MetadataServer.Requests);
    }

    [Fact]
    public async Task A_token_file_that_is_not_there_is_named()
    {
        GiveWebIdentity();
        Variables[AwsEnvironment.TokenFileName] = "/nowhere/token";
        await using var store = Open(AwsIdentityType.Auto);

        var result = await PutAsync(store);

        Assert.Equal(PutStatus.Unauthorized, result.Status);
        Assert.StartsWith("AWS_WEB_IDENTITY_TOKEN_FILE /nowhere/token cannot be read", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_in_files_are_read_again()
    {
        var secret = Path.GetTempFileName();
        await File.WriteAllTextAsync(secret, "wrong\n");
        var keys = new AwsIdentitySettings { Type = AwsIdentityType.AccessKey, AccessKeyId = new Secret(S3Rver.AccessKey, ""), SecretAccessKey = new Secret("", secret) };
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
}
