using System.Text.Json;
using Collector.EndToEnd.Harness;
using Collector.Testing.Kubernetes;
using Collector.Testing.Processes;

namespace Collector.EndToEnd.Kubernetes;

/// <summary>A <see cref="Stage"/> with an API server over TLS, which lets the collector get, list and watch pods, and nothing else.</summary>
internal sealed class ClusterStage : IAsyncDisposable
{
    private readonly TestAuthority authority = new();

    public ClusterStage() => Api = new FakeApi(authority);

    public Stage Stage { get; } = new();

    public FakeApi Api { get; }

    /// <summary>Signs the API's certificate; <c>ca.crt</c> beside the kubeconfig.</summary>
    public TestAuthority Authority => authority;

    public string TokenFile => Stage.Sub("token");

    /// <summary>Starts the API server and writes the kubeconfig for it.</summary>
    public async Task StartApiAsync()
    {
        await Api.StartAsync();
        await File.WriteAllTextAsync(TokenFile, "good");
        await File.WriteAllTextAsync(Stage.Sub("ca.crt"), authority.Pem);
        await File.WriteAllTextAsync(Stage.Sub("kubeconfig"), $$"""
            current-context: test
            contexts: [{name: test, context: {cluster: test, user: test} }]
            clusters: [{name: test, cluster: {server: '{{Api.Address}}', certificate-authority: ca.crt} }]
            users: [{name: test, user: {tokenFile: token} }]

            """);
        Configure();
    }

    /// <summary>With further keys of <c>kubernetes</c>.</summary>
    public void Configure(string more = "") => Stage.Kubernetes = $"kubeconfig: {Stage.Sub("kubeconfig")}{(more.Length > 0 ? ", " + more : "")}";

    /// <summary>The pod that <see cref="PodLog"/> writes for by default, unless told otherwise.</summary>
    public static PodSpec Pod(string name = "cart", string uid = PodLog.Uid, string id = PodLog.Id, params (string Key, string Value)[] labels) => new("shop", name, uid)
    {
        Labels = labels.ToDictionary(l => l.Key, l => l.Value),
        Owner = ("ReplicaSet", "cart-66fc884c54"),
        Containers = [new ContainerSpec("app") { Id = id }],
    };

    public void Put(PodSpec pod) => Api.Store.Put("pods", pod.ToJson());

    /// <summary>The record with that text, once it is stored.</summary>
    public JsonElement Await(string text)
    {
        JsonElement found = default;
        Retry.Until($"'{text}' is stored", () => StoredRecords.All(Stage.Objects).Any(r => r.GetProperty("log").GetString() == text && (found = r).ValueKind == JsonValueKind.Object), Agent.Patience);
        return found;
    }

    public static string? Label(JsonElement record, string key) =>
        record.GetProperty("kubernetes").TryGetProperty("labels", out JsonElement labels) && labels.TryGetProperty(key, out JsonElement value) ? value.GetString() : null;

    public static string? Field(JsonElement record, string name) =>
        record.GetProperty("kubernetes").TryGetProperty(name, out JsonElement value) ? value.ToString() : null;

    /// <summary>Waits until the collector has seen what the API has now: a pod of its own is put, and told of on the disk.</summary>
    public void AwaitSeen()
    {
        string uid = Guid.NewGuid().ToString();
        Put(new PodSpec("other", "marker", uid));
        Retry.Until("the watch has come so far", () => File.Exists(Path.Combine(Stage.DataDir, "pods", uid + ".json")), Agent.Patience);
    }

    public async ValueTask DisposeAsync()
    {
        Stage.Dispose();
        await Api.DisposeAsync();
        authority.Dispose();
    }
}
