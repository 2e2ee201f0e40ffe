using Collector.Pipeline.Sources;
using Xunit;

namespace Collector.Tests.Commands;

/// <summary>What the other agent sets for a part of its records, and the collector has for all of them, or for a whole source.</summary>
public sealed class ConvertSharedSettingsTests
{
    private const string TwoInputs = """
        [INPUT]
            Name tail
            Tag  kube.*
            Path /var/log/containers/*.log
            Parser cri
        [INPUT]
            Name tail
            Tag  host.sys
            Path /var/log/syslog
        [FILTER]
            Name  kubernetes
            Match kube.*
            K8S-Logging.Exclude On
        [OUTPUT]
            Name s3
            Match kube.*
            bucket my-logs
        [OUTPUT]
            Name s3
            Match host.*
            bucket my-hosts

        """;

    [Theory]
    [InlineData("kube.*", "a", "host.*", "b", "", 2)]
    [InlineData("kube.*", "a", "other.*", "b", "", 1)]
    [InlineData("host.*", "a", "other.*", "b", "", 1)]
    [InlineData("kube.*", "a", "host.*", "a", "a", 0)]
    [InlineData("*", "a", "other.*", "b", "a", 0)]
    [InlineData("*", "a", "kube.*", "b", "", 2)]
    public async Task A_cluster_is_that_of_all_records_or_told(string first, string one, string second, string other, string cluster, int told)
    {
        var converted = await FluentBitAsync($"{TwoInputs}{Modify(first, $"Add cluster {one}")}{Modify(second, $"Set cluster {other}")}");

        Assert.Equal((cluster, told), (converted.Configuration.Cluster ?? "", converted.Weighty.DistinctBy(w => w).Count(w => w.Contains("is for a part of the records; the collector has cluster for all records", StringComparison.Ordinal))));
        Assert.Equal(told, converted.Weighty.Count);
    }

    [Theory]
    [InlineData("Condition Key_value_equals stream stderr\n    Add cluster prod")]
    [InlineData("Add cluster prod\n    Condition Key_exists log")]
    [InlineData("Condition Key_exists log\n    Add hostname ${NODE_NAME}")]
    public async Task What_a_condition_decides_is_told(string keys)
    {
        var converted = await FluentBitAsync($"{TwoInputs}{Modify("*", keys)}");

        Assert.Contains(converted.Weighty, w => w.Contains("changes the records for which its Condition holds", StringComparison.Ordinal));
        Assert.True(string.IsNullOrEmpty(converted.Configuration.Cluster));
    }

    [Theory]
    [InlineData("Set log REDACTED", 1)]
    [InlineData("Set stream all", 1)]
    [InlineData("Add host web-01", 1)]
    [InlineData("Set hostname ${HOSTNAME}", 0)]
    [InlineData("Add node_name ${K8S_NODE_NAME}", 0)]
    public async Task Only_the_node_s_own_name_is_a_field_of_the_collector_s(string key, int told) =>
        Assert.Equal(told, (await FluentBitAsync($"{TwoInputs}{Modify("kube.*", key)}")).Weighty.Count(w => w.Contains($"modify ({key}) changes records", StringComparison.Ordinal)));

    /// <summary>One source goes to two sinks, and only one of them gets the changes.</summary>
    [Theory]
    [InlineData(".cluster = \"a\"", "cluster")]
    [InlineData("del(.kubernetes.pod_labels)", "kubernetes.labels")]
    [InlineData(". |= parse_json!(.message)", "parseJson")]
    public async Task A_program_of_one_sink_alone_is_told(string program, string key)
    {
        var told = await VectorAsync(program, "[pods]");
        Assert.Contains($"the collector has {key} for ", Assert.Single(told.Weighty), StringComparison.Ordinal);
        Assert.Equal((true, false, true), (told.Configuration.Kubernetes.Labels, Pods(told).ParseJson, string.IsNullOrEmpty(told.Configuration.Cluster)));

        Assert.Empty((await VectorAsync(program, "[r]")).Weighty);
    }

    [Theory]
    [InlineData("[f]", "[f]", true)]
    [InlineData("[f]", "[]", false)]
    public async Task A_parse_filter_of_one_pipeline_alone_is_told(string first, string second, bool isParsed)
    {
        var converted = await Converted.OfAsync("clusterlogforwarder", ".yaml", $$"""
            kind: ClusterLogForwarder
            spec:
              filters: [{name: f, type: parse}]
              outputs: [{name: o, type: s3, s3: {bucket: my-logs, region: a} }, {name: p, type: s3, s3: {bucket: my-other, region: a} }]
              pipelines:
                - {name: one, inputRefs: [application], filterRefs: {{first}}, outputRefs: [o]}
                - {name: two, inputRefs: [application], filterRefs: {{second}}, outputRefs: [p]}
            """);

        Assert.Equal((isParsed, isParsed ? 0 : 1), (Pods(converted).ParseJson, converted.Weighty.Count));
    }

