using Collector.Kubernetes;
using Collector.Pipeline.Diagnostics;
using Collector.Testing.Kubernetes;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Collector.Tests.Kubernetes;

/// <summary>A <see cref="FakeApi"/> over TLS, and an informer of the pods of <c>node1</c> that a test starts.</summary>
public abstract class ApiFixture : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    private protected ApiFixture()
    {
        Api = new FakeApi(Authority);
        Cache = new PodCache(TimeProvider.System);
        Metrics = new CollectorMetrics(TimeProvider.System, "1", "c");
    }

    private protected TestAuthority Authority { get; } = new();

    private protected FakeApi Api { get; }

    private protected PodCache Cache { get; }

    private protected CollectorMetrics Metrics { get; }

    private protected ResourceInformer Informer { get; private set; } = null!;

    /// <summary>Where token and CA are, as in a pod.</summary>
    private protected string ServiceAccount { get; } = Directory.CreateTempSubdirectory("serviceaccount").FullName;

    private protected ApiClient? Client { get; private set; }

    public virtual async ValueTask InitializeAsync()
    {
        File.WriteAllText(Path.Join(ServiceAccount, "token"), "good\n");
        File.WriteAllText(Path.Join(ServiceAccount, "ca.crt"), Authority.Pem);
        await Api.StartAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Until("the informer has ended", () => _running.IsCompleted);
        Client?.Dispose();
        await Api.DisposeAsync();
        Authority.Dispose();
        Metrics.Dispose();
        _stop.Dispose();
        Directory.Delete(ServiceAccount, recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected ApiAccess InCluster() =>
        ApiAccess.InCluster(name => name == "KUBERNETES_SERVICE_HOST" ? Api.Address.Host : Api.Address.Port.ToString(), ServiceAccount)!;

    private protected void Start(Func<ApiAccess>? access = null)
    {
        Client = new ApiClient(access ?? InCluster, Metrics);
        Informer = new ResourceInformer(ResourceQuery.PodsOf("node1"), Client, Cache, PodWishes.IsMeant, TimeSpan.Zero, TimeProvider.System, NullLogger.Instance);
        _running = Task.Run(() => Informer.RunAsync(_stop.Token));
    }

    private protected void Put(string uid, string label = "1", string node = "node1", string? name = null) =>
        Api.Store.Put("pods", new PodSpec("shop", name ?? uid, uid) { Node = node, Labels = new Dictionary<string, string> { ["version"] = label } }.ToJson());

    private protected string? LabelOf(string uid) => Cache.Find($"shop_{uid}_{uid}")?.Labels["version"];

    /// <summary>Until the watch has brought a change: that the list is there does not say that the watch has begun.</summary>
    private protected async Task UntilItWatches()
    {
        await Until("all are listed", () => Informer.State.IsSynced);
        Put("beacon");
        await Until("the watch is there", () => LabelOf("beacon") == "1");
    }

    /// <summary>Requests answered so far.</summary>
    private protected int Count(string verb, int code = 200) => Api.Requests.Count(r => r.Verb == verb && r.Code == code);

    private protected static async Task Until(string what, Func<bool> condition)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(deadline) < Patience, $"waited in vain until {what}");
            await Task.Delay(10);
        }
    }
}
