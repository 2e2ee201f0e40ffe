using Collector.Kubernetes;
using Collector.Tests.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Collector.Tests.Kubernetes;

/// <summary>An informer, and the probe, against what a real server answered.</summary>
public sealed class RecordedApiTests : IAsyncDisposable
{
    private const string Cart = "shop_cart-66fc884c54-4rnvf_8b3d07a8-ff60-4686-a65c-2e140237cd4a";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly RecordedApi _api = new();
    private readonly PodCache _cache = new(TimeProvider.System);

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    private async Task RunAsync(Func<bool> until)
    {
        await _api.StartAsync();
        using var client = new ApiClient(() => new ApiAccess { Server = _api.Address }, metrics: null);
        var informer = new ResourceInformer(ResourceQuery.PodsOf("node1"), client, _cache, _ => true, TimeSpan.Zero, TimeProvider.System, NullLogger.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var running = informer.RunAsync(stop.Token);
        var since = TimeProvider.System.GetTimestamp();
        while (!until())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(since) < s_patience, $"after {string.Join(", ", _api.Queries)}");
            await Task.Delay(10);
        }

        await stop.CancelAsync();
        await running;
    }

    /// <summary>95 seconds of a real node, then the compaction, then the node three minutes later.</summary>
    [Fact]
    public async Task A_real_node_is_followed_through_list_watch_expiry_and_list()
    {
        _api.Answer("list.json").Answer("watch.jsonl").Answer("watch-expired.jsonl").Answer("list-at-logs.json");

        await RunAsync(() => _api.Queries.Count == 5);

        const string Selector = "/api/v1/pods?fieldSelector=spec.nodeName%3Dnode1&";
        Assert.Collection(
            _api.Queries,
            query => Assert.Equal(Selector + "limit=500&resourceVersion=0", query),
            query => Assert.StartsWith(Selector + "watch=true&allowWatchBookmarks=true&resourceVersion=548&timeoutSeconds=", query, StringComparison.Ordinal),
            query => Assert.Contains("&resourceVersion=815&", query, StringComparison.Ordinal),
            query => Assert.Equal(Selector + "resourceVersion=815", query),
            query => Assert.Contains("watch=true&allowWatchBookmarks=true&resourceVersion=1013&", query, StringComparison.Ordinal));
        Assert.Equal("Deployment cart", Owner(Cart));
        Assert.Null(_cache.Find(Cart)!.DeletedAt);

        // The CronJob's pod that came and went, which no list ever had, and whose log was still there.
        var nightly = _cache.Find("shop_nightly-29920353-77r4h_18c176f9-5386-41cb-80cd-3a25ee38c336");
        Assert.True(nightly is { DeletedAt: not null, IsOver: true });
    }

    [Fact]
    public async Task Real_pages_that_expire_are_asked_for_in_one()
    {
        _api.Answer("list-page-1.json").Answer("list-page-2.json").Answer("list-continue-expired.json", StatusCodes.Status410Gone).Answer("list.json");

        await RunAsync(() => _api.Queries.Count == 5);

        Assert.Equal(
            ["&limit=500&resourceVersion=0", "&limit=500&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6NTQ4LCJzdGFydCI6Ii9zaG9wL2NyYXNoZXJcdTAwMDAifQ",
                "&limit=500&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6NTQ4LCJzdGFydCI6Ii9zaG9wL25vaXN5XHUwMDAwIn0", "&resourceVersion=0"],
            _api.Queries.Take(4).Select(query => query[query.IndexOf('&', StringComparison.Ordinal)..]));
        Assert.Equal(8, _cache.TakeUnsaved().Count);
    }

    /// <summary>What RBAC lacks is in the server's own words: the verb and the resource.</summary>
    [Theory]
    [InlineData("forbidden-namespaces.json", 403, "cannot list resource \"namespaces\" in API group \"\" at the cluster scope; allow the service account to get, list and watch namespaces")]
    [InlineData("unauthorized.json", 401, "401: Unauthorized; the token or certificate is not")]
    public async Task A_real_refusal_is_explained(string answer, int code, string told)
    {
        _api.Answer("list.json").Answer("watch.jsonl").Answer(answer, code);
        await _api.StartAsync();
        var kubeconfig = Path.Join(Directory.CreateTempSubdirectory("kubeconfig").FullName, "kubeconfig");
        await File.WriteAllTextAsync(
            kubeconfig, $"current-context: a\ncontexts: [{{name: a, context: {{cluster: b, user: c}}}}]\nclusters: [{{name: b, cluster: {{server: '{_api.Address}'}}}}]\nusers: [{{name: c, user: {{}}}}]", TestContext.Current.CancellationToken);

        var found = await ApiProbe.AskAsync(Yaml.Valid($"{Yaml.Minimal}node: node1\nkubernetes: {{kubeconfig: {kubeconfig}, namespaceLabels: true}}"), _ => null, ApiProbe.Patience, TestContext.Current.CancellationToken);

        Assert.Equal([ApiProbeResult.Fine, ApiProbeResult.Refused], found.Select(f => f.Result));
        Assert.Contains(told, found[1].Text, StringComparison.Ordinal);
        File.Delete(kubeconfig);
    }

    private string Owner(string directory) => $"{_cache.Find(directory)?.OwnerKind} {_cache.Find(directory)?.OwnerName}";
}
