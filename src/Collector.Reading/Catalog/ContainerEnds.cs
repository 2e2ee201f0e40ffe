using System.Text.Json;
using Collector.Pipeline.Records;

namespace Collector.Reading.Catalog;

/// <summary>
/// Which containers have ended, from catalog lines. A later pod of the same name has a log of its own, and a restarted container
/// has a higher restart number.
/// </summary>
internal sealed class ContainerEnds
{
    private readonly Dictionary<string, int> _ended = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _newest = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Namespace, string Pod, string Container), (RecordTime Last, string Log)> _logs = [];

    /// <summary>Notes the end of a container, if the line has one.</summary>
    public void Note(CatalogEntry entry)
    {
        if (entry.Kind == CatalogEntryKind.Ended)
            _ended[entry.Log] = Math.Max(entry.Restart, _ended.GetValueOrDefault(entry.Log, -1));
    }

    /// <summary>Notes the container of an object.</summary>
    public void Note((string Namespace, string Pod, string Container) container, CatalogEntry stored)
    {
        var last = RecordTime.TryParse(System.Text.Encoding.UTF8.GetBytes(stored.LastTime), out var time) ? time : default;
        foreach (var log in stored.Sources.Select(source => source.Log))
        {
            _newest[log] = Math.Max(RestartOf(stored), _newest.GetValueOrDefault(log));
            if (!_logs.TryGetValue(container, out var before) || last >= before.Last)
                _logs[container] = (last, log);
        }
    }

    /// <summary>Whether the newest run of the container's newest log has ended.</summary>
    public bool HasEnded((string Namespace, string Pod, string Container) container) =>
        _logs.TryGetValue(container, out var newest) && _ended.TryGetValue(newest.Log, out var restart) && restart >= _newest[newest.Log];

    private static int RestartOf(CatalogEntry stored) =>
        stored.Kubernetes is { } kubernetes && kubernetes.TryGetProperty("restart_count", out var restart) && restart.ValueKind == JsonValueKind.Number ? restart.GetInt32() : 0;
}
