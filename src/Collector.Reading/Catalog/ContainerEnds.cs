using Collector.Pipeline.Records;
using Collector.Reading.Lines;

namespace Collector.Reading.Catalog;

/// <summary>
/// Which containers have ended, from catalog lines. A later pod of the same name has a log of its own, and a restarted container
/// has a higher restart number.
/// </summary>
internal sealed class ContainerEnds
{
    private readonly Dictionary<string, int> _ended = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _newest = new(StringComparer.Ordinal);
    private readonly Dictionary<ContainerName, (RecordTime Last, string Log)> _logs = [];

    /// <summary>Notes the end of a container, if the line has one.</summary>
    public void Note(CatalogEntry entry)
    {
        if (entry.Kind == CatalogEntryKind.Ended)
            _ended[entry.Log] = Math.Max(entry.Restart, _ended.GetValueOrDefault(entry.Log, -1));
    }

    /// <summary>Notes the container of an object.</summary>
    /// <param name="container">Its name.</param>
    /// <param name="stored">The object.</param>
    /// <param name="logs">Those of the object's logs that are the container's.</param>
    /// <param name="isShared">The object has lines of other containers, too, so its first record may not be this one's.</param>
    public void Note(ContainerName container, CatalogEntry stored, IReadOnlyList<string> logs, bool isShared)
    {
        var last = RecordTime.TryParse(System.Text.Encoding.UTF8.GetBytes(stored.LastTime), out var time) ? time : default;
        foreach (var log in logs)
        {
            var restart = isShared ? stored.Sources.Where(source => source.Log == log).Max(source => PodLog.RunOf(source.File) ?? 0) : stored.Source?.Restarts ?? 0;
            _newest[log] = Math.Max(restart, _newest.GetValueOrDefault(log));
            if (!_logs.TryGetValue(container, out var before) || last >= before.Last)
                _logs[container] = (last, log);
        }
    }

    /// <summary>Whether the newest run of the container's newest log has ended.</summary>
    public bool HasEnded(ContainerName container) =>
        _logs.TryGetValue(container, out var newest) && _ended.TryGetValue(newest.Log, out var restart) && restart >= _newest[newest.Log];

}
