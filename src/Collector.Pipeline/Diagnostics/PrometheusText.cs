using System.Buffers;
using System.Globalization;
using System.Text;

namespace Collector.Pipeline.Diagnostics;

/// <summary>
/// The grammar of the Prometheus text exposition format 0.0.4:
/// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
/// </summary>
internal static class PrometheusText
{
    /// <summary>Writes one family: HELP, TYPE, then its samples.</summary>
    public static void WriteFamily(IBufferWriter<byte> destination, MetricFamily family, List<Sample> samples)
    {
        Write(destination, $"# HELP {family.Name} {EscapeHelp(family.Help)}\n# TYPE {family.Name} {family.Type}\n");
        foreach (var sample in samples)
        {
            var labels = sample.Labels.Length == 0 ? "" : $"{{{sample.Labels}}}";
            Write(destination, $"{family.Name}{sample.Suffix}{labels} {Format(sample.Value)}\n");
        }
    }

    /// <summary>Labels as they stand between the braces.</summary>
    public static string RenderLabels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            text.Append(text.Length == 0 ? "" : ",").Append(name).Append("=\"")
                .Append(EscapeLabel(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")).Append('"');
        }

        return text.ToString();
    }

    /// <summary>The labels of a histogram's bucket.</summary>
    public static string WithBound(string labels, double bound) =>
        $"{labels}{(labels.Length == 0 ? "" : ",")}le=\"{Format(bound)}\"";

    // In a label value a backslash, a quote and a line feed are escaped; in a help text there is no quote to end.
    private static string EscapeLabel(string value) => EscapeHelp(value).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static string EscapeHelp(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Format(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static void Write(IBufferWriter<byte> destination, string text) => Encoding.UTF8.GetBytes(text, destination);
}
