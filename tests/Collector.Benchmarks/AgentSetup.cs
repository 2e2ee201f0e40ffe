using Collector.Testing.Node;
using Collector.Testing.Oracle;
using Collector.Testing.Processes;

namespace Collector.Benchmarks;

/// <summary>The agent with one output: its configuration, data dir and store below a directory of its own. Disposing it deletes them.</summary>
internal sealed class AgentSetup : IDisposable
{
    private readonly string _binary;
    private readonly string _directory;
    private readonly string _address = $"127.0.0.1:{FreePort.Find()}";

    public AgentSetup(BenchmarkSettings settings)
    {
        _binary = settings.Collector;
        _directory = Path.Join(settings.Directory, "agent");
        Store = $"{{type: filesystem, path: {Objects} }}";
        Directory.CreateDirectory(Objects);
    }

    public required NodeTree Node { get; init; }

    public required BenchmarkCluster Cluster { get; init; }

    /// <summary>The output's <c>store</c>; the directory <see cref="Objects"/> by default.</summary>
    public string Store { get; init; }

    public string Compression { get; init; } = "gzip";

    public string MaxAge { get; init; } = "5m";

    /// <summary>For so long <c>--once</c> goes on delivering what it has read.</summary>
    public string Grace { get; init; } = "5m";

    /// <summary>Further keys of the output, each with a comma before it.</summary>
    public string More { get; init; } = "";

    public string Objects => Path.Join(_directory, "objects");

    public string Data => Path.Join(_directory, "data");

    /// <summary>Reads and delivers what is there. Throws when the exit code is not the one expected.</summary>
    public ChildRun RunOnce(int expected = 0)
    {
        var run = ChildRun.Measure(_binary, "run", "--once", "--config", Configure());
        return run.ExitCode == expected ? run : throw new InvalidOperationException($"the agent ended with exit code {run.ExitCode}");
    }

    public CollectorProcess Start() => CollectorProcess.StartAgent(_binary, Configure(), Path.Join(_directory, "log"));

    public MetricsScrape? Scrape(CollectorProcess agent) =>
        agent.HasExited ? throw new InvalidOperationException($"the agent ended by itself; see {agent.ErrorPath}") : agent.TryScrape(_address);

    public bool IsReady(CollectorProcess agent) => agent.IsReady(_address);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string Configure()
    {
        var path = Path.Join(_directory, "collector.yaml");
        File.WriteAllText(path, $$"""
            cluster: bench
            node: node1
            dataDir: {{Data}}
            kubernetes: {kubeconfig: {{Cluster.Kubeconfig}} }
            sources: [{name: containers, type: containers, path: {{Node.Containers}}/*.log, podLogs: {{Node.Pods}} }]
            outputs: [{store: {{Store}}, compression: {{Compression}}, batch: {maxAge: {{MaxAge}} }, buffer: {maxSize: 100GiB}{{More}} }]
            buffer: {minFreeDisk: 1MB}
            telemetry: {listen: "{{_address}}", log: {level: warning} }
            shutdown: {grace: {{Grace}} }

            """);
        return path;
    }
}
