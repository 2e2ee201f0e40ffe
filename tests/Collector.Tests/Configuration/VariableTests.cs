using Xunit;

namespace Collector.Tests.Configuration;

public sealed class VariableTests
{
    [Theory]
    [InlineData("${A}", "a")]
    [InlineData("\"x-${A}-${B:-b}\"", "x-a-b")]
    [InlineData("${A:-b}", "a")]
    [InlineData("${EMPTY:-b}", "b")]
    [InlineData("${EMPTY}", "")]
    [InlineData("${B:-}", "")]
    [InlineData("${B:-/x:-y}", "/x:-y")]
    [InlineData("$$", "$")]
    [InlineData("$${A}", "${A}")]
    [InlineData("$A $ 5$", "$A $ 5$")]
    [InlineData("${NESTED}", "${A}")]
    [InlineData("'${TREE}'", "[a, b]")]
    public void Variables_are_replaced_in_values(string written, string read) => Assert.Equal(
        read,
        Yaml.Valid(Yaml.Minimal + "cluster: " + written, ("A", "a"), ("EMPTY", ""), ("NESTED", "${A}"), ("TREE", "[a, b]")).Cluster);

    [Fact]
    public void A_variable_may_be_of_any_kind()
    {
        var configuration = Yaml.Valid(
            Yaml.Minimal + "kubernetes:\n  labels: ${BOOLEAN}\nbuffer:\n  sync: ${DURATION}\n  quarantineMaxSize: ${SIZE}",
            ("BOOLEAN", "false"), ("DURATION", "7s"), ("SIZE", "3MB"));

        Assert.False(configuration.Kubernetes.Labels);
        Assert.Equal(TimeSpan.FromSeconds(7), configuration.Buffer.Sync);
        Assert.Equal(3_000_000, configuration.Buffer.QuarantineMaxSize);
    }

    [Fact]
    public void What_a_variable_holds_cannot_add_keys() =>
        Assert.Equal("a\nnode: b", Yaml.Valid(Yaml.Minimal + "cluster: ${A}", ("A", "a\nnode: b")).Cluster);

    [Theory]
    [InlineData("", "from-env", "from-env")]
    [InlineData("node: ${NODE_NAME:-}", "from-env", "from-env")]
    [InlineData("node: written", "from-env", "written")]
    public void The_node_is_what_is_written_or_what_the_environment_says(string added, string variable, string node) =>
        Assert.Equal(node, Yaml.Valid(Yaml.Minimal + added, ("NODE_NAME", variable)).Node);

    [Theory]
    [InlineData("")]
    [InlineData("node:")]
    [InlineData("node: ${NODE_NAME:-}")]
    public void A_node_without_a_name_has_its_host_name(string added) =>
        Assert.Equal(Environment.MachineName, Yaml.Valid(Yaml.Minimal + added).Node);
}
