using System.Text;
using Collector.Pipeline.Records;
using Collector.Reading.Lines;

namespace Collector.Reading.Catalog;

/// <summary>What the catalog says about all lines of an object of text (../DESIGN.md, "Text").</summary>
/// <param name="Log">The log that the lines are of, as in the catalog.</param>
/// <param name="Source">Whose lines they are. The run is unknown if the object has lines of several.</param>
/// <param name="Stream">Their stream; empty: several, or unknown.</param>
/// <param name="Times">The least and the greatest time that the catalog has of them; null: none.</param>
internal sealed record ToldText(string Log, Source Source, string Stream, (RecordTime First, RecordTime Last)? Times)
{
    /// <summary>Null: the object has lines of several logs, or the catalog does not name their container.</summary>
    public static ToldText? Of(CatalogEntry entry)
    {
        if (entry.Sources.Select(source => source.Log).Distinct(StringComparer.Ordinal).ToList() is not [var log])
            return null;
        var source = PodLog.SourceOf(log);
        if (entry.Kubernetes is { } kubernetes)
            source = Source.Parse(Encoding.UTF8.GetBytes(kubernetes.GetRawText()), source ?? new Source());
        if (source is null)
            return null;
        var times = entry.Times.Order().ToList();
        return new ToldText(
            log, IsOfOneRun(entry.Sources) ? source : source with { Restarts = null, ContainerId = "" },
            entry.Streams is [var stream] ? stream : "", times.Count > 0 ? (times[0], times[^1]) : null);
    }

    private static bool IsOfOneRun(IReadOnlyList<CatalogSource> sources) => sources.Select(source => PodLog.RunOf(source.File)).Distinct().Count() == 1;
}
