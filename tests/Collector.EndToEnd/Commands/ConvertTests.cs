using System.Text.RegularExpressions;
using Collector.EndToEnd.Harness;
using Xunit;

namespace Collector.EndToEnd.Commands;

/// <summary>
/// <c>collector convert</c>: what it prints is run on sample logs, with directories in place of the clouds' stores, and what is
/// stored is compared with what the other agent would have collected.
/// </summary>
public sealed partial class ConvertTests : IDisposable
{
    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public void From_fluent_bit()
    {
        Write();
        IReadOnlyDictionary<string, IReadOnlyList<string>> stored = Run(
            "fluent-bit",
            """
            [INPUT]
                Name tail
                Tag  kube.*
                Path /var/log/containers/*.log
                Exclude_Path /var/log/containers/*_debug_*.log
                multiline.parser cri
                Read_from_Head On
            [INPUT]
                Name tail
                Tag  host.app
                Path /var/log/app.log
                Read_from_Head On
            [FILTER]
                Name    kubernetes
                Match   kube.*
            [FILTER]
                Name    grep
                Match   kube.*
                Exclude $kubernetes['namespace_name'] ^dev$
            [OUTPUT]
                Name   s3
                Alias  pods
                Match  kube.*
                bucket pod-logs
                region eu-central-1
                compression gzip
                s3_key_format /logs/$TAG[0]/%Y/%m/%d/$UUID.gz
            [OUTPUT]
                Name   azure_blob
                Alias  all
                Match  *
                account_name   teamaccount
                container_name logs
                path           everything
            """);
        Assert.Equal(["shop 1", "shop 2"], stored["pods"]);
        Assert.Equal(["file 1", "file 2", "shop 1", "shop 2"], stored["all"]);
        Assert.All(StoredRecords.Keys(stage.Sub("store-pods")), key => Assert.StartsWith("logs/kube/2026/11/21/", key, StringComparison.Ordinal));
        Assert.All(StoredRecords.Keys(stage.Sub("store-all-2")), key => Assert.StartsWith("everything/host.app.", key, StringComparison.Ordinal));
    }

    [Fact]
    public void From_Fluentd()
    {
        Write();
        IReadOnlyDictionary<string, IReadOnlyList<string>> stored = Run(
            "fluentd",
            """
            <source>
              @type tail
              path /var/log/containers/*.log
              exclude_path ["/var/log/containers/*_debug_*.log"]
              tag kube.*
              read_from_head true
              <parse>
                @type cri
              </parse>
            </source>
            <source>
              @type tail
              path /var/log/app.log
              tag app
              read_from_head true
              <parse>
                @type none
              </parse>
            </source>
            <filter kube.**>
              @type kubernetes_metadata
            </filter>
            <filter kube.**>
              @type grep
              <regexp>
                key $.kubernetes.namespace_name
                pattern /^shop$/
              </regexp>
            </filter>
            <match kube.**>
              @type s3
              @id pods
              s3_bucket pod-logs
              path pods/
              <format>
                @type json
              </format>
            </match>
            <match app>
              @type gcs
              @id app
              bucket app-logs
              path app-
              <format>
                @type single_value
              </format>
            </match>
            """,
            isText: name => name == "app");
        Assert.Equal(["shop 1", "shop 2"], stored["pods"]);
        Assert.Equal(["file 1", "file 2"], stored["app"]);
        Assert.All(StoredRecords.Keys(stage.Sub("store-app")), key => Assert.StartsWith("app-", key, StringComparison.Ordinal));
    }

