using Collector.EndToEnd.Harness;
using Collector.EndToEnd.Helpers;
using Xunit;

namespace Collector.EndToEnd.Chart;

/// <summary>A copy of <c>deploy/examples/union</c>, whose dependency Helm has fetched.</summary>
internal sealed class Umbrella : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly string chart;

    public Umbrella()
    {
        // The dependency is named by a path relative to the parent.
        foreach (string path in (string[])["charts/collector", "deploy/examples/union"]) Copy(ChartFiles.In(path), directory.Sub(path));
        chart = directory.Sub("deploy/examples/union");
        CommandRun build = Helm.Newest.Run("dependency", "build", chart);
        Assert.True(build.ExitCode == 0, build.Errors);
    }

    public RenderedChart Render(string values, params string[] arguments) =>
        Helm.Newest.RenderOf(chart, ["--values", Path.Combine(ChartFiles.Examples, "union", values), .. arguments]);

    public CommandRun Template(params string[] arguments) => Helm.Newest.Template(chart, arguments);

    /// <summary>What an installation prints.</summary>
    public string Notes(string values, params string[] arguments)
    {
        CommandRun run = Helm.Newest.Run(["install", "dataplane", chart, "--dry-run=client", "--values", Path.Combine(ChartFiles.Examples, "union", values), .. arguments]);
        Assert.True(run.ExitCode == 0, run.Errors);
        return run.Output[run.Output.IndexOf("NOTES:", StringComparison.Ordinal)..];
    }

    public void Dispose() => directory.Dispose();

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (string sub in Directory.EnumerateDirectories(from)) Copy(sub, Path.Combine(to, Path.GetFileName(sub)));
    }
}
