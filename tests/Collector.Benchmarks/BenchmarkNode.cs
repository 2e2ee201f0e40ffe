namespace Collector.Benchmarks;

/// <summary>A node's logs on the disk, and its pods in the API, until it is disposed.</summary>
internal sealed class BenchmarkNode : IDisposable
{
    private readonly BenchmarkCluster _cluster;

    public BenchmarkNode(BenchmarkSettings settings, BenchmarkCluster cluster, int files, long bytes)
    {
        _cluster = cluster;
        Logs = new NodeLogs(Path.Join(settings.Directory, "node"), files, bytes);
        cluster.Add(Logs);
    }

    public NodeLogs Logs { get; }

    public void Dispose()
    {
        _cluster.Remove(Logs);
        Directory.Delete(Logs.Tree.Root, recursive: true);
    }
}
