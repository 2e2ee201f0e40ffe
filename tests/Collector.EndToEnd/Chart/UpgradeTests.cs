using System.Text.RegularExpressions;
using System.Xml.Linq;
using Collector.EndToEnd.Helpers;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Chart;

/// <summary>A release outlives the versions of the chart and its values.</summary>
public sealed partial class UpgradeTests : IDisposable
{
    /// <summary>The chart cannot do without.</summary>
    private static readonly string[] Needed = ["store", "image"];

    private readonly TemporaryDirectory directory = new();

    public static TheoryData<string> Helms => [.. Helm.Versions];

    public void Dispose() => directory.Dispose();

    /// <summary>The API server refuses another selector for a DaemonSet that is there.</summary>
    [Fact]
    public void The_selector_stays_whatever_the_version_and_the_labels()
    {
        RenderedChart now = Helm.Newest.Render("--values", ChartFiles.Minimal);
        RenderedChart next = Helm.Newest.RenderOf(
            NextVersion(), "--values", ChartFiles.Minimal,
            "--set", @"commonLabels.app\.kubernetes\.io/name=other", "--set", @"podLabels.app\.kubernetes\.io/instance=other", "--set", @"global.additionalPodLabels.app\.kubernetes\.io/component=other");

        var selector = Selector(now);
        Assert.Equal(selector, Selector(next));
        Assert.Superset(selector.ToHashSet(), next.PodLabels().ToHashSet());
        Assert.Equal("9.9.9", (string?)next.DaemonSet["metadata"]!["labels"]!["app.kubernetes.io/version"]);

        static IReadOnlyDictionary<string, string> Selector(RenderedChart chart) => RenderedChart.Strings(chart.DaemonSet["spec"]!["selector"]!["matchLabels"]!);
    }

    /// <summary>5,000 nodes are not started anew for a corrected comment in a template.</summary>
    [Fact]
    public void A_new_chart_with_the_same_image_and_configuration_replaces_no_pod()
    {
        string image = "image.tag=0.2.0";
        RenderedChart now = Helm.Newest.Render("--values", ChartFiles.Minimal, "--set", image), next = Helm.Newest.RenderOf(NextVersion(), "--values", ChartFiles.Minimal, "--set", image);
        Assert.Equal(now.Pod.ToJsonString(), next.Pod.ToJsonString());
    }

    /// <summary>
    /// Helm takes a key that a values file leaves empty out of the values, and with --reuse-values an older release has none for what
    /// is new.
    /// </summary>
    [Theory]
    [MemberData(nameof(Helms))]
    public void A_key_without_a_value_is_as_if_nothing_had_been_said(string helm)
    {
        string[] keys = [.. Key().Matches(File.ReadAllText(Repository.In("charts/collector/values.yaml"))).Select(m => m.Groups["name"].Value)];
        Assert.True(keys.Length > 40);
        Assert.All(keys.Except(Needed), key => Assert.Equal("", new Helm(helm).Template(ChartFiles.Chart, "--values", ChartFiles.Minimal, "--set", $"{key}=null").Errors));
    }

    [Fact]
    public void A_probe_without_a_value_is_none() =>
        Assert.Null(Helm.Newest.Render("--values", ChartFiles.Minimal, "--set", "livenessProbe=null").Container["livenessProbe"]);

    [Fact]
    public void The_account_and_its_role_stay_when_their_keys_are_empty()
    {
        RenderedChart chart = Helm.Newest.Render("--values", ChartFiles.Minimal, "--set", "serviceAccount=null", "--set", "rbac=null");
        Assert.Contains("ServiceAccount", chart.Kinds);
        Assert.Contains("ClusterRole", chart.Kinds);
    }

    [Fact]
    public void Image_chart_and_binary_have_one_version()
    {
        string version = XDocument.Load(Repository.In("Directory.Build.props")).Descendants("Version").Single().Value;
        Assert.Contains($"\nappVersion: {version}\n", File.ReadAllText(Repository.In("charts/collector/Chart.yaml")), StringComparison.Ordinal);
        Assert.Contains($"\nARG VERSION={version}\n", File.ReadAllText(Repository.In("Dockerfile")), StringComparison.Ordinal);
    }

    private string NextVersion()
    {
        string chart = directory.Sub("collector");
        ChartFiles.Copy(ChartFiles.Chart, chart);
        string file = Path.Combine(chart, "Chart.yaml");
        File.WriteAllText(file, Version().Replace(File.ReadAllText(file), "${key}: 9.9.9"));
        return chart;
    }

    [GeneratedRegex("^(?<key>version|appVersion): .*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Version();

    [GeneratedRegex("^(?<name>[a-zA-Z]+):", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Key();
}
