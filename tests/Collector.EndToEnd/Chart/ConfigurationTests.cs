using Collector.EndToEnd.Harness;
using Collector.EndToEnd.Helpers;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Chart;

/// <summary>The collector accepts every configuration that the chart makes, and every example.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public static TheoryData<string> Values => [.. ChartFiles.AllValues()];

    public void Dispose() => directory.Dispose();

    [Theory]
    [MemberData(nameof(Values))]
    public void What_the_chart_makes_is_valid(string values) =>
        AssertValid(Helm.Newest.Render("--set", ChartFiles.Image, "--values", Repository.In(values)).Configuration);

    [Fact]
    public void The_example_of_a_host_is_valid() => AssertValid(File.ReadAllText(Path.Combine(ChartFiles.Examples, "audit-file.yaml")));

    [Theory]
    [InlineData("values-aws.yaml")]
    [InlineData("values-azure.yaml")]
    [InlineData("values-gcp.yaml")]
    public void What_a_parent_chart_makes_is_valid(string values)
    {
        using var umbrella = new Umbrella();
        AssertValid(umbrella.Render(values).Configuration);
    }

    private void AssertValid(string yaml)
    {
        string file = directory.Sub("collector.yaml");
        File.WriteAllText(file, yaml);
        CommandRun run = CommandRun.Collector("validate", "--config", file);
        Assert.True(run is { ExitCode: 0, Output: "OK\n" }, run.Output + run.Errors + yaml);
    }
}
