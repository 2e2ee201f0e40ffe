using System.Text;
using Collector.Pipeline.Upload;
using Xunit;

namespace Collector.ObjectStores.Tests;

/// <summary>What every store is read like; what is read was written by the store's own writer.</summary>
public abstract class ObjectReaderContract : IAsyncLifetime
{
    protected abstract IObjectStore Store { get; }

    protected abstract IObjectReader Reader { get; }

    /// <summary>The same as whom nothing is allowed; null where that cannot be had.</summary>
    protected abstract IObjectReader? Stranger { get; }

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        await Reader.DisposeAsync();
        await Store.DisposeAsync();
        if (Stranger is { } stranger)
            await stranger.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Keys_of_a_prefix_come_in_order_with_their_lengths()
    {
        var before = DateTimeOffset.UtcNow.AddMinutes(-1);
        await PutAsync("b/2/x", "b/1", "bc/0", "b/3", "a", "bb");

        var page = await ListAsync(new ObjectQuery("b/"));

        Assert.Equal(["b/1", "b/2/x", "b/3"], page.Objects.Select(item => item.Key));
        Assert.Empty(page.Directories);
        Assert.Null(page.Next);
        Assert.All(page.Objects, item => Assert.Equal(item.Key.Length, item.Length));
        Assert.All(page.Objects, item => Assert.InRange(item.Modified, before, DateTimeOffset.UtcNow.AddMinutes(1)));
        Assert.Equal(["a", "b/1", "b/2/x", "b/3", "bb", "bc/0"], (await ListAsync(new ObjectQuery(""))).Objects.Select(item => item.Key));
    }

    [Fact]
    public async Task A_prefix_may_end_within_a_name()
    {
        await PutAsync("logs/pod-a.x/1", "logs/pod-ab.x/1", "logs/pod-b.x/1", "logs/pod-a");

        Assert.Equal(["logs/pod-a", "logs/pod-a.x/1", "logs/pod-ab.x/1"], (await ListAsync(new ObjectQuery("logs/pod-a"))).Objects.Select(item => item.Key));
        Assert.Empty((await ListAsync(new ObjectQuery("logs/pod-z"))).Objects);
        Assert.Empty((await ListAsync(new ObjectQuery("nothing/here/"))).Objects);
    }

    [Fact]
    public async Task By_directory_each_beginning_is_told_once()
    {
        await PutAsync("logs/pod-a.x/1", "logs/pod-a.x/2", "logs/pod-b.y/1", "logs/pod-c", "other/1");

        var page = await ListAsync(new ObjectQuery("logs/pod-") { IsByDirectory = true });

        Assert.Equal(["logs/pod-a.x/", "logs/pod-b.y/"], page.Directories);
        Assert.Equal(["logs/pod-c"], page.Objects.Select(item => item.Key));
        Assert.Equal(["logs/", "other/"], (await ListAsync(new ObjectQuery("") { IsByDirectory = true })).Directories);
    }

    [Fact]
    public async Task Only_what_is_above_a_key_is_listed()
    {
        await PutAsync("p/1", "p/2", "p/3/x", "p/4");

        Assert.Equal(["p/3/x", "p/4"], (await ListAsync(new ObjectQuery("p/") { StartAfter = "p/2" })).Objects.Select(item => item.Key));
        Assert.Equal(["p/3/x", "p/4"], (await ListAsync(new ObjectQuery("p/") { StartAfter = "p/25" })).Objects.Select(item => item.Key));
        Assert.Equal(["p/1", "p/2", "p/3/x", "p/4"], (await ListAsync(new ObjectQuery("p/") { StartAfter = "a" })).Objects.Select(item => item.Key));
        Assert.Empty((await ListAsync(new ObjectQuery("p/") { StartAfter = "p/4" })).Objects);
    }

