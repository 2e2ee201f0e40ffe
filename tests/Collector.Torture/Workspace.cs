using Collector.Testing.Processes;
using Collector.Testing.S3;
using Collector.Torture.Troubles;

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

    /// <summary>What the S3 server keeps, a directory a bucket.</summary>
    public string S3Directory => Path.Combine(Root, "s3");

    public string DataDir => Path.Combine(Root, "data");

    public string Config => Path.Combine(Root, "collector.yaml");

    public string Ledger => Path.Combine(Root, "ledger.json");

    /// <summary>What the collector says; <c>.out</c> and <c>.err</c> are added.</summary>
    public string Log => Path.Combine(Root, "collector");

    /// <summary>Where <c>/metrics</c> is.</summary>
    public string Address { get; }

    /// <summary>A second output, of everything, to a bucket, with times so short that its troubles come and go.</summary>
    public void AddS3(Uri endpoint, string batchMaxAge) => File.AppendAllText(Config, $$"""
          - name: s3
            store:
              type: s3
              bucket: {{S3Troubles.Bucket}}
              region: us-east-1
              endpoint: {{endpoint}}
              forcePathStyle: true
              authentication: {type: accessKey, accessKeyId: {{S3Rver.AccessKey}}, secretAccessKey: {{S3Rver.AccessKey}} }
            compression: zstd
            batch: {maxAge: {{batchMaxAge}}}
            retry: {minBackoff: 50ms, maxBackoff: 1s, attemptTimeout: 3s}
            buffer: {maxSize: 96MiB}

        """);

    // The outputs come last, so that one can be added. The disk is as small as it is, and filled on purpose.
    private string Yaml(string batchMaxAge, string compression) => $$"""
        node: {{NodeName}}
        dataDir: {{DataDir}}
        kubernetes: {enabled: false}
        sources:
          - name: containers
            type: containers
            path: {{Node}}/containers/*.log
            podLogs: {{Node}}/pods
        buffer: {minFreeDisk: 0%}
        telemetry:
          listen: "{{Address}}"
          log: {format: text}
        outputs:
          - name: default
            store: {type: filesystem, path: {{Objects}}}
            compression: {{compression}}
            batch: {maxAge: {{batchMaxAge}}}
            retry: {minBackoff: 50ms, maxBackoff: 1s}
            buffer: {maxSize: 96MiB}

        """;
}
