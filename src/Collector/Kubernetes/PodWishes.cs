using Collector.Pipeline.Records;

namespace Collector.Kubernetes;

/// <summary>
/// The requests in a pod's annotations. The more specific one decides, and of two alike the collector's own. Values are those of
/// fluent-bit (true, on, yes; false, off, no; any case); other values are ignored.
/// </summary>
internal static class PodWishes
{
    private const string Own = "collector/exclude";
    private const string ParseJsonKey = "collector/parse-json";

    /// <summary>docs.fluentbit.io, filter kubernetes: <c>fluentbit.io/exclude[_stream][-container]</c>.</summary>
    private const string FluentBit = "fluentbit.io/exclude";

    /// <summary>Whether the annotation is one of the collector's own, which are kept in any case.</summary>
    public static bool IsMeant(string name) =>
        name.StartsWith(Own, StringComparison.Ordinal) || name.StartsWith(FluentBit, StringComparison.Ordinal) || name is ParseJsonKey or Pod.ConfigHash or Pod.ConfigMirror;

    /// <summary>The excluded streams of a container; null if no annotation says anything about them.</summary>
    public static LogStreams? Excluded(IReadOnlyDictionary<string, string> annotations, string container)
    {
        var (stdout, stderr) = (Excludes(annotations, "stdout", container), Excludes(annotations, "stderr", container));
        return stdout is null && stderr is null ? null : (stdout == true ? LogStreams.Stdout : LogStreams.None) | (stderr == true ? LogStreams.Stderr : LogStreams.None);
    }

    public static bool? ParseJson(IReadOnlyDictionary<string, string> annotations) => Read(annotations, ParseJsonKey);

    private static bool? Excludes(IReadOnlyDictionary<string, string> annotations, string stream, string container) =>
        Read(annotations, $"{FluentBit}_{stream}-{container}") ??
        ReadContainer(annotations, container) ??
        Read(annotations, $"{FluentBit}-{container}") ??
        Read(annotations, $"{Own}-{stream}") ??
        Read(annotations, $"{FluentBit}_{stream}") ??
        Read(annotations, Own) ??
        Read(annotations, FluentBit);

    /// <summary>A container with the name of a stream cannot be selected: the word means the stream.</summary>
    private static bool? ReadContainer(IReadOnlyDictionary<string, string> annotations, string container) =>
        container is "stdout" or "stderr" ? null : Read(annotations, $"{Own}-{container}");

    private static bool? Read(IReadOnlyDictionary<string, string> annotations, string name) =>
        annotations.TryGetValue(name, out var value) ? value.Trim().ToLowerInvariant() switch
        {
            "true" or "on" or "yes" => true,
            "false" or "off" or "no" => false,
            _ => null,
        }
        : null;
}