    [Theory]
    [InlineData("cluster ${tag_parts[1]}", 1, "")]
    [InlineData("cluster ${tag}", 1, "")]
    [InlineData("cluster ${hostname}", 1, "")]
    [InlineData("cluster_name a-${record[\"x\"]}", 1, "")]
    [InlineData("cluster \"#{File.read('/etc/cluster')}\"", 1, "")]
    [InlineData("host x", 1, "")]
    [InlineData("hostname ${tag}", 1, "")]
    [InlineData("hostname ${hostname}", 0, "")]
    [InlineData("host \"#{Socket.gethostname}\"", 0, "")]
    [InlineData("node \"#{ENV['K8S_NODE_NAME']}\"", 0, "")]
    [InlineData("cluster prod", 0, "prod")]
    public async Task A_placeholder_of_Fluentd_is_no_variable(string field, int told, string cluster)
    {
        var converted = await FluentdAsync($"<filter **>\n@type record_transformer\nenable_ruby true\n<record>\n{field}\n</record>\n</filter>");

        Assert.Equal((told, cluster), (converted.Weighty.Count(w => w.Contains("changes records; the collector stores them unchanged", StringComparison.Ordinal)), converted.Configuration.Cluster ?? ""));
        Assert.Equal(told, converted.Weighty.Count);
    }

    [Fact]
    public async Task A_variable_of_the_environment_stays_one() =>
        Assert.Contains("cluster: '${CLUSTER_OF_TEST:-prod}'\n", (await FluentdAsync("<filter **>\n@type record_transformer\n<record>\ncluster \"#{ENV['CLUSTER_OF_TEST'] || 'prod'}\"\n</record>\n</filter>")).Yaml, StringComparison.Ordinal);

    [Theory]
    [InlineData("s3_bucket ${tag}-logs", 1)]
    [InlineData("s3_region ${region}", 1)]
    [InlineData("s3_bucket my-${hostname}", 1)]
    [InlineData("path logs/${$.kubernetes.namespace_name}/", 0)]
    [InlineData("s3_region \"#{ENV['REGION_OF_TEST'] || 'eu-west-1'}\"", 0)]
    public async Task A_placeholder_in_a_store_is_told(string key, int told)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, $"<source>\n@type tail\npath /var/log/containers/*.log\ntag kube.*\n</source>\n<match **>\n@type s3\ns3_bucket my-logs\n{key}\n<format>\n@type json\n</format>\n</match>\n");
        var (code, _, error) = await Converted.RunAsync("convert", "--from", "fluentd", file);
        File.Delete(file);

        Assert.Equal((told, told), (code, error.Split('\n').Count(l => l.StartsWith("NOT CONVERTED", StringComparison.Ordinal) && l.Contains("which Fluentd fills in for each chunk", StringComparison.Ordinal))));
    }

    /// <summary>What is no variable is refused by validate, so it is told.</summary>
    [Theory]
    [InlineData("${tag_parts[1]}-logs")]
    [InlineData("${$.kubernetes.namespace_name}")]
    [InlineData("logs-${")]
    public async Task A_mistake_beside_a_dollar_is_told(string bucket)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, $"<source>\n@type tail\npath /var/log/containers/*.log\ntag kube.*\n</source>\n<match **>\n@type s3\ns3_bucket {bucket}\n<format>\n@type json\n</format>\n</match>\n");
        var (code, _, error) = await Converted.RunAsync("convert", "--from", "fluentd", file);
        File.Delete(file);

        Assert.Equal(1, code);
        Assert.Contains("(the printed configuration line ", error, StringComparison.Ordinal);
    }

    private static ContainerSourceSettings Pods(Converted converted) => (ContainerSourceSettings)Assert.Single(converted.Configuration.Sources);

    private static string Modify(string match, string keys) => $"[FILTER]\n    Name modify\n    Match {match}\n    {keys}\n";

    private static Task<Converted> FluentBitAsync(string text) => Converted.OfAsync("fluent-bit", ".conf", text);

    private static Task<Converted> FluentdAsync(string filter) => Converted.OfAsync("fluentd", ".conf", $"<source>\n@type tail\npath /var/log/containers/*.log\ntag kube.*\n</source>\n{filter}\n<match **>\n@type s3\ns3_bucket my-logs\n<format>\n@type json\n</format>\n</match>\n");

    private static Task<Converted> VectorAsync(string program, string inputs) => Converted.OfAsync("vector", ".yaml", $$"""
        sources:
          pods: {type: kubernetes_logs}
        transforms:
          r: {type: remap, inputs: [pods], source: '{{program}}'}
        sinks:
          s: {type: aws_s3, inputs: [r], bucket: team-logs, region: a}
          t: {type: aws_s3, inputs: {{inputs}}, bucket: team-other, region: a}
        """);
}
