using Collector.Configuration;
using Collector.ObjectStores.Gcs;
using Collector.Pipeline.Records;
using Xunit;

namespace Collector.Tests.Commands;

/// <summary><c>collector convert --from vector</c>.</summary>
public sealed class ConvertVectorTests
{
    private const string Toml = """
        data_dir = "/var/lib/vector"

        [sources.pods]
        type = "kubernetes_logs"
        extra_field_selector = "metadata.namespace!=kube-system"

        [sources.web]
        type = "file"
        include = ["/var/log/nginx/*.log"]

        [transforms.clean]
        type = "remap"
        inputs = ["pods"]
        source = '''
        # names of the team
        .log = del(.message)
        del(.file)
        del(.kubernetes.pod_labels)
        .cluster = "dev"
        '''

        [transforms.named]
        type = "remap"
        inputs = ["web"]
        source = '.cluster = "dev"'

        [transforms.mine]
        type = "filter"
        inputs = ["cle*"]
        condition = '.kubernetes.pod_namespace == "shop" || .kubernetes.pod_namespace == "pay"'

        [sinks.bucket]
        type = "aws_s3"
        inputs = ["mine", "named"]
        bucket = "team-logs"
        region = "eu-central-1"
        key_prefix = "logs/{{ kubernetes.pod_namespace }}/date=%F/"
        compression = "zstd"
        encoding.codec = "json"
        batch = { max_bytes = 20_000_000, timeout_secs = 120 }

        [sinks.bucket.buffer]
        type = "disk"
        max_size = 2_000_000_000
        """;

    private const string Yaml = """
        sources:
          pods: {type: kubernetes_logs, extra_field_selector: "metadata.namespace!=kube-system"}
          web: {type: file, include: [/var/log/nginx/*.log]}
        transforms:
          clean:
            type: remap
            inputs: [pods]
            source: |
              # names of the team
              .log = del(.message)
              del(.file)
              del(.kubernetes.pod_labels)
              .cluster = "dev"
          named: {type: remap, inputs: [web], source: '.cluster = "dev"'}
          mine:
            type: filter
            inputs: ["cle*"]
            condition: {type: vrl, source: '.kubernetes.pod_namespace == "shop" || .kubernetes.pod_namespace == "pay"'}
        sinks:
          bucket:
            type: aws_s3
            inputs: [mine, named]
            bucket: team-logs
            region: eu-central-1
            key_prefix: "logs/{{ kubernetes.pod_namespace }}/date=%F/"
            compression: zstd
            encoding: {codec: json}
            batch: {max_bytes: 20000000, timeout_secs: 120}
            buffer: {type: disk, max_size: 2000000000}
        """;

    private const string Json = """
        {"sources": {"pods": {"type": "kubernetes_logs", "extra_field_selector": "metadata.namespace!=kube-system"},
                     "web": {"type": "file", "include": ["/var/log/nginx/*.log"]}},
         "transforms": {"clean": {"type": "remap", "inputs": ["pods"], "source": ".log = del(.message); del(.file); del(.kubernetes.pod_labels); .cluster = \"dev\""},
                        "named": {"type": "remap", "inputs": ["web"], "source": ".cluster = \"dev\""},
                        "mine": {"type": "filter", "inputs": ["cle*"], "condition": ".kubernetes.pod_namespace == \"shop\" || .kubernetes.pod_namespace == \"pay\""}},
         "sinks": {"bucket": {"type": "aws_s3", "inputs": ["mine", "named"], "bucket": "team-logs", "region": "eu-central-1",
                              "key_prefix": "logs/{{ kubernetes.pod_namespace }}/date=%F/", "compression": "zstd", "encoding": {"codec": "json"},
                              "batch": {"max_bytes": 20000000, "timeout_secs": 120}, "buffer": {"type": "disk", "max_size": 2000000000}}}}
        """;

    [Theory]
    [InlineData(".toml", Toml)]
    [InlineData(".conf", Toml)]
    [InlineData(".yaml", Yaml)]
    [InlineData(".json", Json)]
    [InlineData(".conf", Json)]
    public async Task Its_three_forms_say_the_same(string extension, string text)
    {
        var converted = await Converted.OfAsync("vector", extension, text);

        Assert.Empty(converted.Weighty);
        Assert.Equal(["pods", "web"], converted.Configuration.Sources.Select(s => s.Name));
        Assert.Equal(("dev", false), (converted.Configuration.Cluster, converted.Configuration.Kubernetes.Labels));
        var outputs = converted.Configuration.Outputs;
        Assert.Equal([("bucket", "pods", "shop,pay", "kube-system"), ("bucket-2", "web", "", "")], outputs.Select(o => (o.Name, string.Join(',', o.Match.Sources), string.Join(',', o.Match.Namespaces.Include), string.Join(',', o.Match.Namespaces.Exclude))));
        Assert.All(outputs, o => Assert.Equal(("logs/{.kubernetes.namespace_name||\"none\"}/date={\"%F\"}/", Compression.Zstd), (o.KeyPrefix.Text, o.Compression)));
        Assert.All(outputs, o => Assert.Equal((20 * Size.MB, TimeSpan.FromMinutes(2), 2 * Size.GB), (o.Batch.MaxSize, o.Batch.MaxAge, o.Buffer.MaxSize)));
    }

