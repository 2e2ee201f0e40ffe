using Xunit;

namespace Collector.Tests.Configuration;

/// <summary>Every mistake outside sources and outputs: where, what, and what to write instead.</summary>
public sealed class RootMistakesTests
{
    private const string DurationMistake =
        "is not a duration above zero and up to 720h; write a whole number with ms, s, m or h, like 30s or 1m30s";

    private const string SizeFix = "bytes, or a whole number with kB, MB, GB, KiB, MiB or GiB, like 48MB";

    [Theory]
    [InlineData("clutser: a", "clutser (line 3): is not a known key; did you mean cluster?")]
    [InlineData("DATADIR: /a", "DATADIR (line 3): is not a known key; did you mean dataDir?")]
    [InlineData("zzz: a", "zzz (line 3): is not a known key; write one of cluster, node, dataDir, kubernetes, sources, outputs, buffer, telemetry, shutdown")]
    [InlineData("drain: {watchNode: true}", "drain (line 3): not yet: watching the node for a drain is not in this product; remove it")]
    [InlineData("reload: true", "reload (line 3): not yet: a hot reload of the configuration is not in this product; remove it")]
    [InlineData("cluster: a\ncluster: b", "cluster (line 4): is written twice; remove one of them")]
    [InlineData("cluster: [a]", "cluster (line 3): is a list, not a text; write a text")]
    [InlineData("node: a/b", "node (line 3): 'a/b' is not the name of a node; write up to 253 of A-Z a-z 0-9 - _ and .")]
    [InlineData("dataDir: a", "dataDir (line 3): 'a' is not an absolute path; write a path from /, without . and .. in it")]
    [InlineData("dataDir: /a/../b", "dataDir (line 3): '/a/../b' is not an absolute path; write a path from /, without . and .. in it")]
    [InlineData("dataDir:", "dataDir (line 3): is empty, not an absolute path; write a path from /, without . and .. in it")]
    [InlineData("dataDir: /var/log/pods/x", "dataDir (line 3): /var/log/pods/x is a directory that source 'containers' reads (/var/log/pods/**); write a directory of its own")]
    [InlineData("dataDir: /var/log", "dataDir (line 3): /var/log is a directory that source 'containers' reads (/var/log/containers/**); write a directory of its own")]
    [InlineData("kubernetes: true", "kubernetes (line 3): is a single value, not a mapping; write a mapping with enabled, kubeconfig, metadataTimeout, labels, annotations, namespaceLabels, nodeLabels, infrastructureNamespaces")]
    [InlineData("kubernetes:\n  enabled: yes", "kubernetes.enabled (line 4): 'yes' is not a boolean; write true or false")]
    [InlineData("kubernetes:\n  enabled: \"true\"", "kubernetes.enabled (line 4): is quoted text, not a boolean; write true or false, without quotes")]
    [InlineData("kubernetes: {kubeconfig: a}", "kubernetes.kubeconfig (line 3): 'a' is not an absolute path; write a path from /, without . and .. in it")]
    [InlineData("kubernetes: {metadataTimeout: 10}", "kubernetes.metadataTimeout (line 3): '10' " + DurationMistake)]
    [InlineData("kubernetes: {infrastructureNamespaces: kube-*}", "kubernetes.infrastructureNamespaces (line 3): is a single value, not a list; write it as a list: [a, b], or one '- …' a line")]
    [InlineData("kubernetes: {infrastructureNamespaces: [a, 'b[c]']}", "kubernetes.infrastructureNamespaces[1] (line 3): 'b[c]' is not a glob of namespaces; write up to 63 of a-z 0-9 -, with * for any text and ? for any letter")]
    [InlineData("buffer: {sync: 0s}", "buffer.sync (line 3): '0s' " + DurationMistake)]
    [InlineData("buffer: {minFreeDisk: 120%}", "buffer.minFreeDisk (line 3): '120%' is not a share of the disk or a size; write a percentage up to 99%, or " + SizeFix)]
    [InlineData("buffer: {maxDeletedUnread: 2Gi}", "buffer.maxDeletedUnread (line 3): '2Gi' is not a size; write " + SizeFix)]
    [InlineData("buffer: {quarantineMaxSize: -1}", "buffer.quarantineMaxSize (line 3): '-1' is not a size; write " + SizeFix)]
    [InlineData("telemetry: {listen: 2020}", "telemetry.listen (line 3): '2020' is not an address to listen on; write \":PORT\" for all addresses, \"127.0.0.1:PORT\" or \"[::1]:PORT\"")]
    [InlineData("telemetry: {log: {level: verbose}}", "telemetry.log.level (line 3): 'verbose' is not one of the choices; write one of trace, debug, info, warning, error")]
    [InlineData("telemetry: {log: {format: xml}}", "telemetry.log.format (line 3): 'xml' is not one of the choices; write one of json, text")]
    [InlineData("shutdown: {grace: 1000h}", "shutdown.grace (line 3): '1000h' " + DurationMistake)]
    [InlineData("cluster: ${A}", "cluster (line 3): the environment variable A is not set; set it, or write ${A:-default}")]
    [InlineData("cluster: a${A", "cluster (line 3): has ${ without its }; write ${NAME}, or $${ for the characters themselves")]
    [InlineData("cluster: ${A-b}", "cluster (line 3): 'A-b' is not the name of a variable; write ${NAME}, or $${ for the characters themselves")]
    public void A_mistake_is_told_with_its_path_its_line_and_its_fix(string added, string mistake) =>
        Assert.Equal([mistake], Yaml.Mistakes(Yaml.Minimal + added));

