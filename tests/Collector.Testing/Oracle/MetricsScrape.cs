using System.Globalization;
using System.Text.RegularExpressions;

namespace Collector.Testing.Oracle;

/// <summary>One sample of a Prometheus text page.</summary>
public sealed record MetricSample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);

/// <summary>A page of <c>/metrics</c>, parsed.</summary>
public sealed partial class MetricsScrape
{
    private readonly ILookup<string, MetricSample> samples;

    private MetricsScrape(IEnumerable<MetricSample> samples) => this.samples = samples.ToLookup(s => s.Name, StringComparer.Ordinal);

    /// <summary>Parses Prometheus text format 0.0.4. Throws <see cref="FormatException"/> on a line that is none.</summary>
    public static MetricsScrape Parse(string page)
    {
        var parsed = new List<MetricSample>();
        foreach (string line in page.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line[0] == '#') continue;
            Match m = Sample().Match(line);
            if (!m.Success) throw new FormatException($"Not a metrics line: {line}");
            Dictionary<string, string> labels = Label().Matches(m.Groups["labels"].Value).ToDictionary(
                l => l.Groups["name"].Value, l => Regex.Unescape(l.Groups["value"].Value), StringComparer.Ordinal);
            parsed.Add(new MetricSample(m.Groups["name"].Value, labels, ParseValue(m.Groups["value"].Value)));
        }

        return new MetricsScrape(parsed);
    }

    public IEnumerable<MetricSample> Samples(string name) => samples[name];

    /// <summary>The sum of a metric over all series that have these labels; 0 when there is none.</summary>
    public double Sum(string name, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        double sum = 0;
        foreach (MetricSample sample in samples[name])
        {
            bool matches = true;
            foreach ((string label, string value) in labels)
                matches &= sample.Labels.TryGetValue(label, out string? actual) && actual == value;
            if (matches) sum += sample.Value;
        }

        return sum;
    }

    private static double ParseValue(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?<labels>(?:[^"}]|"(?:[^"\\]|\\.)*")*)\})? (?<value>\S+)(?: -?\d+)?\r?$""", RegexOptions.ExplicitCapture)]
    private static partial Regex Sample();

    [GeneratedRegex("""(?<name>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>(?:[^"\\]|\\.)*)["]""", RegexOptions.ExplicitCapture)]
    private static partial Regex Label();
}
