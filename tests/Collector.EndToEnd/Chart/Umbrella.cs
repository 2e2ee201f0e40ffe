using Collector.EndToEnd.Harness;
using Collector.EndToEnd.Helpers;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Chart;

/// <summary>A copy of <c>deploy/examples/union</c>, whose dependency Helm has fetched.</summary>
internal sealed class Umbrella : IDisposable
{
    private static readonly string[] Image = ["--set", $"fluentbit.{ChartFiles.Image}"];

    private readonly TemporaryDirectory directory = new();
    private readonly string chart;

    public Umbrella()
    {
        // The dependency is named by a path relative to the parent.
        foreach (string path in (string[])["charts/collector", "deploy/examples/union"]) ChartFiles.Copy(Repository.In(path), directory.Sub(path));
        chart = directory.Sub("deploy/examples/union");
        CommandRun build = Helm.Newest.Run("dependency", "build", chart);
        Assert.True(build.ExitCode == 0, build.Errors);
    }

    public RenderedChart Render(string values, params string[] arguments) => Render(Helm.Newest, values, arguments);

    public RenderedChart Render(Helm helm, string values, params string[] arguments) =>
        helm.RenderOf(chart, [.. Image, "--values", Path.Combine(ChartFiles.Examples, "union", values), .. arguments]);

    /// <summary><c>helm lint --strict</c>. Not <c>--with-subcharts</c>, which gives a dependency the values of the parent as its own.</summary>
    public CommandRun Lint(Helm helm, string values) =>
        helm.Run(["lint", "--strict", chart, .. Image, "--values", Path.Combine(ChartFiles.Examples, "union", values)]);

    public CommandRun Template(params string[] arguments) => Helm.Newest.Template(chart, [.. Image, .. arguments]);

    /// <summary>What an installation prints.</summary>
    public string Notes(string values, params string[] arguments)
    {
        CommandRun run = Helm.Newest.Run(["install", "dataplane", chart, "--dry-run=client", .. Image, "--values", Path.Combine(ChartFiles.Examples, "union", values), .. arguments]);
        Assert.True(run.ExitCode == 0, run.Errors);
        return run.Output[run.Output.IndexOf("NOTES:", StringComparison.Ordinal)..];
    }

    /// <summary>What it says without an image.</summary>
    public string RefusalWithoutImage(string values) => Helm.Newest.Template(chart, "--values", Path.Combine(ChartFiles.Examples, "union", values)).Errors;

    public void Dispose() => directory.Dispose();
}
