using Collector.EndToEnd.Harness;
using Collector.EndToEnd.Helpers;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Chart;

/// <summary>What Helm and Kubernetes themselves say of the chart, for every file of values there is.</summary>
public sealed class RenderTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public static TheoryData<string> Helms => [.. Helm.Versions];

    public static TheoryData<string, string> HelmsAndValues()
    {
        var data = new TheoryData<string, string>();
        foreach (string helm in Helm.Versions)
        {
            foreach (string values in ChartFiles.AllValues()) data.Add(helm, values);
        }

        return data;
    }

    public void Dispose() => directory.Dispose();

    [Theory]
    [MemberData(nameof(HelmsAndValues))]
    public void Helm_finds_nothing_to_complain_about(string helm, string values)
    {
        CommandRun lint = new Helm(helm).Run("lint", "--strict", ChartFiles.Chart, "--set", ChartFiles.Image, "--values", Repository.In(values));
        Assert.True(lint.ExitCode == 0, lint.Output + lint.Errors);
    }

    /// <summary>The golden renders are <c>deploy/manifests</c>; with them the schema, the dashboard and the alerts are compared.</summary>
    [Theory]
    [MemberData(nameof(Helms))]
    public void What_is_committed_is_what_is_rendered(string helm)
    {
        CommandRun render = CommandRun.Of("env", $"HELM={ChartFiles.Tool(helm)}", Repository.In("hack/render.sh"), "--check");
        Assert.True(render.ExitCode == 0, render.Output + render.Errors);
    }

    [Fact]
    public void Kubernetes_own_schemas_accept_every_object()
    {
        string[] files = [.. ChartFiles.AllValues().Select(Rendered)];
        CommandRun check = ChartFiles.Node("check-objects.mjs", files);
        Assert.True(check.ExitCode == 0, check.Output + check.Errors);
    }

    [Theory]
    [InlineData("mountPath:", "mountPaht:", "mountPaht")]
    [InlineData("terminationGracePeriodSeconds: 40", "terminationGracePeriodSeconds: long", "terminationGracePeriodSeconds")]
    [InlineData("kind: DaemonSet", "kind: DemonSet", "DemonSet")]
    public void A_mistake_in_an_object_is_found(string right, string wrong, string named)
    {
        string file = Rendered(ChartFiles.Minimal);
        string text = File.ReadAllText(file);
        Assert.Contains(right, text, StringComparison.Ordinal);
        File.WriteAllText(file, text.Replace(right, wrong, StringComparison.Ordinal));
        CommandRun check = ChartFiles.Node("check-objects.mjs", file);
        Assert.Equal(1, check.ExitCode);
        Assert.Contains(named, check.Output, StringComparison.Ordinal);
    }

    /// <summary>Helm renders for the version it is told; the chart says from which on it works.</summary>
    [Theory]
    [InlineData("1.27.0", 0)]
    [InlineData("1.36.0", 0)]
    [InlineData("1.26.9", 1)]
    public void Old_clusters_are_refused(string version, int exitCode)
    {
        CommandRun run = Helm.Newest.Template(ChartFiles.Chart, "--values", ChartFiles.Minimal, "--kube-version", version);
        Assert.Equal(exitCode, run.ExitCode);
    }

    private string Rendered(string values)
    {
        CommandRun run = Helm.Newest.Template(ChartFiles.Chart, "--set", ChartFiles.Image, "--values", Repository.In(values));
        Assert.True(run.ExitCode == 0, run.Errors);
        string file = directory.Sub(Path.GetFileName(values));
        File.WriteAllText(file, run.Output);
        return file;
    }
}
