using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Collector.ObjectStores.S3;
using Collector.Pipeline.Upload;
using Collector.Testing.S3;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests.S3;

/// <summary>The contract of all stores over Ceph's gateway, an S3 that nobody here wrote, and what it says to mistakes and repeats.</summary>
public sealed class RadosGatewayTests(RadosGatewayFixture rados) : ObjectStoreContract, IClassFixture<RadosGatewayFixture>, IAsyncLifetime
{
    private string _bucket = "";
    private IObjectStore _store = null!;

    protected override IObjectStore Store => _store;

    public async ValueTask InitializeAsync()
    {
        _bucket = await rados.NewBucketAsync();
        _store = Stores.Open(Settings());
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Type_and_metadata_are_stored_beside_the_object_and_no_encoding()
    {
        await PutAsync("logs/a.jsonl", "hello"u8.ToArray());

        var stored = await rados.Client.GetObjectMetadataAsync(_bucket, "logs/a.jsonl", TestContext.Current.CancellationToken);
        Assert.Equal("application/x-ndjson", stored.Headers.ContentType);
        Assert.Equal(("1", "node-1"), (stored.Metadata["records"], stored.Metadata["node"]));
        Assert.True(string.IsNullOrEmpty(stored.Headers.ContentEncoding));
    }

    /// <summary>S-142: a balancer sends our own request twice; the gateway tells the second that the first is there, and it is ours.</summary>
    [Fact]
    public async Task A_request_that_is_repeated_on_the_way_is_one_object()
    {
        await using var balancer = new FaultyProxy(rados.Gateway.Endpoint.OriginalString.TrimEnd('/'));
        await using var store = Stores.Open(Settings() with { Endpoint = balancer.Url });
        balancer.Next(new Fault.Repeat());

        var result = await store.PutAsync(Item("logs/a", "hello"u8.ToArray()), CancellationToken.None);

        Assert.Equal(PutStatus.AlreadyThere, result.Status);
        Assert.Equal("hello"u8.ToArray(), Read("logs/a"));
        Assert.Equal(["logs/a"], ListEverything());
    }

    [Theory]
    [InlineData(RadosGateway.AccessKey, "not-the-secret", "SignatureDoesNotMatch")]
    [InlineData("NOBODY", "not-the-secret", "InvalidAccessKeyId")]
    public async Task Wrong_keys_are_told_in_the_words_of_the_gateway_and_the_object_waits(string id, string secret, string code)
    {
        await using var store = Stores.Open(Settings() with { Identity = Stores.Keys(id, secret) });

        var result = await store.PutAsync(Item("logs/a", "hello"u8.ToArray()), CancellationToken.None);

        Assert.Equal(PutStatus.Unauthorized, result.Status);
        Assert.Contains(code, result.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("not-the-secret", result.Message, StringComparison.Ordinal);
        Assert.Empty(ListEverything());
    }

    [Fact]
    public async Task A_bucket_that_is_not_there_is_told_and_the_object_waits()
    {
        await using var store = Stores.Open(Settings() with { Bucket = "no-such-bucket" });

        var result = await store.PutAsync(Item("logs/a", "hello"u8.ToArray()), CancellationToken.None);

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.Contains("NoSuchBucket; create the bucket", result.Message, StringComparison.Ordinal);
    }

    protected override byte[]? Read(string key) => rados.Read(_bucket, key);

    protected override IReadOnlyList<string> ListEverything() => rados.List(_bucket);

    private S3Settings Settings() => Stores.Settings(rados.Gateway.Endpoint, _bucket) with
    {
        Region = "us-east-1",
        Identity = Stores.Keys(RadosGateway.AccessKey, RadosGateway.SecretKey),
    };
}

/// <summary>One gateway for a class of tests; each test takes a bucket of its own, and the client looks past the store.</summary>
public sealed class RadosGatewayFixture : IDisposable
{
    private int _buckets;

    public RadosGatewayFixture() => Client = new AmazonS3Client(
        new BasicAWSCredentials(RadosGateway.AccessKey, RadosGateway.SecretKey),
        new AmazonS3Config { ServiceURL = Gateway.Endpoint.OriginalString, ForcePathStyle = true, AuthenticationRegion = "us-east-1" });

    public RadosGateway Gateway { get; } = RadosGateway.Start();

    public AmazonS3Client Client { get; }

    public async Task<string> NewBucketAsync()
    {
        var bucket = $"bucket-{Interlocked.Increment(ref _buckets)}";
        await Client.PutBucketAsync(bucket);
        return bucket;
    }

    /// <summary>The bytes of an object; null when there is none.</summary>
    public byte[]? Read(string bucket, string key)
    {
        try
        {
            using var answer = Client.GetObjectAsync(bucket, key).GetAwaiter().GetResult();
            using var body = new MemoryStream();
            answer.ResponseStream.CopyTo(body);
            return body.ToArray();
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchKey")
        {
            return null;
        }
    }

    /// <summary>The keys of all objects, and of uploads in parts that were begun.</summary>
    public IReadOnlyList<string> List(string bucket)
    {
        var objects = Client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket }).GetAwaiter().GetResult().S3Objects ?? [];
        var uploads = Client.ListMultipartUploadsAsync(bucket).GetAwaiter().GetResult().MultipartUploads ?? [];
        return [.. objects.Select(item => item.Key).Concat(uploads.Select(upload => upload.Key)).Order(StringComparer.Ordinal)];
    }

    public void Dispose()
    {
        Client.Dispose();
        Gateway.Dispose();
    }
}
