using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Gcs;
using Collector.Pipeline.Upload;
using Collector.Testing.Gcs;
using Xunit;

namespace Collector.ObjectStores.Tests.Gcs;

/// <summary>The contract over a strict server of the JSON API.</summary>
public sealed class GcsContractTests : ObjectStoreContract, IAsyncDisposable
{
    private const string KmsKey = "projects/p/locations/europe/keyRings/r/cryptoKeys/k";

    private readonly GcsServer _server = new();

    public GcsContractTests() => Store = StoreWith(new GcsSettings { Bucket = GcsBucket.Name, Endpoint = _server.Url });

    protected override IObjectStore Store { get; }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await _server.DisposeAsync();
    }

    protected override byte[]? Read(string key) => _server.Bucket.Find(key)?.Body;

    protected override IReadOnlyList<string> ListEverything() => _server.Bucket.Names;

    [Fact]
    public async Task Properties_and_metadata_are_kept()
    {
        await using var store = StoreWith(new GcsSettings { Bucket = GcsBucket.Name, Endpoint = _server.Url, StorageClass = "NEARLINE", KmsKey = KmsKey });

        Assert.Equal(PutStatus.Stored, (await store.PutAsync(Item("a", "x"u8.ToArray()), CancellationToken.None)).Status);
        Assert.Equal(PutStatus.Stored, (await store.PutAsync(Item("b", new byte[GcsObjectStore.PieceSize + 1]), CancellationToken.None)).Status);
        Assert.All(new[] { "a", "b" }, key =>
        {
            var stored = _server.Bucket.Find(key)!;
            Assert.Equal("application/x-ndjson", stored.ContentType);
            Assert.Equal(("1", "node-1"), (stored.Metadata["records"], stored.Metadata["node"]));
            Assert.Equal(("NEARLINE", KmsKey), (stored.StorageClass, stored.KmsKeyName));
        });
    }

    [Fact]
    public async Task A_small_object_is_two_requests()
    {
        await PutAsync("a", "x"u8.ToArray());

        Assert.Collection(
            _server.Requests,
            begin =>
            {
                Assert.StartsWith("POST /upload/storage/v1/b/logs-of-a-test/o?", begin, StringComparison.Ordinal);
                Assert.Contains("uploadType=resumable", begin, StringComparison.Ordinal);
                Assert.Contains("ifGenerationMatch=0", begin, StringComparison.Ordinal);
            },
            all => Assert.StartsWith("PUT /upload/storage/v1/b/logs-of-a-test/o?", all, StringComparison.Ordinal));
    }

    /// <summary>S-85: to create is all that is allowed, and a second attempt is told so in other words.</summary>
    [Fact]
    public async Task An_identity_that_may_only_create_finds_an_object_there()
    {
        _server.Bucket.MayOverwrite = false;

        Assert.Equal(PutStatus.Stored, (await PutAsync("a", "x"u8.ToArray())).Status);
        Assert.Equal(PutStatus.AlreadyThere, (await PutAsync("a", "x"u8.ToArray())).Status);
        Assert.Equal(PutStatus.AlreadyThere, (await PutAsync("a", "x"u8.ToArray(), onlyIfAbsent: false)).Status);
        Assert.Equal(PutStatus.Stored, (await Store.ProbeAsync(CancellationToken.None)).Status);
    }

    [Fact]
    public async Task A_missing_bucket_is_waited_for()
    {
        await using var store = StoreWith(new GcsSettings { Bucket = "another-one", Endpoint = _server.Url });

        var result = await store.ProbeAsync(CancellationToken.None);

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.Equal("Google answered 404 notFound: The specified bucket does not exist.; create the bucket: the collector never does", result.Message);
    }

    /// <summary>The SDK refuses it before anything is sent.</summary>
    [Fact]
    public async Task A_name_that_no_bucket_has_is_told()
    {
        await using var store = StoreWith(new GcsSettings { Bucket = "No/Bucket", Endpoint = _server.Url });

        var result = await store.PutAsync(Item("a", "x"u8.ToArray()), CancellationToken.None);

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.EndsWith("; correct store.bucket", result.Message, StringComparison.Ordinal);
        Assert.Equal(result.Status, (await store.ProbeAsync(CancellationToken.None)).Status);
        Assert.NotEqual(Sight.Ours, await store.LookAsync(Item("a", "x"u8.ToArray()), CancellationToken.None));
        Assert.Empty(_server.Requests);
    }

    /// <summary>Such as an emulator in a container, which says 0.0.0.0.</summary>
    [Theory]
    [InlineData("http://0.0.0.0:1")]
    [InlineData("https://storage.test")]
    public async Task An_upload_goes_on_where_it_was_begun_whatever_host_the_store_names(string named)
    {
        _server.SessionsAt = named;
        var body = new byte[GcsObjectStore.PieceSize + 1];

        Assert.Equal(PutStatus.Stored, (await PutAsync("large", body)).Status);
        Assert.Equal(body, Read("large"));
    }

    [Theory]
    [InlineData("https://storage.googleapis.com/upload/x", "https://www.googleapis.com/upload/x?upload_id=1", "https://www.googleapis.com/upload/x?upload_id=1")]
    [InlineData("https://storage.googleapis.com/upload/x", "http://www.googleapis.com/upload/x?upload_id=1", "https://storage.googleapis.com/upload/x?upload_id=1")]
    [InlineData("http://gcs:4443/upload/x", "/upload/y?upload_id=1", "http://gcs:4443/upload/y?upload_id=1")]
    public void A_session_is_at_Google_or_where_it_was_asked_for(string asked, string location, string session) =>
        Assert.Equal(new Uri(session), GcsPlace.SessionAt(new Uri(asked), new Uri(location, UriKind.RelativeOrAbsolute)));

    [Theory]
    [InlineData("http://")]
    [InlineData("gcs:port")]
    [InlineData("ftp://gcs")]
    [InlineData("a b:4443")]
    public async Task An_emulator_in_the_environment_that_is_no_address_is_named_at_start(string emulator)
    {
        await using var store = new GcsObjectStore(
            new GcsSettings { Bucket = GcsBucket.Name }, name => name == "STORAGE_EMULATOR_HOST" ? emulator : null, TimeProvider.System);
        var problem = $"STORAGE_EMULATOR_HOST {emulator} is not an address: write HOST:PORT or a URL, or unset it";

        Assert.Equal(problem, await store.AuthenticateAsync(CancellationToken.None));
        Assert.Equal(new PutResult(PutStatus.Unavailable, problem), await store.ProbeAsync(CancellationToken.None));
        Assert.Equal(new PutResult(PutStatus.Unavailable, problem), await store.PutAsync(Item("a", "x"u8.ToArray()), CancellationToken.None));
    }

    [Theory]
    [InlineData("")]
    [InlineData("http://")]
    public async Task An_emulator_in_the_environment_needs_no_identity(string scheme)
    {
        var variables = new Dictionary<string, string> { ["STORAGE_EMULATOR_HOST"] = scheme + _server.Url["http://".Length..] };
        await using var store = new GcsObjectStore(new GcsSettings { Bucket = GcsBucket.Name }, variables.GetValueOrDefault, TimeProvider.System);

        Assert.Equal(PutStatus.Stored, (await store.PutAsync(Item("a", "x"u8.ToArray()), CancellationToken.None)).Status);
        Assert.Equal("gcs logs-of-a-test as nobody", store.Description);
    }

    private static GcsObjectStore StoreWith(GcsSettings settings) =>
        new(settings with { Identity = new GoogleIdentitySettings { Type = GoogleIdentityType.None } }, _ => null, TimeProvider.System);
}
