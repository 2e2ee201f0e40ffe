using Collector.Reading.Lines;

namespace Collector.Reading.Catalog;

/// <summary>The id of a container's log in the catalog: <c>pod:NAMESPACE_POD_UID/CONTAINER</c>.</summary>
internal static class PodLog
{
    private const string Beginning = "pod:";

    /// <summary>Null for the id of another log: it names no container.</summary>
    public static Source? SourceOf(string log) =>
        log.StartsWith(Beginning, StringComparison.Ordinal) && log[Beginning.Length..].Split('/') is [var pod, { Length: > 0 } container] && pod.Split('_') is [{ Length: > 0 } space, var name, var uid]
            ? new Source { Namespace = space, Pod = name, PodId = uid, Container = container }
            : null;
}
