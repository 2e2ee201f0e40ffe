using System.Text;
using System.Text.RegularExpressions;
using Collector.Pipeline.Records;
using Collector.Reading.Lines;

namespace Collector.Reading.Catalog;

/// <summary>What the catalog says about all lines of an object of text (../DESIGN.md, "Text").</summary>
/// <param name="Log">The log that the lines are of, as in the catalog.</param>
/// <param name="Source">Whose lines they are. The run is unknown if the object has lines of several.</param>
/// <param name="Stream">Their stream; empty: several, or unknown.</param>
/// <param name="Times">The least and the greatest time that the catalog has of them; null: none.</param>
internal sealed partial record ToldText(string Log, Source Source, string Stream, (RecordTime First, RecordTime Last)? Times)
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

    /// <summary>Kubelet's files have the number of their run, <c>1.log</c>, also when they are rotated.</summary>
    private static bool IsOfOneRun(IReadOnlyList<CatalogSource> sources) =>
        sources.Select(source => FileOfRun().Match(source.File).Groups[1].Value).Distinct(StringComparer.Ordinal).Count() == 1;

    [GeneratedRegex(@"^([0-9]+)\.log", RegexOptions.CultureInvariant)]
    private static partial Regex FileOfRun();
}
