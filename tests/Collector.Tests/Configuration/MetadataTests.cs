using Collector.Configuration;
using Xunit;

namespace Collector.Tests.Configuration;

/// <summary>What only the Kubernetes API can tell, and is asked for without it.</summary>
public sealed class MetadataTests
{
    private const string Labels = "outputs: [{match: {podLabels: {app: cart}}, store: {type: filesystem, path: /data}}]\n";

    [Theory]
    [InlineData("sources: [{}]\nkubernetes: {enabled: false}\n", "matches nothing, because kubernetes.enabled: false means that labels are never read; remove it, or write kubernetes: {enabled: true}")]
    [InlineData("sources: [{name: audit, type: file, path: /a}]\n\n", "matches nothing, because all sources of the output have type file; remove it, or add a source of type containers")]
    public void Labels_that_nothing_can_have_are_no_match(string before, string mistake) =>
        Assert.Equal(["outputs[0].match.podLabels (line 3): " + mistake], Yaml.Mistakes(before + Labels));

    [Fact]
    public void An_output_of_file_sources_alone_is_judged_by_those_that_it_names() => Assert.Equal(
        ["outputs[0].match.podLabels (line 2): matches nothing, because all sources of the output have type file; remove it, or add a source of type containers"],
        Yaml.Mistakes("sources: [{}, {name: audit, type: file, path: /a}]\n" + Labels.Replace("match: {", "match: {sources: [audit], ", StringComparison.Ordinal)));

    [Fact]
    public void Namespaces_are_in_the_path_and_need_no_API() =>
        Yaml.Valid("sources: [{}]\nkubernetes: {enabled: false}\noutputs: [{match: {namespaces: {include: [shop]}}, store: {type: filesystem, path: /data}}]");

    [Theory]
    [InlineData("enabled: true", "")]
    [InlineData("enabled: false", "")]
    [InlineData("enabled: false, kubeconfig: /k, annotations: true, namespaceLabels: true, nodeLabels: true", "kubernetes.kubeconfig kubernetes.annotations kubernetes.namespaceLabels kubernetes.nodeLabels")]
    public void What_has_no_effect_without_the_API_is_warned_of(string kubernetes, string keys)
    {
        var warnings = ConfigurationWarnings.Of(Yaml.Valid($"{Yaml.Minimal}kubernetes: {{{kubernetes}}}"));

        Assert.Equal(keys.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(key => $"{key}: has no effect without kubernetes.enabled: true"), warnings);
    }

    [Theory]
    [InlineData("enabled: false", ".kubernetes.namespace_name", "")]
    [InlineData("enabled: false", ".kubernetes.docker_id", "")]
    [InlineData("enabled: false", ".kubernetes.labels.app", "kubernetes.enabled: true")]
    [InlineData("enabled: false", ".kubernetes.owner_name", "kubernetes.enabled: true")]
    [InlineData("labels: false", ".kubernetes.labels.app", "")]
    [InlineData("labels: true", ".kubernetes.annotations.team", "kubernetes.annotations: true")]
    [InlineData("annotations: true", ".kubernetes.annotations.team", "")]
    [InlineData("labels: true", ".kubernetes.namespace_labels.team", "kubernetes.namespaceLabels: true")]
    [InlineData("labels: true", ".kubernetes.node_labels.zone", "kubernetes.nodeLabels: true")]
    public void A_field_of_a_prefix_that_is_never_known_is_warned_of(string kubernetes, string field, string missing)
    {
        var warnings = ConfigurationWarnings.Of(Yaml.Valid(
            $"{Yaml.Source}kubernetes: {{{kubernetes}}}\noutputs: [{{store: {{type: filesystem, path: /data}}, keyPrefix: 'a-{{{field}||\"none\"}}/'}}]"));

        Assert.Equal(
            missing.Length == 0 ? [] : [$"outputs.default.keyPrefix: {field} is never known without {missing}; every key gets its fallback"],
            warnings);
    }
}
