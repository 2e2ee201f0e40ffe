using Collector.Configuration;
using Xunit;

namespace Collector.Tests.Configuration;

/// <summary>What the contract has and this version has not: legal to write, an error to run.</summary>
public sealed class NotBuiltYetTests
{
    [Theory]
    [InlineData("azureBlob, account: mystorage, container: logs", "azureBlob")]
    [InlineData("gcs, bucket: logs", "gcs")]
    public void A_store_that_is_not_built_is_named(string store, string type)
    {
        var yaml = $"{Yaml.Source}outputs:\n  - store: {{type: {store}}}";

        Yaml.Valid(yaml);
        Assert.Equal([$"outputs[0].store.type (line 3): {type} is not built into this version yet; use s3 or filesystem"], Gated(yaml));
    }

    [Theory]
    [InlineData("")]
    [InlineData("kubernetes:")]
    [InlineData("kubernetes: {enabled: true, labels: false, nodeLabels: true}")]
    [InlineData("kubernetes: {enabled: false, infrastructureNamespaces: [kube-system]}")]
    public void What_is_built_passes(string added) => Assert.Empty(Gated(Yaml.Minimal + added));

    private static IEnumerable<string> Gated(string yaml) =>
        ConfigurationParser.Parse(yaml, "test.yaml", _ => null, NotBuiltYet.Check).Mistakes.Select(mistake => mistake.ToString());
}
