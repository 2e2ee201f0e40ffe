using Collector.EndToEnd.Harness;
using Xunit;

namespace Collector.EndToEnd.Chart;

/// <summary>A real Helm: 3.17.2 (<c>helm3</c>) or 4.1.4 (<c>helm4</c>).</summary>
internal sealed class Helm(string name)
{
    public static IReadOnlyList<string> Versions { get; } = ["helm3", "helm4"];

    public static Helm Newest { get; } = new("helm4");

    public CommandRun Run(params string[] arguments) => CommandRun.Of(ChartFiles.Tool(name), arguments);

    /// <summary><c>helm template</c> of the release <c>collector</c> in the namespace <c>logging</c>.</summary>
    public CommandRun Template(string chart, params string[] arguments) => Run(["template", "collector", chart, "--namespace", "logging", .. arguments]);

    /// <summary>As <see cref="Template"/> of the chart itself; must succeed.</summary>
    public RenderedChart Render(params string[] arguments) => RenderOf(ChartFiles.Chart, arguments);

    /// <summary>As <see cref="Template"/>; must succeed.</summary>
    public RenderedChart RenderOf(string chart, params string[] arguments)
    {
        CommandRun run = Template(chart, arguments);
        Assert.True(run.ExitCode == 0, $"helm template {string.Join(' ', arguments)}: {run.Errors}");
        return RenderedChart.Parse(run.Output);
    }

    /// <summary>What it says when these values are refused.</summary>
    public string Refusal(params string[] arguments)
    {
        CommandRun run = Template(ChartFiles.Chart, arguments);
        Assert.True(run.ExitCode != 0, $"These values were accepted: {string.Join(' ', arguments)}");
        return run.Errors;
    }
}
