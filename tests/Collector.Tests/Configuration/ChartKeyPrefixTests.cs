using System.Text.RegularExpressions;
using Collector.Pipeline.Records;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.Tests.Configuration;

/// <summary>The chart refuses, when it is rendered, the key prefixes that the collector refuses at its start, and no other.</summary>
public sealed class ChartKeyPrefixTests
{
    private static readonly string[] s_seeds =
    [
        KeyTemplate.Default.Text,
        "a=b/c_d.e-f/",
        "{.kubernetes.labels.\"app.kubernetes.io/name\"||.hostname||\"none\"}/dt={\"%Y/%m/%d/%H\"}/",
        "{\"%F_%H-%M\"}-{.stream||\"x.y\"}{.cluster||\"none\"}",
        "x/{.kubernetes.pod_name||\"none\"}.log",
    ];

    [Fact]
    public void The_chart_and_the_collector_agree_on_thousands_of_changed_ones()
    {
        var chart = File.ReadAllText(Repository.In("charts/collector/templates/_config.tpl"));
        var pieces = new Regex(Regex.Match(chart, @"\$pieces := `(?<it>[^`]+)`", RegexOptions.ExplicitCapture).Groups["it"].Value, RegexOptions.ExplicitCapture);
        var segment = new Regex(Regex.Match(chart, "regexMatch `(?<it>[^`]+)`", RegexOptions.ExplicitCapture).Groups["it"].Value, RegexOptions.ExplicitCapture);
        var (fields, dates) = (new Regex(@"\{\.[^{}]*\}", RegexOptions.ExplicitCapture), new Regex("\\{\"(?<inside>[^\"]*)\"\\}", RegexOptions.ExplicitCapture));
        var random = new Random(1);
        var (valid, refused) = (0, 0);
        for (var i = 0; i < 20_000; i++)
        {
            var prefix = Change(s_seeds[i % s_seeds.Length], random, i / s_seeds.Length % 4);
            var outline = fields.Replace(dates.Replace(prefix, "${inside}"), "*");
            var isTaken = pieces.Replace(prefix, "").Length == 0 && !outline.StartsWith('/') && !outline.Contains("//") && !segment.IsMatch(outline);
            Assert.True(isTaken == KeyTemplate.TryParse(prefix, out _, out var error), $"{prefix}: the chart says {isTaken}, the collector: {error}");
            _ = isTaken ? valid++ : refused++;
        }

        Assert.True(valid > 4_000 && refused > 4_000, $"{valid} were valid, {refused} refused");
    }

    /// <summary>Some characters away, others in.</summary>
    private static string Change(string prefix, Random random, int changes)
    {
        const string Characters = "ab0-_./={}\"|%Y. é";
        for (; changes > 0; changes--)
        {
            var at = random.Next(prefix.Length);
            prefix = random.Next(2) == 0 ? prefix.Remove(at, 1) : prefix.Insert(at, Characters[random.Next(Characters.Length)].ToString());
        }

        return prefix;
    }
}