    [Theory]
    [InlineData(Yaml.Output, "sources (line 1): is required and missing; add sources (The logs to read; at least one)")]
    [InlineData(Yaml.Source, "outputs (line 1): is required and missing; add outputs (Where to store records; at least one)")]
    [InlineData("sources: []\n" + Yaml.Output, "sources (line 1): is empty; write at least one")]
    [InlineData(Yaml.Source + "outputs:\n", "outputs (line 2): is empty; write at least one")]
    public void Without_sources_or_outputs_there_is_nothing_to_run(string yaml, string mistake) =>
        Assert.Equal([mistake], Yaml.Mistakes(yaml));

    [Theory]
    [InlineData("", "test.yaml (line 1): is empty; write at least sources and outputs")]
    [InlineData("# nothing\n", "test.yaml (line 1): is empty; write at least sources and outputs")]
    [InlineData("\n- a\n", "test.yaml (line 2): is a list, not a mapping; write keys and values, like sources: …")]
    [InlineData("text", "test.yaml (line 1): is a single value, not a mapping; write keys and values, like sources: …")]
    public void A_file_that_is_no_mapping_is_told_by_its_name(string yaml, string mistake) =>
        Assert.Equal([mistake], Yaml.Mistakes(yaml));

    [Theory]
    [InlineData("a: 1\nb: [\n", 3)]
    [InlineData("a: 1\n\tb: 1", 2)]
    [InlineData("a: {b: ${C}}", 1)]
    [InlineData("a: *b", 1)]
    [InlineData("a: 1\n---\nb: 1", 2)]
    [InlineData("? [a]\n: b", 1)]
    [InlineData("a: \"\\q\"", 1)]
    public void What_is_not_yaml_is_told_with_its_line(string yaml, int line) =>
        Assert.StartsWith($"test.yaml (line {line}): is not YAML: ", Assert.Single(Yaml.Mistakes(yaml)));

    [Fact]
    public void A_deeply_nested_file_is_a_mistake_and_not_the_end_of_the_process() =>
        Assert.Contains("more than 100 levels", Assert.Single(Yaml.Mistakes("a: " + new string('[', 50_000))));

    [Fact]
    public void All_mistakes_are_told_at_once_in_the_order_of_the_file()
    {
        var mistakes = Yaml.Mistakes("""
            cluster: ${NOPE}
            outputs:
              - name: A
                compression: lz4
              - 7
            sources:
              - {type: journald}
              - {maxRecordSize: 0}
            shutdown: {grace: long}
            """);

        Assert.Equal(
            ["cluster (line 1)", "outputs[0].name (line 3)", "outputs[0].store (line 3)", "outputs[0].compression (line 4)", "outputs[1] (line 5)",
                "sources[0].type (line 7)", "sources[1].maxRecordSize (line 8)", "shutdown.grace (line 9)"],
            mistakes.Select(mistake => mistake.Split(':')[0]));
    }

    [Fact]
    public void A_mistake_stays_on_one_line_whatever_was_written() =>
        Assert.DoesNotContain('\n', Assert.Single(Yaml.Mistakes(Yaml.Minimal + "dataDir: \"a\\nb\"")));
}
