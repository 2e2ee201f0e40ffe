using System.Text.RegularExpressions;
using Collector.Reading.Lines;

namespace Collector.Reading.Catalog;

/// <summary>A container's log in the catalog: its id is <c>pod:NAMESPACE_POD_UID/CONTAINER</c>.</summary>
internal static partial class PodLog
{
    private const string Beginning = "pod:";

    /// <summary>Null for the id of another log: it names no container.</summary>
    public static Source? SourceOf(string log) =>
        log.StartsWith(Beginning, StringComparison.Ordinal) && log[Beginning.Length..].Split('/') is [var pod, { Length: > 0 } container] && pod.Split('_') is [{ Length: > 0 } space, var name, var uid]
            ? new Source { Namespace = space, Pod = name, PodId = uid, Container = container }
            : null;

    /// <summary>The number of the run in the name of a file of kubelet's, <c>1.log</c>, also of a rotated one; null: another name.</summary>
    public static int? RunOf(string file) => FileOfRun().Match(file) is { Success: true } match && int.TryParse(match.Groups["run"].ValueSpan, out var run) ? run : null;

    [GeneratedRegex(@"^(?<run>[0-9]+)\.log", RegexOptions.CultureInvariant)]
    private static partial Regex FileOfRun();
}