    [Fact]
    public virtual async Task Pages_follow_each_other_without_gap_or_overlap()
    {
        var keys = Enumerable.Range(0, MoreThanAPage).Select(i => $"p/{i / 10:D4}/{i:D5}").ToArray();
        foreach (var some in keys.Chunk(50))
            await PutAsync(some);

        Assert.Equal(keys, (await AllAsync(new ObjectQuery("p/"))).Objects.Select(item => item.Key));
        Assert.Equal(keys.Skip(11), (await AllAsync(new ObjectQuery("p/") { StartAfter = keys[10] })).Objects.Select(item => item.Key));
        Assert.Equal(keys.Select(key => key[..7]).Distinct(), (await AllAsync(new ObjectQuery("p/") { IsByDirectory = true })).Directories);
    }

    [Fact]
    public async Task An_object_is_read_from_any_offset_on()
    {
        await Store.PutAsync(ObjectStoreContract.NewItem("logs/a", "0123456789"u8.ToArray(), onlyIfAbsent: true), CancellationToken.None);

        Assert.Equal("0123456789", await ReadAsync("logs/a", 0));
        Assert.Equal("789", await ReadAsync("logs/a", 7));
        Assert.Equal("", await ReadAsync("logs/a", 10));
    }

    [Fact]
    public async Task An_empty_object_is_empty()
    {
        await Store.PutAsync(ObjectStoreContract.NewItem("empty", [], onlyIfAbsent: true), CancellationToken.None);

        Assert.Equal("", await ReadAsync("empty", 0));
    }

    [Fact]
    public async Task A_large_object_arrives_whole()
    {
        var body = new byte[5_000_000];
        new Random(1).NextBytes(body);
        await Store.PutAsync(ObjectStoreContract.NewItem("large", body, onlyIfAbsent: true), CancellationToken.None);

        await using var stream = await Reader.OpenAsync("large", 1_000_000, CancellationToken.None);
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy, CancellationToken.None);
        Assert.Equal(body[1_000_000..], copy.ToArray());
    }

    [Fact]
    public async Task What_is_not_there_is_said_so()
    {
        await PutAsync("a");

        var missing = await Assert.ThrowsAsync<StoreReadException>(() => ReadAsync("b/c", 0));
        Assert.Equal(ReadTrouble.NotFound, missing.Trouble);
    }

    [Fact]
    public async Task Who_may_not_read_is_told_which_permission_is_missing()
    {
        await PutAsync("a");
        if (Stranger is null)
            Assert.Skip("this store lets everybody in");

        var refused = await Assert.ThrowsAsync<StoreReadException>(() => Stranger.ListAsync(new ObjectQuery(""), CancellationToken.None));
        Assert.Equal(ReadTrouble.Refused, refused.Trouble);
        Assert.Matches("needs|credentials|signature", refused.Message);
    }

    [Fact]
    public async Task What_was_cancelled_is_cancelled()
    {
        await PutAsync("a");
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Reader.ListAsync(new ObjectQuery(""), cancelled.Token));
    }

    /// <summary>Azurite's are of 5,000.</summary>
    protected virtual int MoreThanAPage => 1500;

    private Task<ObjectPage> ListAsync(ObjectQuery query) => Reader.ListAsync(query, CancellationToken.None);

    private async Task<ObjectPage> AllAsync(ObjectQuery query)
    {
        var (objects, directories, pages) = (new List<StoredObject>(), new List<string>(), 0);
        string? next = null;
        do
        {
            var page = await ListAsync(query with { Continuation = next });
            objects.AddRange(page.Objects);
            directories.AddRange(page.Directories);
            next = page.Next;
            pages++;
        }
        while (next is not null);
        Assert.True(pages > 1 || query.IsByDirectory, "all on one page shows nothing");
        return new ObjectPage(objects, directories, null);
    }

    private async Task<string> ReadAsync(string key, long offset)
    {
        await using var stream = await Reader.OpenAsync(key, offset, CancellationToken.None);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync(CancellationToken.None);
    }

    /// <summary>Each object's body is as long as its key.</summary>
    private async Task PutAsync(params string[] keys)
    {
        var results = await Task.WhenAll(keys.Select(key => Store.PutAsync(ObjectStoreContract.NewItem(key, Encoding.ASCII.GetBytes(key), onlyIfAbsent: true), CancellationToken.None)));
        Assert.All(results, result => Assert.Equal(PutStatus.Stored, result.Status));
    }
}
