using System.Text.RegularExpressions;

namespace Collector.Commands.Converting.Fluentd;

/// <summary>
/// Reads Fluentd's sources, filters and matches: a source's events pass the elements in order, and the first match keeps them.
/// </summary>
internal sealed partial class FluentdReader
{
    private readonly Conversion to = new();
    private readonly IReadOnlyList<FluentdElement> elements;
    private readonly Dictionary<FluentdElement, ConvertedOutput?> outputs = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<FluentdElement> reached = new(ReferenceEqualityComparer.Instance);
    private readonly FluentdFilters filters;

    private FluentdReader(IReadOnlyList<FluentdElement> elements)
    {
        this.elements = elements;
        filters = new FluentdFilters(to);
    }

    public static Conversion Read(string file)
    {
        var reader = new FluentdReader(FluentdText.Read(file));
        reader.ReadAll();
        return reader.to;
    }

    private void ReadAll()
    {
        foreach (var element in elements)
        {
            switch (element.Name)
            {
                case "source":
                    ReadSource(element);
                    break;
                case "worker":
                    to.Root.Weigh(element.At, "a <worker> has sources and outputs of its own; the collector has no workers: move both out of it, and convert again");
                    break;
                case "system":
                    to.Follow(element, to.Root, FluentdNeutral.System);
                    break;
                case "match" or "filter" or "label":
                    break;
                default:
                    throw new ConvertException(element.At, $"<{element.Name}> is not a top-level element of Fluentd");
            }
        }

        filters.EndMetadata(to.Sources);
        foreach (var match in elements.Concat(elements.Where(e => e.Name == "label").SelectMany(e => e.Elements)).Where(e => e.Name == "match" && !reached.Contains(e)))
            to.OutputRemarks.Note(match.At, $"match {match.Argument} ({(match.Type.Length > 0 ? match.Type : "without @type")}) is left out: no collected source goes to it");
    }

    private void ReadSource(FluentdElement source)
    {
        if (source.Type != "tail")
        {
            if (source.Type is "monitor_agent" or "prometheus" or "prometheus_monitor" or "prometheus_output_monitor" or "prometheus_tail_monitor" or "debug_agent")
                to.SourceRemarks.Note(source.At, $"source {source.Type} is left out: it is about Fluentd itself; the collector has metrics and a status of its own");
            else
                to.SourceRemarks.Weigh(source.At, source.Type.Length == 0 ? "a source without @type is not collected" : $"source {source.Type} is not collected: the collector reads container logs and other files");
            return;
        }

        if (source["path"].Length == 0)
            throw new ConvertException(source.At, "the source tail has no path");
        foreach (var given in source["path"].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            // A date in a path matches the files of one day after the other; a wildcard matches all of them.
            var path = DateCodes().Replace(given, "*");
            var taken = to.AddSource(source["@id"].Length > 0 ? source["@id"] : Words.WithDefaults(source["tag"]).Replace("*", "", StringComparison.Ordinal), source.At, path);
            if (path != given)
                taken.Keys.Note(source.SpotOf("path"), $"the collector treats the dates of {given} as wildcards");
            FluentdTail.Read(source, taken, to);
            Walk(new Flow(taken, TagMatch.Expand(Words.WithDefaults(source["tag"]), Words.WithDefaults(path)), [], IsWhole: true), source["@label"], []);
        }
    }

    /// <summary>Events of a source on their way.</summary>
    /// <param name="Source">Of this.</param>
    /// <param name="Tag">Its tag, expanded.</param>
    /// <param name="Restrictions">The part of its events.</param>
    /// <param name="IsWhole">No event of the source has gone to another place before, or at the same time.</param>
    /// <param name="HasMetadata">The events have the fields below kubernetes.</param>
    private sealed record Flow(ConvertedSource Source, string Tag, IReadOnlyList<Restriction> Restrictions, bool IsWhole, bool HasMetadata = false);

