using System.Security.Cryptography;
using Collector.ObjectStores.S3;
using Collector.Pipeline.Upload;
using Collector.Testing.S3;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests.S3;

/// <summary>Where requests go: as configured, as the environment says (SDKs and Tools Reference Guide, "Service-specific endpoints").</summary>
public sealed class S3EndpointTests
{
    /// <summary>Seen by a proxy, for most of these names lead nowhere. Where nothing can stand before the host, the bucket is in the path.</summary>
    [Theory]
    [InlineData("http://minio:9000", false, "http://minio:9000/logs/a/b")]
    [InlineData("http://minio.storage.svc:9000", false, "http://minio.storage.svc:9000/logs/a/b")]
    [InlineData("http://rgw.rook-ceph.svc.cluster.local", false, "http://rgw.rook-ceph.svc.cluster.local/logs/a/b")]
    [InlineData("http://s3.localhost:4566", false, "http://s3.localhost:4566/logs/a/b")]
    [InlineData("http://10.0.0.7:9000", false, "http://10.0.0.7:9000/logs/a/b")]
    [InlineData("http://[fd00::7]:9000", false, "http://[fd00::7]:9000/logs/a/b")]
    [InlineData("http://s3.example.com", false, "http://logs.s3.example.com/a/b")]
    [InlineData("http://s3.example.com:8080/", true, "http://s3.example.com:8080/logs/a/b")]
    [InlineData("http://gateway.example.com/s3", true, "http://gateway.example.com/s3/logs/a/b")]
    public async Task The_bucket_stands_before_the_host_where_it_can(string endpoint, bool forcePathStyle, string target)
    {
        await using var proxy = ScriptedServer.Start(_ => Stored);
        await using var store = Stores.Open(Stores.Settings(new Uri(endpoint), "logs") with { ForcePathStyle = forcePathStyle, Proxy = proxy.Endpoint.OriginalString });

        await StoredAsync(store);

        var request = Assert.Single(proxy.Requests);
        Assert.Equal(target, request.Target);
        Assert.Equal(new Uri(target).Authority, request["host"]);
    }

    /// <summary>A gateway that hands everything below a path to a store, which checks the signature of what the client asked for.</summary>
    [Fact]
    public async Task A_path_before_the_bucket_is_signed_as_it_is_sent()
    {
        await using var server = ScriptedServer.Start(_ => Stored);
        await using var store = Stores.Open(Stores.Settings(new Uri(server.Endpoint, "/s3"), "logs"));

        await StoredAsync(store);

        var request = Assert.Single(server.Requests);
        var keys = new S3Keys();
        keys.Add(S3Rver.AccessKey, S3Rver.AccessKey);
        var signed = new SignedRequest(request.Method, request.Target, "", request.Headers) { PayloadHash = Convert.ToHexStringLower(SHA256.HashData(request.Body)) };
        Assert.Equal("/s3/logs/a/b", request.Target);
        Assert.Null(new SignatureV4(keys, TimeProvider.System, "s3").Refuse(signed));
    }

    [Fact]
    public async Task A_name_that_the_bucket_makes_unknown_is_said_with_the_way_out()
    {
        await using var store = Stores.Open(Stores.Settings(new Uri("http://s3.store.invalid"), "logs") with { ForcePathStyle = false });

        var result = await PutAsync(store);

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.StartsWith("the name logs.s3.store.invalid does not resolve: ", result.Message, StringComparison.Ordinal);
        Assert.EndsWith("; or write forcePathStyle: true", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AWS_ENDPOINT_URL_S3")]
    [InlineData("AWS_ENDPOINT_URL")]
    public async Task An_endpoint_in_the_environment_is_used_with_the_region_of_stores_that_know_none(string variable)
    {
        await using var server = ScriptedServer.Start(_ => Stored);
        await using var store = Open((variable, server.Endpoint.OriginalString));

        await StoredAsync(store);

        var request = Assert.Single(server.Requests);
        Assert.Equal("/logs/a/b", request.Target);
        Assert.Contains("/us-east-1/s3/aws4_request", request["authorization"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AWS_ENDPOINT_URL_S3", "minio:9000")]
    [InlineData("AWS_ENDPOINT_URL", "ftp://minio")]
    [InlineData("AWS_ENDPOINT_URL", "minio")]
    public async Task An_endpoint_in_the_environment_that_is_none_is_named_at_start(string variable, string endpoint)
    {
        await using var store = Open((variable, endpoint));
        var problem = $"the endpoint {endpoint} is not an http(s) URL: correct store.endpoint, or {variable}";

        Assert.Equal(problem, await store.AuthenticateAsync(CancellationToken.None));
        Assert.Equal(new PutResult(PutStatus.Unavailable, problem), await PutAsync(store));
    }

    [Fact]
    public async Task Endpoints_in_the_environment_can_be_switched_off()
    {
        await using var store = Open(("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"), ("AWS_REGION", "eu-west-3"));

        Assert.StartsWith("s3://logs in eu-west-3 as ", store.Description, StringComparison.Ordinal);
    }

    private static Answer Stored => new(200, "", ("ETag", "\"0\""));

    private static S3ObjectStore Open(params (string Name, string Value)[] environment) => Stores.Open(
        new S3Settings { Bucket = "logs", Identity = Stores.Keys("AKID", "secret") },
        environment: environment.ToDictionary(variable => variable.Name, variable => variable.Value));

    private static Task<PutResult> PutAsync(S3ObjectStore store) => store.PutAsync(S3Objects.Item("a/b", "x"u8.ToArray()), CancellationToken.None);

    private static async Task StoredAsync(S3ObjectStore store)
    {
        var result = await PutAsync(store);
        Assert.True(result.Status == PutStatus.Stored, $"{result.Status}: {result.Message}");
    }
}