    [Fact]
    public void From_Vector()
    {
        Write();
        IReadOnlyDictionary<string, IReadOnlyList<string>> stored = Run(
            "vector",
            """
            [sources.pods]
            type = "kubernetes_logs"
            extra_field_selector = "metadata.namespace!=debug"
            [sources.app]
            type = "file"
            include = ["/var/log/app.log"]
            [transforms.some]
            type = "filter"
            inputs = ["pods"]
            condition = '.kubernetes.pod_namespace != "dev"'
            [sinks.all]
            type = "aws_s3"
            inputs = ["some", "app"]
            bucket = "team-logs"
            region = "eu-central-1"
            key_prefix = "{{ kubernetes.pod_namespace }}/"
            encoding.codec = "json"
            """);
        Assert.Equal(["shop 1", "shop 2"], stored["all"].Where(t => t.StartsWith("shop", StringComparison.Ordinal)));
        Assert.Equal(["file 1", "file 2"], stored["all"].Where(t => t.StartsWith("file", StringComparison.Ordinal)));
        Assert.Equal(4, stored["all"].Count);
        Assert.All(StoredRecords.Keys(stage.Sub("store-all")), key => Assert.StartsWith("shop/", key, StringComparison.Ordinal));
    }

    [Fact]
    public void From_a_ClusterLogForwarder()
    {
        Write();
        IReadOnlyDictionary<string, IReadOnlyList<string>> stored = Run(
            "clusterlogforwarder",
            """
            apiVersion: observability.openshift.io/v1
            kind: ClusterLogForwarder
            spec:
              inputs:
                - {name: mine, type: application, application: {includes: [{namespace: "sh*"}]}}
                - {name: nodes, type: audit, audit: {sources: [auditd]}}
              outputs:
                - {name: archive, type: s3, s3: {bucket: hosted-logs, region: us-east-1}}
              pipelines:
                - {name: p, inputRefs: [mine, nodes], outputRefs: [archive]}
            """);
        Assert.Equal(["audit 1", "shop 1", "shop 2"], stored["archive"]);
    }

    [Fact]
    public void From_Astronomers_values()
    {
        new PodLog(stage.Tree, "scheduler", "astronomer-solar", id: Id('a')).Write("task 1");
        new PodLog(stage.Tree, "houston", "platform", id: Id('b')).Write("platform 1");
        IReadOnlyDictionary<string, IReadOnlyList<string>> stored = Run(
            "astronomer", "fluentd: {s3: {enabled: true, s3_bucket: airflow-logs, s3_region: us-east-2, role_arn: 'arn:aws:iam::123456789012:role/x'}}\n");
        Assert.Equal(["task 1"], stored["s3"]);
    }

    [Fact]
    public void From_Unions_values()
    {
        Write();
        IReadOnlyDictionary<string, IReadOnlyList<string>> stored = Run(
            "union", "storage: {bucketName: plane-bucket}\nfluentbit: {serviceAccount: {annotations: {iam.gke.io/gcp-service-account: x@y.iam.gserviceaccount.com}}}\n");
        Assert.Equal(["debug 1", "dev 1", "shop 1", "shop 2"], stored["persisted-logs"]);
        Assert.Contains(StoredRecords.Keys(stage.Sub("store-persisted-logs")), key => key.StartsWith("persisted-logs/namespace-shop.pod-cart.cont-app/", StringComparison.Ordinal));
    }

    [Fact]
    public void Standard_input_is_a_file_too()
    {
        string conf = stage.Sub("main.conf");
        File.WriteAllText(conf, "[INPUT]\n  Name tail\n  Path /var/log/app.log\n  Tag a\n[OUTPUT]\n  Name s3\n  Match a\n  bucket team-logs\n");
        CommandRun named = CommandRun.Collector("convert", "--from", "fluent-bit", conf);
        CommandRun piped = CommandRun.Of("sh", "-c", $"'{CollectorBinary.Path}' convert --from fluent-bit - <'{conf}'");
        Assert.Equal((0, named.Output.Replace(conf, "-", StringComparison.Ordinal)), (piped.ExitCode, piped.Output));
    }

