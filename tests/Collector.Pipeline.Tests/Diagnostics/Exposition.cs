using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Collector.Pipeline.Diagnostics;
using Prometheus;
using Xunit;

namespace Collector.Pipeline.Tests.Diagnostics;

/// <summary>
/// A parser of the Prometheus text format 0.0.4 that accepts nothing it need not: one HELP and one TYPE before a family's
/// samples, families in one piece, no series twice, no unknown escape.
/// </summary>
internal sealed partial class Exposition
{
    private readonly Dictionary<string, double> _series = [];

    /// <summary>Type by family name.</summary>
    public Dictionary<string, string> Types { get; } = [];

    /// <summary>Label names by family name; those of the histogram's own <c>le</c> left out.</summary>
    public Dictionary<string, HashSet<string>> LabelNames { get; } = [];

    public IReadOnlyDictionary<string, double> Series => _series;

    public double this[string series] => _series[series];

    public static Exposition Of(CollectorMetrics metrics) => Parse(PageOf(metrics, ExpositionFormat.PrometheusText));

    /// <summary>What a scrape in that format shows now.</summary>
    public static string PageOf(CollectorMetrics metrics, ExpositionFormat format)
    {
        using var page = new MemoryStream();
        var scrape = metrics.ScrapeAsync(page, format, CancellationToken.None);
        Assert.True(scrape.IsCompletedSuccessfully, "nothing is waited for where nobody else scrapes and memory is written to");
        return Encoding.UTF8.GetString(page.ToArray());
    }

    public static Exposition Parse(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var result = new Exposition();
        var family = "";
        var helped = "";
        foreach (var line in text[..^1].Split('\n'))
        {
            if (Help().Match(line) is { Success: true } help)
            {
                helped = help.Groups["name"].Value;
                Assert.DoesNotContain(helped, result.Types.Keys);
            }
            else if (Type().Match(line) is { Success: true } type)
            {
                family = type.Groups["name"].Value;
                Assert.Equal(helped, family);
                Assert.True(result.Types.TryAdd(family, type.Groups["type"].Value), $"second TYPE of {family}");
                result.LabelNames.Add(family, []);
            }
            else
            {
                result.AddSample(family, line);
            }
        }

        return result;
    }

    /// <summary>The sum of the series of one name whose labels contain <paramref name="label"/>.</summary>
    public double Sum(string name, string label = "") => _series
        .Where(series => series.Key.Split('{')[0] == name && series.Key.Contains(label, StringComparison.Ordinal))
        .Sum(series => series.Value);

    private void AddSample(string family, string line)
    {
        var sample = SampleLine().Match(line);
        Assert.True(sample.Success, $"not a sample: {line}");
        var name = sample.Groups["name"].Value;
        string[] names = Types[family] == "histogram" ? [$"{family}_bucket", $"{family}_sum", $"{family}_count"] : [family];
        Assert.Contains(name, names);
        foreach (var label in sample.Groups["label"].Captures.Select(capture => capture.Value))
        {
            if (label != "le")
                LabelNames[family].Add(label);
        }

        var value = sample.Groups["value"].Value;
        var number = value == "+Inf" ? double.PositiveInfinity : double.Parse(value, NumberStyles.Float, CultureInfo.InvariantCulture);
        Assert.True(_series.TryAdd(line[..(line.Length - value.Length - 1)], number), $"twice: {line}");
    }

    [GeneratedRegex("""^# HELP (?<name>[a-z_:][a-z0-9_:]*) (?:[^\\]|\\\\|\\n)+$""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Help();

    [GeneratedRegex("^# TYPE (?<name>[a-z_:][a-z0-9_:]*) (?<type>counter|gauge|histogram)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Type();

    [GeneratedRegex(
        """^(?<name>[a-z_:][a-z0-9_:]*)(?:\{(?<label>[a-z_][a-z0-9_]*)="(?:[^\\"]|\\\\|\\"|\\n)*"(?:,(?<label>[a-z_][a-z0-9_]*)="(?:[^\\"]|\\\\|\\"|\\n)*")*\})? (?<value>-?[0-9][0-9.eE+-]*|[+]Inf)$""",
        RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SampleLine();
}
