using Collector.Testing.Processes;
using Collector.Testing.S3;
using Collector.Torture.Troubles;

namespace Collector.Torture;

/// <summary>The directories of one run, and the configuration that joins them.</summary>
internal sealed class Workspace
{
    public const string NodeName = "node1";

    /// <summary>The sources of applications' files: lines of text, and JSON objects.</summary>
    public const string Apps = "apps", Events = "events";

    /// <param name="isWhole">With an API server and with applications' files, beside containers.</param>
    public Workspace(string directory, string batchMaxAge, string compression, bool isWhole)
    {
        Root = Path.GetFullPath(directory);
        Directory.CreateDirectory(Root);
        if (Directory.EnumerateFileSystemEntries(Root).Any()) throw new IOException($"{Root} is not empty; a run needs a directory of its own.");
        Directory.CreateDirectory(Objects);
        if (isWhole) Array.ForEach([Apps, Events], source => Directory.CreateDirectory(FilesOf(source)));
        Address = $"127.0.0.1:{FreePort.Find()}";
        File.WriteAllText(Config, Yaml(batchMaxAge, compression, isWhole));
    }

    public string Root { get; }

    public string Node => Path.Combine(Root, "node");

    public string Objects => Path.Combine(Root, "objects");

    /// <summary>What the S3 server keeps, a directory a bucket.</summary>
    public string S3Directory => Path.Combine(Root, "s3");

    /// <summary>All directories with objects.</summary>
    public IReadOnlyList<string> Stores => [Objects, ObjectsOf(Outputs.Chosen), ObjectsOf(Outputs.Dated), S3Directory];

    public string Kubeconfig => Path.Combine(Root, "kubeconfig");

    public string DataDir => Path.Combine(Root, "data");

    public string Config => Path.Combine(Root, "collector.yaml");

    public string Ledger => Path.Combine(Root, "ledger.json");

    /// <summary>What the collector says; <c>.out</c> and <c>.err</c> are added.</summary>
    public string Log => Path.Combine(Root, "collector");

    /// <summary>Where <c>/metrics</c> is.</summary>
    public string Address { get; }

    /// <summary>Where the store of an output beside the first is.</summary>
    public string ObjectsOf(string output) => Path.Combine(Root, output);

    /// <summary>The directory of a <c>file</c> source.</summary>
    public string FilesOf(string source) => Path.Combine(Root, "files", source);

    /// <summary>Where the API is, and a token for it.</summary>
    public void AddApi(Uri api) => File.WriteAllText(Kubeconfig, $$"""
        current-context: node
        contexts: [{name: node, context: {cluster: node, user: node} }]
        clusters: [{name: node, cluster: {server: '{{api}}'} }]
        users: [{name: node, user: {token: good} }]

        """);

    /// <summary>An output of the pods that a label chooses, and one of a <c>file</c> source alone, both by the hours of their lines.</summary>
    public void AddMatching(string batchMaxAge)
    {
        Directory.CreateDirectory(ObjectsOf(Outputs.Chosen));
        Directory.CreateDirectory(ObjectsOf(Outputs.Dated));
        File.AppendAllText(Config, $$"""
              - name: {{Outputs.Chosen}}
                match: {podLabels: {tier: {{Outputs.Kept}}} }
                store: {type: filesystem, path: {{ObjectsOf(Outputs.Chosen)}}}
                keyPrefix: 'chosen/{.kubernetes.pod_name||"none"}/{"%Y/%m/%d/%H"}/'
                batch: {maxAge: {{batchMaxAge}}}
                catalog: {interval: 2s}
                retry: {minBackoff: 50ms, maxBackoff: 1s}
              - name: {{Outputs.Dated}}
                match: {sources: [{{Events}}]}
                store: {type: filesystem, path: {{ObjectsOf(Outputs.Dated)}}}
                keyPrefix: 'dated/{"%Y/%m/%d/%H"}/'
                batch: {maxAge: {{batchMaxAge}}}
                catalog: {interval: 2s}
                retry: {minBackoff: 50ms, maxBackoff: 1s}

            """);
    }

    /// <summary>A second output, of everything, to a bucket, with a label in its prefix, and times so short that its troubles come and go.</summary>
    public void AddS3(Uri endpoint, string batchMaxAge) => File.AppendAllText(Config, $$"""
          - name: {{Outputs.S3}}
            keyPrefix: 'pods/{.kubernetes.pod_name||.hostname||"none"}/{.kubernetes.labels.color||"none"}/'
            store:
              type: s3
              bucket: {{S3Troubles.Bucket}}
              region: us-east-1
              endpoint: {{endpoint}}
              forcePathStyle: true
              authentication: {type: accessKey, accessKeyId: {{S3Rver.AccessKey}}, secretAccessKey: {{S3Rver.AccessKey}} }
            compression: zstd
            batch: {maxAge: {{batchMaxAge}}}
            catalog: {interval: 2s}
            retry: {minBackoff: 50ms, maxBackoff: 1s, attemptTimeout: 3s}
            buffer: {maxSize: 96MiB}

        """);

    // The outputs come last, so that others can be added. The disk is as small as it is, and filled on purpose.
    private string Yaml(string batchMaxAge, string compression, bool isWhole) => $$"""
        node: {{NodeName}}
        dataDir: {{DataDir}}
        kubernetes: {{(isWhole ? $"{{kubeconfig: {Kubeconfig}, metadataTimeout: 1s}}" : "{enabled: false}")}}
        sources:
          - name: containers
            type: containers
            path: {{Node}}/containers/*.log
            podLogs: {{Node}}/pods
        {{(isWhole ? FileSources() : "")}}
        buffer: {minFreeDisk: 0%}
        telemetry:
          listen: "{{Address}}"
          log: {format: text, level: debug}
        outputs:
          - name: {{Outputs.Default}}
            store: {type: filesystem, path: {{Objects}}}
            compression: {{compression}}
            batch: {maxAge: {{batchMaxAge}}}
            catalog: {interval: 2s}
            retry: {minBackoff: 50ms, maxBackoff: 1s}
            buffer: {maxSize: 96MiB}

        """;

    private string FileSources() => $$"""
          - name: {{Apps}}
            type: file
            path: {{FilesOf(Apps)}}/*/*.log
            logSource: {{Apps}}
          - name: {{Events}}
            type: file
            path: {{FilesOf(Events)}}/*/*.log
            parser: json
            timeField: ts
            logSource: {{Events}}

        """;
}