    [Fact]
    public async Task The_values_of_its_chart_hold_it_under_customConfig()
    {
        var values = "role: Agent\ncustomConfig:\n" + string.Concat(Yaml.Split('\n').Select(l => $"  {l}\n"));

        Assert.Equal(2, (await Converted.OfAsync("vector", ".yaml", values)).Configuration.Outputs.Count);
    }

    [Fact]
    public async Task Azure_and_Google_have_their_prefixes_by_default()
    {
        var converted = await Converted.OfAsync("vector", ".yaml", """
            sources: {pods: {type: kubernetes_logs, extra_label_selector: "app=cart,tier==web"}}
            sinks:
              azure: {type: azure_blob, inputs: ["*"], container_name: logs, connection_string: "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net", encoding: {codec: json}}
              google: {type: gcp_cloud_storage, inputs: [pods], bucket: team-logs, credentials_path: /etc/key.json, compression: none, encoding: {codec: text}}
            """);

        Assert.Equal(0, converted.Code);
        var (azure, google) = (converted.Configuration.Outputs[0], converted.Configuration.Outputs[1]);
        Assert.Equal(("blob/{\"%F\"}/", Compression.Gzip), (azure.KeyPrefix.Text, azure.Compression));
        Assert.Equal(("date={\"%F\"}/", Compression.None, ObjectFormat.Text), (google.KeyPrefix.Text, google.Compression, google.Format));
        Assert.Equal("/etc/key.json", ((GcsSettings)google.Store).Identity.CredentialsFile);
        Assert.All(converted.Configuration.Outputs, o => Assert.Equal([("app", "cart"), ("tier", "web")], o.Match.PodLabels.Select(l => (l.Key, l.Value))));
    }

    [Fact]
    public async Task A_branch_of_a_route_is_a_filter()
    {
        var converted = await Converted.OfAsync("vector", ".yaml", """
            sources: {pods: {type: kubernetes_logs}}
            transforms: {split: {type: route, inputs: [pods], route: {shop: '.kubernetes.pod_namespace == "shop"', errors: 'contains(string!(.message), "error")'}}}
            sinks:
              shop: {type: aws_s3, inputs: [split.shop], bucket: shop-logs, region: a}
              errors: {type: aws_s3, inputs: [split.errors], bucket: error-logs, region: a}
            """);

        Assert.Equal(["shop"], converted.Configuration.Outputs[0].Match.Namespaces.Include);
        Assert.Contains("route split.errors drops records by 'contains(", Assert.Single(converted.Weighty), StringComparison.Ordinal);
    }

