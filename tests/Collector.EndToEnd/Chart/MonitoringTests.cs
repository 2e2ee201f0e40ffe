using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Collector.EndToEnd.Harness;
using Collector.EndToEnd.Helpers;
using Collector.Testing.Oracle;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Chart;

/// <summary>The alerts and the dashboard speak of what the binary says.</summary>
public sealed partial class MonitoringTests : IDisposable
{
    /// <summary>Of others: Prometheus itself, kube-state-metrics.</summary>
    private static readonly string[] Foreign = ["up", "kube_daemonset_status_number_unavailable"];

    /// <summary>Without a sample until there are credentials that expire, or a Kubernetes API.</summary>
    private static readonly string[] Conditional = ["collector_credential_expiry_timestamp_seconds", "collector_kubernetes_requests_total"];

    private static readonly string Alerts = Repository.In("deploy/alerts.yaml");

    private static readonly string Dashboard = Repository.In("charts/collector/files/dashboard.json");

    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    [Theory]
    [InlineData("check", "deploy/alerts.yaml")]
    [InlineData("check", "charts/collector/files/alerts.yaml")]
    [InlineData("test", "tests/Collector.EndToEnd/Chart/alerts.test.yaml")]
    public void Promtool_accepts(string command, string file)
    {
        CommandRun run = CommandRun.Of(ChartFiles.Tool("promtool"), command, "rules", Repository.In(file));
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
    }

    [Fact]
    public void Every_alert_is_tried_and_has_a_paragraph_in_the_runbook()
    {
        string tests = File.ReadAllText(Repository.In("tests/Collector.EndToEnd/Chart/alerts.test.yaml"));
        string runbook = File.ReadAllText(Repository.In("charts/collector/README.md"));
        string[] alerts = [.. AlertName().Matches(File.ReadAllText(Alerts)).Select(m => m.Groups["name"].Value)];
        Assert.True(alerts.Length > 10);
        Assert.All(alerts, alert => Assert.Contains(alert, tests, StringComparison.Ordinal));
        Assert.All(alerts, alert => Assert.Matches($"(?m)^### {alert}\n\n[A-Z]", runbook));
    }

    [Fact]
    public void Every_metric_that_is_asked_for_is_there()
    {
        MetricsScrape scrape = Scrape();
        string[] asked = [.. Names(Alerts).Union(Names(Dashboard)).Except(Foreign)];
        Assert.True(asked.Length > 30);
        Assert.All(asked.Except(Conditional), name => Assert.True(scrape.Samples(name).Any(), $"{name} is asked for, and not there."));

        // What has no sample now is at least a name that this binary knows.
        byte[] binary = File.ReadAllBytes(CollectorBinary.Path);
        Assert.All(asked.Intersect(Conditional), name => Assert.True(binary.AsSpan().IndexOf(Encoding.Unicode.GetBytes(name)) >= 0, name));
    }

    /// <summary>A result or a reason that is misspelt would match nothing, and never say so.</summary>
    [Fact]
    public void Every_value_of_a_label_that_is_asked_for_is_there()
    {
        MetricsScrape scrape = Scrape();
        var asked =
            (from text in (string[])[File.ReadAllText(Alerts), File.ReadAllText(Dashboard).Replace("\\\"", "\"", StringComparison.Ordinal)]
             from selector in Selector().Matches(text)
             from matcher in Matcher().Matches(selector.Groups["matchers"].Value)
             from value in matcher.Groups["values"].Value.Split('|')
             select (Metric: selector.Groups["metric"].Value, Label: matcher.Groups["label"].Value, Value: value)).Distinct().ToList();
        Assert.True(asked.Count >= 8);
        Assert.All(asked, a => Assert.Contains(scrape.Samples(a.Metric), s => s.Labels[a.Label] == a.Value));
    }

    [Theory]
    [InlineData("collector_bytes_lost_total", "reason", "CollectorBytesLost")]
    [InlineData("collector_files_lost_total", "reason", "CollectorFilesLost")]
    [InlineData("collector_records_dropped_total", "reason", "CollectorRecordsDropped")]
    [InlineData("collector_upload_attempts_total", "result", "CollectorUploadErrors")]
    public void Every_reason_is_in_the_runbook(string metric, string label, string alert)
    {
        string runbook = File.ReadAllText(Repository.In("charts/collector/README.md"));
        int start = runbook.IndexOf($"### {alert}\n", StringComparison.Ordinal), end = runbook.IndexOf("\n### ", start + 1, StringComparison.Ordinal);
        Assert.All(Scrape().Samples(metric).Select(s => s.Labels[label]), value => Assert.Contains($"`{value}`", runbook[start..end], StringComparison.Ordinal));
    }

    [Fact]
    public void Prometheus_can_parse_every_query_of_the_dashboard()
    {
        JsonNode dashboard = JsonNode.Parse(File.ReadAllText(Dashboard))!;
        string[] queries = [.. dashboard["panels"]!.AsArray().SelectMany(p => p!["targets"]?.AsArray() ?? []).Select(t => (string)t!["expr"]!)];
        Assert.True(queries.Length > 20);
        using var work = new TemporaryDirectory();
        File.WriteAllText(work.Sub("queries.yaml"), new JsonObject { ["groups"] = new JsonArray(new JsonObject { ["name"] = "dashboard", ["rules"] = new JsonArray([.. queries.Select(Rule)]) }) }.ToJsonString());
        CommandRun run = CommandRun.Of(ChartFiles.Tool("promtool"), "check", "rules", work.Sub("queries.yaml"));
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);

        // promtool reads rules; Grafana puts in what it calls by these names.
        static JsonNode Rule(string query, int i) => new JsonObject
        {
            ["record"] = $"query:{i}",
            ["expr"] = query.Replace("$__rate_interval", "5m", StringComparison.Ordinal).Replace("$__range", "6h", StringComparison.Ordinal),
        };
    }

    /// <summary>Of a collector that has stored a line.</summary>
    private MetricsScrape Scrape()
    {
        new PodLog(stage.Tree).Write("a line");
        Agent agent = stage.Start();
        agent.AwaitUploaded(1);
        return agent.Scrape();
    }

    private static IEnumerable<string> Names(string file) => MetricName().Matches(File.ReadAllText(file)).Select(m => m.Value).Distinct(StringComparer.Ordinal);

    // A metric is what has one of these families' names; a label or a job has none of them.
    [GeneratedRegex(@"\b(?:(?:collector|process|dotnet|kube)_[a-z0-9_]+)\b", RegexOptions.ExplicitCapture)]
    private static partial Regex MetricName();

    [GeneratedRegex(@"(?<metric>collector_[a-z_]+)\{(?<matchers>[^}]*)\}", RegexOptions.ExplicitCapture)]
    private static partial Regex Selector();

    // Labels with values of the collector's own, not of the cluster's.
    [GeneratedRegex("""(?<label>reason|result|state)(=|!=|=~|!~)"(?<values>[^"]*)["]""", RegexOptions.ExplicitCapture)]
    private static partial Regex Matcher();

    [GeneratedRegex(@"- alert: (?<name>\w+)", RegexOptions.ExplicitCapture)]
    private static partial Regex AlertName();
}
