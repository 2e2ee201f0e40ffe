using Collector.ObjectStores.Http;
using Collector.Pipeline.Upload;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests;

/// <summary>With a real balancer between the store and two gateways: nginx as it comes.</summary>
public abstract partial class StoreFaultContract
{
    /// <summary>S-142: the first gateway stores the object and dies; nginx tells us what the second one said, where the method allows that.</summary>
    [Theory]
    [InlineData(1000)]
    [InlineData(2 * AskFirst.From)]
    public async Task A_request_that_a_balancer_repeats_is_one_object_that_we_know_again(int length)
    {
        MayLook = true;
        await using var other = new FaultyProxy(Server);
        using var nginx = new Nginx([Proxy.Url, other.Url]);
        await using var store = CreateStore(nginx.Url, Clock);
        Proxy.Next(new Fault.LoseAnswer(), from: length);
        var item = Item(Body(length), true);

        var first = await store.PutAsync(item, CancellationToken.None);

        Assert.Equal(Repeated, first.Status);
        Assert.Equal(Sight.Ours, await store.LookAsync(item, CancellationToken.None));
        Assert.Equal(PutStatus.AlreadyThere, (await store.PutAsync(item, CancellationToken.None)).Status);
        Assert.Equal(Body(length), Read(Key));
    }

    /// <summary>S-144: nginx's own limit, and its own page.</summary>
    [Fact]
    public async Task What_is_too_large_for_a_balancer_is_waited_for()
    {
        using var nginx = new Nginx([Proxy.Url], "1k");
        await using var store = CreateStore(nginx.Url, Clock);

        var result = await store.PutAsync(Item(Body(100_000), true), CancellationToken.None);

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.Contains("413: a web page; a proxy on the way refuses a body of this size", result.Message, StringComparison.Ordinal);
        Assert.Null(Read(Key));
    }

    /// <summary>No gateway is left: nginx's 502.</summary>
    [Fact]
    public async Task What_a_balancer_says_without_a_store_is_waited_for()
    {
        using var nginx = new Nginx(["http://127.0.0.1:1"]);
        await using var store = CreateStore(nginx.Url, Clock);

        Assert.Equal(PutStatus.Unavailable, (await store.PutAsync(Item(Body(10), true), CancellationToken.None)).Status);
        Assert.NotEqual(PutStatus.Stored, (await store.ProbeAsync(CancellationToken.None)).Status);
    }

    /// <summary>What the store says to a request that has reached it before, at the first attempt.</summary>
    protected virtual PutStatus Repeated => PutStatus.AlreadyThere;
}
