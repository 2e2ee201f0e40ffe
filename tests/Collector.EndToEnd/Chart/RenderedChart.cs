using System.Text.Json;
using System.Text.Json.Nodes;
using Collector.EndToEnd.Harness;
using Collector.EndToEnd.Helpers;
using Xunit;

namespace Collector.EndToEnd.Chart;

/// <summary>The objects that <c>helm template</c> printed.</summary>
internal sealed class RenderedChart
{
    private readonly IReadOnlyList<JsonNode> objects;

    private RenderedChart(IReadOnlyList<JsonNode> objects) => this.objects = objects;

    public IEnumerable<string> Kinds => objects.Select(o => (string)o["kind"]!);

    public JsonNode DaemonSet => Single("DaemonSet");

    /// <summary>The pod template of the DaemonSet.</summary>
    public JsonNode Pod => DaemonSet["spec"]!["template"]!;

    /// <summary>The collector's own container.</summary>
    public JsonNode Container => Pod["spec"]!["containers"]![0]!;

    /// <summary>The text of <c>collector.yaml</c>.</summary>
    public string Configuration => (string)objects.Single(o => (string)o["kind"]! == "ConfigMap" && o["data"]!["collector.yaml"] is not null)["data"]!["collector.yaml"]!;

    public static RenderedChart Parse(string yaml)
    {
        using var directory = new TemporaryDirectory();
        string file = directory.Sub("rendered.yaml");
        File.WriteAllText(file, yaml);
        CommandRun json = ChartFiles.Node("to-json.mjs", file);
        Assert.True(json.ExitCode == 0, json.Errors);
        return new RenderedChart([.. JsonSerializer.Deserialize<JsonArray>(json.Output)!.Select(o => o!)]);
    }

    /// <summary>The only object of its kind that is not a test's.</summary>
    public JsonNode Single(string kind) =>
        Assert.Single(objects, o => (string)o["kind"]! == kind && o["metadata"]!["annotations"]?["helm.sh/hook"] is null);

    /// <summary>The pod of <c>helm test</c>.</summary>
    public JsonNode TestPod() => Assert.Single(objects, o => (string)o["kind"]! == "Pod");

    /// <summary>Kinds of what <c>helm test</c> makes: it lists each of them as a suite.</summary>
    public IEnumerable<string> TestKinds => objects.Where(o => (string?)o["metadata"]!["annotations"]?["helm.sh/hook"] == "test").Select(o => (string)o["kind"]!);

    /// <summary>Paths of values that are null: a client-side <c>kubectl apply</c> refuses some of them.</summary>
    public IEnumerable<string> Nulls => objects.SelectMany(o => NullsIn(o, (string)o["kind"]!));

    public IReadOnlyDictionary<string, string> PodLabels() => Strings(Pod["metadata"]!["labels"]!);

    /// <summary>A variable of the collector's container; null when it has none, or one that is no plain value.</summary>
    public string? Variable(string name) =>
        (string?)Container["env"]!.AsArray().SingleOrDefault(v => (string)v!["name"]! == name)?["value"];

    private static IEnumerable<string> NullsIn(JsonNode? node, string path) => node switch
    {
        null => [path],
        JsonObject map => map.SelectMany(pair => NullsIn(pair.Value, $"{path}.{pair.Key}")),
        JsonArray items => items.SelectMany((item, i) => NullsIn(item, $"{path}[{i}]")),
        _ => [],
    };

    public static IReadOnlyDictionary<string, string> Strings(JsonNode map) =>
        map.AsObject().ToDictionary(pair => pair.Key, pair => (string)pair.Value!, StringComparer.Ordinal);
}
