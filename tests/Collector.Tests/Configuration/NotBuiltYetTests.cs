using Collector.Configuration;
using Xunit;

namespace Collector.Tests.Configuration;

/// <summary>What the contract has and this version has not: legal to write, an error to run.</summary>
public sealed class NotBuiltYetTests
{
    [Theory]
    [InlineData("enabled: true", "enabled (line 4): metadata from the Kubernetes API is not built into this version yet; write false, or remove it")]
    [InlineData("labels: false", "labels (line 4): metadata from the Kubernetes API is not built into this version yet; remove it")]
    [InlineData("enabled: false\n  kubeconfig: /a", "kubeconfig (line 5): metadata from the Kubernetes API is not built into this version yet; remove it")]
    public void Keys_that_need_the_API_are_named(string key, string mistake) =>
        Assert.Equal(["kubernetes." + mistake], Gated($"{Yaml.Minimal}kubernetes:\n  {key}"));

    [Fact]
    public void Matching_by_labels_is_named() => Assert.Equal(
        ["outputs[0].match.podLabels (line 2): matching by labels is not built into this version yet; match namespaces instead"],
        Gated($"{Yaml.Source}outputs: [{{match: {{podLabels: {{app: cart}}}}, store: {{type: filesystem, path: /data}}}}]"));

    [Theory]
    [InlineData("")]
    [InlineData("kubernetes:")]
    [InlineData("kubernetes: {enabled: false, infrastructureNamespaces: [kube-system]}")]
    public void What_is_built_passes(string added) => Assert.Empty(Gated(Yaml.Minimal + added));

    private static IEnumerable<string> Gated(string yaml) =>
        ConfigurationParser.Parse(yaml, "test.yaml", _ => null, NotBuiltYet.Check).Mistakes.Select(mistake => mistake.ToString());
}