    /// <summary>
    /// Takes a source's events through the elements of a label, or of the top. The first match takes an event: what it takes is
    /// not for the matches after it.
    /// </summary>
    private void Walk(Flow flow, string label, IReadOnlyList<string> walked)
    {
        var (source, tag) = (flow.Source, flow.Tag);
        var inside = label.Length == 0 ? elements : elements.FirstOrDefault(e => e.Name == "label" && e.Argument == label)?.Elements;
        var here = $"{label} {tag}";
        if (inside is null || walked.Contains(here))
        {
            source.Keys.Weigh(source.At, inside is null ? $"its label {label} is not defined, so records for it are not stored" : $"{(label.Length > 0 ? $"the label {label}" : $"the tag {tag}")} leads back to itself");
            return;
        }

        var filtered = new List<Restriction>(flow.Restrictions);
        var taken = new FluentdTaken(source);
        var hasMetadata = flow.HasMetadata;
        foreach (var element in inside.Where(e => e.Name is "filter" or "match"))
        {
            var part = FluentdPattern.Of(element, source, tag);
            if (part.Share == TagShare.None || (element.Name == "match" && taken.IsAllOf(part)))
                continue;
            if (element.Name == "filter")
            {
                filters.Add(element, source, part.Share, isOfWhole: flow.IsWhole && taken.IsNothing, hasMetadata, filtered);
                hasMetadata |= element.Type == "kubernetes_metadata" && part.Share == TagShare.All && source.IsContainers;
                continue;
            }

            reached.Add(element);
            Match(element, flow with { Restrictions = [.. filtered, .. taken.Rest(element, part)], IsWhole = flow.IsWhole && part.Share == TagShare.All && taken.IsNothing, HasMetadata = hasMetadata }, label, [.. walked, here]);
            if (part.Share == TagShare.All)
                return;
            taken.Add(element, part, canLeaveOut: flow.IsWhole);
        }
    }

    private void Match(FluentdElement match, Flow flow, string label, IReadOnlyList<string> walked)
    {
        switch (match.Type)
        {
            case "copy":
                to.Follow(match, to.OutputRemarks, FluentdNeutral.Passing);
                foreach (var store in match.All("store"))
                {
                    store.SetApart();
                    Match(store, flow with { IsWhole = false }, label, walked);
                }

                break;
            case "relabel":
                to.Follow(match, to.OutputRemarks, FluentdNeutral.Passing);
                Walk(flow, match["@label"], walked);
                break;
            case "null":
                to.Follow(match, to.OutputRemarks, FluentdNeutral.Passing);
                to.OutputRemarks.Note(match.At, "output null is left out: it only discards records");
                break;
            case "prometheus":
                to.OutputRemarks.Note(match.At, "output prometheus is left out: it counts records; the collector has metrics of its own");
                break;
            case var _ when FluentdRetag.Read(match, flow.Tag, flow.HasMetadata, to) is { } onward:
                var turn = match.At.ToString();
                if (walked.Contains(turn))
                    flow.Source.Keys.Weigh(match.At, $"the tags that match {match.Argument} gives lead back to it");
                foreach (var given in walked.Contains(turn) ? [] : onward)
                    Walk(flow with { Tag = given.Tag, Restrictions = [.. flow.Restrictions, .. given.Restrictions], IsWhole = flow.IsWhole && onward.Count == 1 }, match["@label"].Length > 0 ? match["@label"] : label, [.. walked, turn]);
                break;
            default:
                if (!outputs.TryGetValue(match, out var output))
                    outputs.Add(match, output = FluentdStore.Read(match, to));
                if (output is not null)
                {
                    to.AddRoute(flow.Source, output, flow.Restrictions, FluentdStore.KeyPrefix(match, output.Keys, flow.Tag));
                    break;
                }

                to.LoseSource(flow.Source);
                to.OutputRemarks.Weigh(match.At, match.Type.Length == 0 ? "a match without @type is left out" : $"output {match.Type} is left out: the collector writes to object stores alone, so nothing is sent to {match.Type} any more");
                break;
        }
    }

    [GeneratedRegex("%[A-Za-z](?:[-_.]?%[A-Za-z])*")]
    private static partial Regex DateCodes();
}
