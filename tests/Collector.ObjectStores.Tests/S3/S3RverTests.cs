using Collector.Pipeline.Upload;
using Xunit;

namespace Collector.ObjectStores.Tests.S3;

/// <summary>
/// The contract straight against s3rver, which stands for stores that know neither conditions nor digests, and write in place.
/// What cannot hold there is turned into what does, so that a server that learns it is noticed.
/// </summary>
public sealed class S3RverTests(S3RverFixture s3rver) : ObjectStoreContract, IClassFixture<S3RverFixture>, IAsyncLifetime
{
    private readonly string _bucket = s3rver.NewBucket();
    private IObjectStore _store = null!;

    protected override IObjectStore Store => _store;

    public ValueTask InitializeAsync()
    {
        _store = Stores.Open(Stores.Settings(s3rver.Server.Endpoint, _bucket));
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    /// <summary>s3rver ignores the condition; as every attempt at a key sends the same bytes, what stays is right all the same.</summary>
    [Fact]
    public override async Task The_second_of_two_attempts_at_a_key_finds_it_there_and_leaves_it_alone()
    {
        Assert.Equal(PutStatus.Stored, (await PutAsync("logs/a", "same"u8.ToArray())).Status);
        Assert.Equal(PutStatus.Stored, (await PutAsync("logs/a", "same"u8.ToArray())).Status);
        Assert.Equal("same"u8.ToArray(), Read("logs/a"));
    }

    /// <summary>s3rver checks no digest: the probe passes, and leaves its object.</summary>
    [Fact]
    public override async Task A_probe_succeeds_and_leaves_nothing_behind()
    {
        Assert.Equal(PutStatus.Stored, (await Store.ProbeAsync(CancellationToken.None)).Status);
        Assert.Equal(PutStatus.Stored, (await Store.ProbeAsync(CancellationToken.None)).Status);
        Assert.Equal([".collector-probe"], ListEverything());
    }

    /// <summary>s3rver writes in place, so half an object may stay until the next attempt replaces it.</summary>
    [Fact]
    public override async Task A_cancelled_attempt_stores_nothing_and_the_next_one_does()
    {
        using var cancellation = new CancellationTokenSource();
        var item = Item("logs/a", new byte[1_000_000]) with { OpenBody = () => new CancellingStream(new byte[1_000_000], cancellation) };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.PutAsync(item, cancellation.Token));

        Assert.Equal(PutStatus.Stored, (await PutAsync("logs/a", "x"u8.ToArray())).Status);
        Assert.Equal("x"u8.ToArray(), Read("logs/a"));
    }

    [Fact]
    public override async Task A_body_that_cannot_be_read_stores_nothing_and_is_no_fault_of_the_store()
    {
        var item = Item("logs/a", new byte[1_000_000]) with { OpenBody = () => new FailingStream(500_000) };

        await Assert.ThrowsAsync<IOException>(() => Store.PutAsync(item, CancellationToken.None));
    }

    protected override byte[]? Read(string key) => s3rver.Server.Read(_bucket, key);

    protected override IReadOnlyList<string> ListEverything() => s3rver.Server.Keys(_bucket);
}