    /// <summary>What it discards is stored by the others, with it and without it.</summary>
    [Fact]
    public async Task A_sink_that_discards_its_records_is_a_note()
    {
        var converted = await Converted.OfAsync("vector", ".yaml", """
            sources: {pods: {type: kubernetes_logs}}
            sinks:
              bucket: {type: aws_s3, inputs: [pods], bucket: team-logs, region: a}
              nothing: {type: blackhole, inputs: [pods]}
            """);

        Assert.Equal(0, converted.Code);
        Assert.Empty(converted.Weighty);
        Assert.Contains(converted.Errors, e => e.Contains("sink nothing (blackhole) is left out: it only discards records", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("sinks", "loki: {type: loki, inputs: [pods]}", "sink loki (loki) is left out")]
    [InlineData("sinks", "c: {type: console, inputs: [pods], encoding: {codec: json}}", "sink c (console) is left out")]
    [InlineData("sinks", "p: {type: prometheus_exporter, inputs: [pods]}", "sink p (prometheus_exporter) is left out")]
    [InlineData("sinks", "x: {type: nothing_known, inputs: [pods]}", "sink x (nothing_known) is left out")]
    [InlineData("sinks", "x: {type: aws_s3, inputs: [pods], bucket: other-logs, key_prefix: '{{ team }}/'}", "has {{ team }}, which keyPrefix does not support")]
    [InlineData("sinks", "x: {type: aws_s3, inputs: [pods], bucket: other-logs, encoding: {codec: csv}}", "encoding.codec csv is not supported")]
    [InlineData("sinks", "x: {type: aws_s3, inputs: [pods], bucket: other-logs, buffer: {when_full: drop_newest}}", "drop_newest drops new records")]
    [InlineData("transforms", "t: {type: remap, inputs: [pods], source: '.team = \"blue\"'}", "remap t changes records")]
    [InlineData("transforms", "t: {type: remap, inputs: [pods], source: 'del(.stream)'}", "remap t deletes .stream")]
    [InlineData("transforms", "t: {type: dedupe, inputs: [pods]}", "transform t (dedupe) has no counterpart")]
    [InlineData("transforms", "t: {type: filter, inputs: [pods], condition: 'starts_with(.message, \"a\")'}", "filter t drops records by")]
    [InlineData("sources", "j: {type: journald}", "source j (journald) is not collected")]
    [InlineData("sources", "j: {type: nothing_known}", "source j (nothing_known) is not collected")]
    [InlineData("sources", "f: {type: file, include: [/var/log/x.log], multiline: {mode: halt_before}}", "multiline joins lines")]
    public async Task What_makes_other_data_of_it_is_of_weight(string section, string entry, string words)
    {
        var parts = new Dictionary<string, string> { ["sources"] = "pods: {type: kubernetes_logs}", ["transforms"] = "", ["sinks"] = "bucket: {type: aws_s3, inputs: [\"*\"], bucket: team-logs, region: a}" };
        parts[section] += $"\n  {entry}";
        var converted = await Converted.OfAsync("vector", ".yaml", string.Concat(parts.Where(p => p.Value.Length > 0).Select(p => $"{p.Key}:\n  {p.Value}\n")));

        Assert.Equal(1, converted.Code);
        Assert.Contains(converted.Weighty, w => w.Contains(words, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(".toml", "[sources\n", "line 1: it is not TOML")]
    [InlineData(".toml", "a = 1\na = 2\n", "it is not TOML")]
    [InlineData(".yaml", "sources: [\n", "is not YAML")]
    [InlineData(".yaml", "", "the file is empty")]
    [InlineData(".yaml", "api: {enabled: true}\n", "it has no sources and no sinks")]
    [InlineData(".yaml", "sources: {f: {type: file}}\n", "line 1: the source f has no include")]
    [InlineData(".yaml", "sources: {p: {type: kubernetes_logs}}\ntransforms: {a: {type: remap, inputs: [b]}, b: {type: remap, inputs: [a]}}\nsinks: {s: {type: aws_s3, inputs: [a]}}\n", "lead back to itself")]
    public async Task What_cannot_be_read_is_told_with_file_and_line(string extension, string text, string words)
    {
        var converted = await Converted.OfAsync("vector", extension, text);

        Assert.Equal((1, ""), (converted.Code, converted.Yaml));
        Assert.Contains(words, Assert.Single(converted.Errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a: {type: internal_metrics}", "p: {type: prometheus_exporter, inputs: [a]}", "source a (internal_metrics) is left out", "sink p (prometheus_exporter) is left out: no collected source goes to it")]
    [InlineData("a: {type: internal_logs}", "c: {type: console, inputs: [a]}", "source a (internal_logs) is left out", "sink c (console) is left out: no collected source goes to it")]
    public async Task What_is_about_Vector_itself_is_noted(string source, string sink, params string[] notes)
    {
        var converted = await Converted.OfAsync("vector", ".yaml", $"sources:\n  pods: {{type: kubernetes_logs}}\n  {source}\nsinks:\n  {sink}\n  bucket: {{type: aws_s3, inputs: [pods], bucket: team-logs, region: a}}\n");

        Assert.Equal((0, 0), (converted.Code, converted.Weighty.Count));
        Assert.All(notes, note => Assert.Contains(converted.Errors, e => e.StartsWith($"note: {note}", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_time_beyond_the_limit_is_the_limit()
    {
        var converted = await Converted.OfAsync("vector", ".yaml", "sources: {p: {type: kubernetes_logs}}\nsinks: {b: {type: aws_s3, inputs: [p], bucket: team-logs, batch: {timeout_secs: 7776000}}}\n");

        Assert.Equal(TimeSpan.FromDays(30), Assert.Single(converted.Configuration.Outputs).Batch.MaxAge);
        Assert.Contains(converted.Errors, e => e.StartsWith("note: batch.timeout_secs 7776000 is longer than the collector allows; maxAge is set to its limit, 720h", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_sink_of_nothing_makes_no_output()
    {
        var converted = await Converted.OfAsync("vector", ".yaml", "sources: {p: {type: kubernetes_logs}}\nsinks:\n  a: {type: aws_s3, inputs: [missing], bucket: other-logs}\n  b: {type: aws_s3, inputs: [p], bucket: team-logs}\n");

        Assert.Equal("b", Assert.Single(converted.Configuration.Outputs).Name);
        Assert.Contains(converted.Errors, e => e.Contains("the input missing of a is not defined", StringComparison.Ordinal));
    }
}
