using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.S3;
using Collector.ObjectStores.Tests.S3;
using Collector.Pipeline.Upload;
using Collector.Testing.Aws;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests.Credentials;

/// <summary>A second role over the keys of the first, and the way to STS.</summary>
public sealed class SecondHopTests(S3RverFixture s3rver) : AwsIdentityServers(s3rver)
{
    [Fact]
    public async Task A_second_role_is_assumed_with_the_keys_of_the_first()
    {
        GiveWebIdentity();
        await using var store = Open(new AwsIdentitySettings { AssumeRole = new() { RoleArn = FakeSts.SecondRole, ExternalId = FakeSts.ExternalId, SessionName = "node-1" } });

        await StoredAsync(store);

        Assert.Contains("as role arn:aws:iam::210987654321:role/archive: arn:aws:sts::210987654321:assumed-role/archive/node-1 (access key ASIA2), by web identity", store.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_role_that_does_not_trust_is_said_with_what_to_look_at()
    {
        GiveWebIdentity();
        await using var store = Open(new AwsIdentitySettings { AssumeRole = new() { RoleArn = FakeSts.SecondRole, ExternalId = "wrong" } });

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
        Variables["AWS_REGION"] = region;
        await using var store = Open(new AwsIdentitySettings { AssumeRole = new() { RoleArn = FakeSts.SecondRole, ExternalId = FakeSts.ExternalId } });

        await StoredAsync(store);

        Assert.Collection(
            StsServer.Requests,
            request => Assert.Equal("", request["authorization"]),
            request => Assert.Contains($"/{expected}/sts/aws4_request", request["authorization"], StringComparison.Ordinal));
    }

    /// <summary>The proxy sees whom STS is asked for, and refuses the tunnel.</summary>
    [Fact]
    public async Task STS_is_asked_in_the_pods_region_by_the_stores_proxy()
    {
        GiveWebIdentity();
        Variables.Remove("AWS_ENDPOINT_URL_STS");
        Variables["AWS_REGION"] = "eu-west-3";
        await using var proxy = ScriptedServer.Start(_ => new Answer(403));
        await using var store = Stores.Open(new S3Settings { Bucket = Bucket, Region = "eu-west-1", Proxy = proxy.Endpoint.OriginalString }, Clock, Variables);

        var result = await PutAsync(store);

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.All(proxy.Requests, request => Assert.Equal(("CONNECT", "sts.eu-west-3.amazonaws.com:443"), (request.Method, request.Target)));
        Assert.NotEmpty(proxy.Requests);
    }
}
