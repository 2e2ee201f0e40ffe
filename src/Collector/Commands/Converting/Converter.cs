using System.Text.RegularExpressions;
using Collector.Commands.Converting.FluentBit;
using Collector.Commands.Converting.Fluentd;
using Collector.Commands.Converting.Vector;
using Collector.Configuration;

namespace Collector.Commands.Converting;

/// <summary>Finds the reader for an agent, and writes the converted configuration.</summary>
internal static partial class Converter
{
    public const string FluentBit = "fluent-bit";
    public const string Fluentd = "fluentd";

    private static readonly (string Agent, Func<string, Conversion> Read)[] Readers =
    [
        (FluentBit, FluentBitReader.Read),
        (Fluentd, FluentdReader.Read),
        ("vector", VectorReader.Read),
        ("clusterlogforwarder", ClusterLogForwarderReader.Read),
        ("astronomer", HelmValuesReader.Astronomer),
        ("union", HelmValuesReader.Union),
    ];

    /// <summary>The values of <c>--from</c>.</summary>
    public static IEnumerable<string> Agents => Readers.Select(r => r.Agent);

    /// <summary>
    /// The converted configuration and all remarks on it, including mistakes that this collector finds in it. Throws
    /// <see cref="ConvertException"/> for an unreadable input.
    /// </summary>
    public static (string Yaml, IReadOnlyList<Remark> Remarks) Convert(string agent, string file)
    {
        var conversion = Array.Find(Readers, r => r.Agent == agent).Read(file);
        var (yaml, remarks) = conversion.ToYaml($"Made by: collector convert --from {agent} {string.Concat(file.Select(c => char.IsControl(c) ? '?' : c))}");
        var lines = yaml.Split('\n');
        // The value of a variable is known only where the collector runs.
        var mistakes = ConfigurationParser.Parse(yaml, file, name => Environment.GetEnvironmentVariable(name) ?? "variable").Mistakes
            .Where(m => m.Line == 0 || m.Line > lines.Length || !HasVariable(lines[m.Line - 1]));
        return (yaml, [.. remarks.Distinct(), .. mistakes.Select(m => new Remark(new Spot("the printed configuration", m.Line), $"{m.Path}: {m.Problem}; {m.Fix}", IsOfWeight: true))]);
    }

    /// <summary>Whether each <c>${</c> begins a variable: only its value is not known here; what is no variable stays a mistake.</summary>
    private static bool HasVariable(string line) =>
        Variable().IsMatch(line) && !Variable().Replace(line, "").Contains("${", StringComparison.Ordinal);

    [GeneratedRegex(@"\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}")]
    private static partial Regex Variable();
}
