using Collector.Testing.Processes;

namespace Collector.Torture;

/// <summary>The directories of one run, and the configuration that joins them.</summary>
internal sealed class Workspace
{
    public const string NodeName = "node1";

    public Workspace(string directory, string batchMaxAge, string compression)
    {
        Root = Path.GetFullPath(directory);
        Directory.CreateDirectory(Root);
        if (Directory.EnumerateFileSystemEntries(Root).Any()) throw new IOException($"{Root} is not empty; a run needs a directory of its own.");
        Directory.CreateDirectory(Objects);
        Address = $"127.0.0.1:{FreePort.Find()}";
        File.WriteAllText(Config, Yaml(batchMaxAge, compression));
    }

    public string Root { get; }

    public string Node => Path.Combine(Root, "node");

    public string Objects => Path.Combine(Root, "objects");

    public string Config => Path.Combine(Root, "collector.yaml");

    public string Ledger => Path.Combine(Root, "ledger.json");

    /// <summary>What the collector says; <c>.out</c> and <c>.err</c> are added.</summary>
    public string Log => Path.Combine(Root, "collector");

    /// <summary>Where <c>/metrics</c> is.</summary>
    public string Address { get; }

    // Object sizes are small and disks of build machines full: neither is what is tried here.
    private string Yaml(string batchMaxAge, string compression) => $$"""
        node: {{NodeName}}
        dataDir: {{Root}}/data
        kubernetes: {enabled: false}
        sources:
          - name: containers
            type: containers
            path: {{Node}}/containers/*.log
            podLogs: {{Node}}/pods
        outputs:
          - name: default
            store: {type: filesystem, path: {{Objects}}}
            compression: {{compression}}
            batch: {maxAge: {{batchMaxAge}}}
        buffer: {minFreeDisk: 64MiB}
        telemetry:
          listen: "{{Address}}"
          log: {format: text}

        """;
}
