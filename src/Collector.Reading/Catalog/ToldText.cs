using Collector.Pipeline.Records;
using Collector.Reading.Lines;

namespace Collector.Reading.Catalog;

/// <summary>What the catalog says about all lines of an object of text (../DESIGN.md, "Text").</summary>
/// <param name="Log">The log that the lines are of, as in the catalog; the first one, if pods of one name followed each other.</param>
/// <param name="Source">Whose lines they are. The run is unknown if the object has lines of several, and the pod's UID if it has several pods of one name.</param>
/// <param name="Stream">Their stream; empty: several, or unknown.</param>
/// <param name="Times">The least and the greatest time that the catalog has of them; null: none.</param>
internal sealed record ToldText(string Log, Source Source, string Stream, (RecordTime First, RecordTime Last)? Times)
{
    /// <summary>Null: the object has lines of several containers, or the catalog does not name their container.</summary>
    public static ToldText? Of(CatalogEntry entry)
    {
        List<string> logs = [.. entry.Sources.Select(source => source.Log).Distinct(StringComparer.Ordinal)];
        if (logs.Count == 0 || (logs.Count > 1 && logs.Select(NameOf).Distinct().ToList() is not [not null]))
            return null;

        var named = PodLog.SourceOf(logs[0]);
        if ((entry.Source ?? named) is not { } source)
            return null;
        source = source.Or(named ?? source);
        if (logs.Count > 1)
            source = source with { PodId = "", Restarts = null, ContainerId = "" };
        else if (!IsOfOneRun(entry.Sources))
            source = source with { Restarts = null, ContainerId = "" };
        return new ToldText(logs[0], source, entry.Streams is [var stream] ? stream : "", entry.Bounds);
    }

    /// <summary>The runs that an object has lines of, as far as the catalog tells them, with the time of the object's last line.</summary>
    /// <param name="entry">The object.</param>
    /// <param name="text">The same of the object's lines (<see cref="Of"/>).</param>
    public static IEnumerable<(Source Source, RecordTime Last)> RunsOf(CatalogEntry entry, ToldText? text)
    {
        if (entry.Bounds is not var (_, last))
            yield break;
        if (text is { Source.Life: not null })
        {
            yield return (text.Source, last);
            yield break;
        }

        foreach (var file in entry.Sources)
        {
            if ((text is { Source.PodId.Length: > 0 } ? text.Source : PodLog.SourceOf(file.Log)) is { } source && PodLog.RunOf(file.File) is { } run)
                yield return (source with { Restarts = run }, last);
        }
    }

    private static ContainerName? NameOf(string log) => PodLog.SourceOf(log) is { } source ? RunTable.NameOf(source) : null;

    /// <summary>Kubelet's files have the number of their run, and Docker's the id of the container, also when they are rotated.</summary>
    private static bool IsOfOneRun(IReadOnlyList<CatalogSource> sources) =>
        sources.Select(source => source.File.Split('.')[0]).Distinct(StringComparer.Ordinal).Count() == 1;
}