    /// <summary>Three namespaces, a file and the node's audit log.</summary>
    private void Write()
    {
        new PodLog(stage.Tree, "cart", "shop", id: Id('1')).Write("shop 1", "shop 2");
        new PodLog(stage.Tree, "cart", "dev", uid: "2", id: Id('2')).Write("dev 1");
        new PodLog(stage.Tree, "cart", "debug", uid: "3", id: Id('3')).Write("debug 1");
        File.WriteAllText(stage.Sub("app.log"), "file 1\nfile 2\n");
        File.WriteAllText(stage.Sub("audit.log"), "audit 1\n");
    }

    private static string Id(char digit) => new(digit, 64);

    /// <summary>Converts, puts directories in the places of stores and logs, and runs it once; the texts that are stored, by output, sorted.</summary>
    private Dictionary<string, IReadOnlyList<string>> Run(string agent, string text, Func<string, bool>? isText = null)
    {
        string original = stage.Sub($"original{(agent == "vector" ? ".toml" : ".conf")}");
        File.WriteAllText(original, text);
        CommandRun converted = CommandRun.Collector("convert", "--from", agent, original);
        Assert.True(converted.ExitCode == 0, converted.Errors);
        File.WriteAllText(stage.Sub("converted.yaml"), converted.Output);
        CommandRun validated = CommandRun.Collector("validate", "--config", stage.Sub("converted.yaml"));
        Assert.Equal((0, "OK\n"), (validated.ExitCode, validated.Output));

        List<string> outputs = [];
        string yaml = KubernetesBlock().Replace(converted.Output, "");
        yaml = OutputWithStore().Replace(yaml, match =>
        {
            outputs.Add(match.Groups["name"].Value);
            return $"  - name: {match.Groups["name"].Value}\n    store: {{type: filesystem, path: '{stage.Sub($"store-{match.Groups["name"].Value}")}'}}\n    catalog: {{enabled: false}}\n";
        });
        yaml = ContainersSource().Replace(yaml, $"    type: containers\n    podLogs: '{stage.Tree.Pods}'\n");
        if (!yaml.Contains("/var/log/containers/*.log", StringComparison.Ordinal))
            yaml = yaml.Replace("    type: containers\n", $"    type: containers\n    path: '{stage.Tree.Containers}/*.log'\n", StringComparison.Ordinal);
        yaml = yaml.Replace("/var/log/containers", stage.Tree.Containers, StringComparison.Ordinal)
            .Replace("/var/log/app.log", stage.Sub("app.log"), StringComparison.Ordinal)
            .Replace("/var/log/audit/audit.log", stage.Sub("audit.log"), StringComparison.Ordinal);
        File.WriteAllText(stage.ConfigPath, $"{yaml}\nnode: node1\ndataDir: {stage.DataDir}\nkubernetes: {{enabled: false}}\nbuffer: {{minFreeDisk: 1MiB}}\ntelemetry: {{listen: '127.0.0.1:0'}}\n");
        outputs.ForEach(name => Directory.CreateDirectory(stage.Sub($"store-{name}")));
        CommandRun ran = CommandRun.Collector("run", "--config", stage.ConfigPath, "--once");
        Assert.True(ran.ExitCode == 0, ran.Errors);

        // What was one output there may be several here, with numbers behind their names.
        return outputs.GroupBy(name => NumberBehind().Replace(name, ""))
            .ToDictionary(g => g.Key, g => (IReadOnlyList<string>)[.. g.SelectMany(name => isText?.Invoke(name) == true
                ? StoredRecords.Lines(stage.Sub($"store-{name}"))
                : StoredRecords.Texts(stage.Sub($"store-{name}"))).Order(StringComparer.Ordinal)]);
    }

    [GeneratedRegex(@"^kubernetes:\n(  .*\n)+", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex KubernetesBlock();

    [GeneratedRegex(@"^  - name: (?<name>\S+)\n    store:\n(      .*\n)+", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex OutputWithStore();

    [GeneratedRegex(@"^    type: containers\n", RegexOptions.Multiline)]
    private static partial Regex ContainersSource();

    [GeneratedRegex("-[0-9]+$")]
    private static partial Regex NumberBehind();
}
