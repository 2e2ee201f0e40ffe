using Collector.EndToEnd.Helpers;
using Collector.Testing.Node;
using Collector.Testing.Oracle;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Harness;

/// <summary>
/// The directories of one test, the configuration that joins them, and the collectors that run on it. Disposing it ends them all.
/// </summary>
internal sealed class Stage : IDisposable
{
    public const string NodeName = "node1";

    private readonly TemporaryDirectory directory = new();
    private readonly List<Agent> agents = [];
    private int lives;

    public Stage()
    {
        DataDir = directory.Sub("data");
        Tree = new NodeTree(directory.Sub("node"));
        Directory.CreateDirectory(Objects);
        Sources = [ContainersSource()];
        Outputs = [new OutputYaml()];
    }

    public NodeTree Tree { get; }

    /// <summary>What the collector is told that its node is called.</summary>
    public string Node { get; set; } = NodeName;

    public string Root => directory.Path;

    /// <summary>The store of the default output.</summary>
    public string Objects => directory.Sub("objects");

    public string DataDir { get; set; }

    public string ConfigPath => directory.Sub("collector.yaml");

    /// <summary>Each in flow style.</summary>
    public IReadOnlyList<string> Sources { get; set; }

    public IReadOnlyList<OutputYaml> Outputs { get; set; }

    public string Grace { get; set; } = "10s";

    public string Listen { get; set; } = "127.0.0.1:0";

    /// <summary>Whole lines at the end of the configuration.</summary>
    public string More { get; set; } = "";

    /// <summary>Disks of build machines are full; what <c>minFreeDisk</c> does is a test of its own.</summary>
    public string Buffer { get; set; } = "minFreeDisk: 1MiB";

    /// <summary>Without an API, unless a test has one.</summary>
    public string Kubernetes { get; set; } = "enabled: false";

    public string LogFormat { get; set; } = "{level: debug, format: json}";

    public string Binary { get; set; } = CollectorBinary.Path;

    /// <summary>What the collector is started with in front of it (<c>faketime</c>, <c>setpriv</c>), program first.</summary>
    public IReadOnlyList<string> Launcher { get; set; } = [];

    /// <summary>The configuration as it is written; null: what the others say.</summary>
    public string? Written { get; set; }

    public string Sub(string name) => directory.Sub(name);

    public string ContainersSource(string more = "") =>
        $"{{type: containers, path: '{Tree.Containers}/*.log', podLogs: '{Tree.Pods}'{(more.Length > 0 ? ", " + more : "")}}}";

    public string Configuration() => $$"""
        node: {{Node}}
        dataDir: {{DataDir}}
        kubernetes: {{{Kubernetes}}}
        sources: [{{string.Join(",\n  ", Sources)}}]
        outputs: [{{string.Join(",\n  ", Outputs.Select(o => o.Render(this)))}}]
        buffer: {{{Buffer}}}
        telemetry: {listen: "{{Listen}}", log: {{LogFormat}}}
        shutdown: {grace: {{Grace}}}
        {{More}}

        """;

    /// <summary>Writes the configuration and starts <c>collector run</c>. It may not be ready yet.</summary>
    public Agent Launch(bool once = false)
    {
        File.WriteAllText(ConfigPath, Written ?? Configuration());
        string[] run = once ? ["run", "--config", ConfigPath, "--once"] : ["run", "--config", ConfigPath];
        string log = Sub($"life-{++lives}");
        string[] arguments = [.. Launcher.Skip(1), .. Launcher.Count > 0 ? [Binary] : Array.Empty<string>(), .. run];
        var agent = new Agent(CollectorProcess.Start(Launcher.Count > 0 ? Launcher[0] : Binary, log, arguments), log);
        agents.Add(agent);
        return agent;
    }

    /// <summary>Starts <c>collector run</c> and waits until it is ready.</summary>
    public Agent Start()
    {
        Agent agent = Launch();
        agent.AwaitReady();
        return agent;
    }

    /// <summary><c>collector run --once</c>; the exit code.</summary>
    public int RunOnce(out Agent ended)
    {
        ended = Launch(once: true);
        return ended.WaitForExit();
    }

    public int RunOnce() => RunOnce(out _);

    /// <summary>The store of the default output against the ledger.</summary>
    public OracleReport Check(Ledger ledger, OracleOptions? options = null, string? objects = null) =>
        ObjectOracle.Check(objects ?? Objects, ledger, (options ?? new OracleOptions()) with { Node = Node });

    /// <summary>Waits until as many records are stored as were written, and asserts that they are the same ones.</summary>
    public OracleReport AwaitStored(Ledger ledger, OracleOptions? options = null, string? objects = null)
    {
        OracleReport report = Check(ledger, options, objects);
        Retry.Within(() => (report = Check(ledger, options, objects)).RecordsStored >= report.RecordsWritten - report.Excused, Agent.Patience);
        Assert.True(report.IsClean, report.ToString());
        return report;
    }

    public void Dispose()
    {
        agents.ForEach(a => a.Dispose());
        directory.Dispose();
    }
}
