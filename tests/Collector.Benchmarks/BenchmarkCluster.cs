using Collector.Testing.Kubernetes;

namespace Collector.Benchmarks;

/// <summary>The API server that the agent asks for its pods, and the kubeconfig that leads there.</summary>
internal sealed class BenchmarkCluster : IAsyncDisposable
{
    private readonly FakeApi _api = new();

    public BenchmarkCluster(string directory)
    {
        _api.StartAsync().GetAwaiter().GetResult();
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Join(directory, "token"), "good");
        Kubeconfig = Path.Join(directory, "kubeconfig");
        File.WriteAllText(Kubeconfig, $$"""
            current-context: bench
            contexts: [{name: bench, context: {cluster: bench, user: bench} }]
            clusters: [{name: bench, cluster: {server: '{{_api.Address}}'} }]
            users: [{name: bench, user: {tokenFile: token} }]

            """);
    }

    public string Kubeconfig { get; }

    /// <summary>Makes the node's pods known.</summary>
    public void Add(NodeLogs node)
    {
        foreach (var pod in node.Pods())
        {
            _api.Store.Put("pods", pod.ToJson());
        }
    }

    public void Remove(NodeLogs node)
    {
        foreach (var pod in node.Pods())
        {
            _api.Store.Delete("pods", pod.Namespace, pod.Name);
        }
    }

    public ValueTask DisposeAsync() => _api.DisposeAsync();
}
