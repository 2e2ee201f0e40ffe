using System.Security.Cryptography;
using Collector.Pipeline.Upload;
using Xunit;

namespace Collector.ObjectStores.Tests;

/// <summary>What every store does alike; each has a subclass that says how to look into it from outside.</summary>
public abstract class ObjectStoreContract
{
    /// <summary>What an output seals by default, and stores may send in one request (contract §2).</summary>
    private const int LargestBody = 48_000_000;

    /// <summary>The store under test.</summary>
    protected abstract IObjectStore Store { get; }

    /// <summary>The bytes of an object, read past the store; null when there is none.</summary>
    protected abstract byte[]? Read(string key);

    /// <summary>All there is, whatever its name: unfinished uploads and temporary files too.</summary>
    protected abstract IReadOnlyList<string> ListEverything();

    [Fact]
    public async Task An_object_is_stored_as_it_is()
    {
        var result = await PutAsync("logs/a.jsonl", "hello"u8.ToArray());

        Assert.Equal(PutStatus.Stored, result.Status);
        Assert.Equal("hello"u8.ToArray(), Read("logs/a.jsonl"));
        Assert.Equal(["logs/a.jsonl"], ListEverything());
    }

    [Fact]
    public virtual async Task The_second_of_two_attempts_at_a_key_finds_it_there_and_leaves_it_alone()
    {
        await PutAsync("logs/a", "first"u8.ToArray());

        Assert.Equal(PutStatus.AlreadyThere, (await PutAsync("logs/a", "first"u8.ToArray())).Status);
        Assert.Equal(PutStatus.AlreadyThere, (await PutAsync("logs/a", "other"u8.ToArray())).Status);
        Assert.Equal("first"u8.ToArray(), Read("logs/a"));
        Assert.Equal(["logs/a"], ListEverything());
    }

    [Fact]
    public async Task Without_the_condition_the_last_one_stays()
    {
        await PutAsync("logs/a", "first"u8.ToArray(), onlyIfAbsent: false);

        Assert.Equal(PutStatus.Stored, (await PutAsync("logs/a", "second"u8.ToArray(), onlyIfAbsent: false)).Status);
        Assert.Equal("second"u8.ToArray(), Read("logs/a"));
        Assert.Equal(["logs/a"], ListEverything());
    }

    [Fact]
    public async Task An_empty_body_makes_an_empty_object()
    {
        Assert.Equal(PutStatus.Stored, (await PutAsync("empty", [])).Status);
        Assert.Equal([], Read("empty")!);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("year=2026/month=11/x.jsonl.gz")]
    [InlineData("persisted-logs/namespace-none.pod-a_b.cont-c/1700000000000-node-1-000000.jsonl")]
    [InlineData("a..b/..c/d../...")]
    [InlineData("-/_/=/.hidden")]
    public async Task Every_key_that_a_template_can_make_is_taken_as_it_is(string key)
    {
        Assert.Equal(PutStatus.Stored, (await PutAsync(key, "x"u8.ToArray())).Status);
        Assert.Equal("x"u8.ToArray(), Read(key));
        Assert.Equal([key], ListEverything());
    }

    [Fact]
    public async Task The_largest_key_is_taken()
    {
        var key = string.Join('/', Enumerable.Repeat(new string('k', 200), 5)) + "/" + new string('n', 19);
        Assert.Equal(1024, key.Length);

        Assert.Equal(PutStatus.Stored, (await PutAsync(key, "x"u8.ToArray())).Status);
        Assert.Equal("x"u8.ToArray(), Read(key));
    }

    [Fact]
    public async Task The_largest_body_arrives_whole()
    {
        var body = new byte[LargestBody];
        new Random(1).NextBytes(body);

        Assert.Equal(PutStatus.Stored, (await PutAsync("large", body)).Status);
        Assert.Equal(SHA256.HashData(body), SHA256.HashData(Read("large")!));
    }

    [Fact]
    public virtual async Task A_cancelled_attempt_stores_nothing_and_the_next_one_does()
    {
        using var cancellation = new CancellationTokenSource();
        var item = Item("logs/a", new byte[1_000_000]) with { OpenBody = () => new CancellingStream(new byte[1_000_000], cancellation) };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.PutAsync(item, cancellation.Token));
        Assert.Empty(ListEverything());

        Assert.Equal(PutStatus.Stored, (await PutAsync("logs/a", "x"u8.ToArray())).Status);
        Assert.Equal(["logs/a"], ListEverything());
    }

    [Fact]
    public virtual async Task A_body_that_cannot_be_read_stores_nothing_and_is_no_fault_of_the_store()
    {
        var item = Item("logs/a", new byte[1_000_000]) with { OpenBody = () => new FailingStream(500_000) };

        await Assert.ThrowsAsync<IOException>(() => Store.PutAsync(item, CancellationToken.None));
        Assert.Empty(ListEverything());
    }

    [Fact]
    public async Task The_body_is_disposed()
    {
        var opened = new List<MemoryStream>();
        var item = Item("a", "x"u8.ToArray()) with
        {
            OpenBody = () =>
            {
                opened.Add(new MemoryStream("x"u8.ToArray()));
                return opened[^1];
            },
        };

        await Store.PutAsync(item, CancellationToken.None);

        Assert.NotEmpty(opened);
        Assert.All(opened, stream => Assert.False(stream.CanRead));
    }

    [Fact]
    public async Task Many_keys_are_written_at_once()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => PutAsync($"p{i % 3}/{i}", [(byte)i])));

        Assert.All(results, result => Assert.Equal(PutStatus.Stored, result.Status));
        Assert.All(Enumerable.Range(0, 20), i => Assert.Equal([(byte)i], Read($"p{i % 3}/{i}")!));
    }

    [Fact]
    public virtual async Task A_probe_succeeds_and_leaves_nothing_behind()
    {
        Assert.Equal(PutStatus.Stored, (await Store.ProbeAsync(CancellationToken.None)).Status);
        Assert.Equal(PutStatus.Stored, (await Store.ProbeAsync(CancellationToken.None)).Status);
        Assert.Empty(ListEverything());
    }

    protected static ObjectToPut Item(string key, byte[] body, bool onlyIfAbsent = true) => NewItem(key, body, onlyIfAbsent);

    internal static ObjectToPut NewItem(string key, byte[] body, bool onlyIfAbsent) => new()
    {
        Key = key,
        ContentType = "application/x-ndjson",
        Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["records"] = "1", ["node"] = "node-1", ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(body)) },
        Length = body.Length,
        Sha256 = SHA256.HashData(body),
        OpenBody = () => new MemoryStream(body, writable: false),
        OnlyIfAbsent = onlyIfAbsent,
    };

    protected Task<PutResult> PutAsync(string key, byte[] body, bool onlyIfAbsent = true) =>
        Store.PutAsync(Item(key, body, onlyIfAbsent), CancellationToken.None);
}
