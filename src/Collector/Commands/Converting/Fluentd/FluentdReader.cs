using System.Text.RegularExpressions;

namespace Collector.Commands.Converting.Fluentd;

/// <summary>
/// Reads Fluentd's sources, filters and matches: a source's events pass the elements in order, and the first match keeps them.
/// </summary>
internal sealed partial class FluentdReader
{
    private readonly Conversion to = new();
    private readonly IReadOnlyList<FluentdElement> elements;
    private readonly Dictionary<FluentdElement, ConvertedOutput?> outputs = [];
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
                case "match" or "filter" or "label" or "system":
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
            var taken = to.AddSource(source["@id"].Length > 0 ? source["@id"] : source["tag"].Replace("*", "", StringComparison.Ordinal), source.At, path);
            if (path != given)
                taken.Keys.Note(source.SpotOf("path"), $"the collector treats the dates of {given} as wildcards");
            FluentdTail.Read(source, taken);
            Walk(taken, TagMatch.Expand(source["tag"], path), source["@label"], [], []);
        }
    }

    /// <summary>Takes a source's events through the elements of a label, or of the top.</summary>
    private void Walk(ConvertedSource source, string tag, string label, List<Restriction> before, IReadOnlyList<string> walked)
    {
        var inside = label.Length == 0 ? elements : elements.FirstOrDefault(e => e.Name == "label" && e.Argument == label)?.Elements;
        if (inside is null || walked.Contains(label))
        {
            source.Keys.Weigh(source.At, inside is null ? $"its label {label} is not defined, so records for it are not stored" : $"the label {label} leads back to itself");
            return;
        }

        var restrictions = new List<Restriction>(before);
        foreach (var element in inside.Where(e => e.Name is "filter" or "match"))
        {
            var share = ShareOf(element, tag);
            if (share == TagShare.None)
                continue;
            if (element.Name == "filter")
            {
                filters.Add(element, source, share, restrictions);
                continue;
            }

            reached.Add(element);
            Match(element, source, tag, [.. restrictions, .. Part(element, source, share)], [.. walked, label]);
            if (share == TagShare.All)
                return;
        }
    }

    private void Match(FluentdElement match, ConvertedSource source, string tag, List<Restriction> restrictions, IReadOnlyList<string> walked)
    {
        switch (match.Type)
        {
            case "copy":
                foreach (var store in match.Elements.Where(e => e.Name == "store"))
                    Match(store, source, tag, restrictions, walked);
                break;
            case "relabel":
                Walk(source, tag, match["@label"], restrictions, walked);
                break;
            case "null":
                to.OutputRemarks.Note(match.At, "output null is left out: it discards its records, and the collector needs no output for that");
                break;
            default:
                if (!outputs.TryGetValue(match, out var output))
                    outputs.Add(match, output = FluentdStore.Read(match, to));
                if (output is not null)
                    to.AddRoute(source, output, restrictions, FluentdStore.KeyPrefix(match, output.Keys, tag));
                else
                    to.OutputRemarks.Weigh(match.At, match.Type.Length == 0 ? "a match without @type is left out" : $"output {match.Type} is left out: the collector writes to object stores alone, so nothing is sent to {match.Type} any more");
                break;
        }
    }

    private static IEnumerable<Restriction> Part(FluentdElement match, ConvertedSource source, TagShare share) =>
        share != TagShare.Some ? []
        : source.IsContainers && TagMatch.NamespaceOf(match.Argument) is { } name ? [new Restriction.Namespaces(match.At, IsExclusion: false, [name])]
        : [new Restriction.Other(new Remark(match.At, $"match {match.Argument} takes a part of {source.Path} by its tag; the collector takes all of it", IsOfWeight: true), "match")];

    /// <summary>
    /// A <c>*</c> stands for one part between dots, <c>**</c> for any number of them, and <c>{a,b}</c> for either.
    /// </summary>
    private static TagShare ShareOf(FluentdElement element, string tag)
    {
        var patterns = (element.Argument.Length > 0 ? element.Argument : "**").Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return patterns.Select(pattern => ShareOf(element, pattern, tag)).Max();
    }

    private static TagShare ShareOf(FluentdElement element, string pattern, string tag)
    {
        var text = Regex.Escape(pattern)
            .Replace(@"\.\*\*", @"(\..*)?", StringComparison.Ordinal)
            .Replace(@"\*\*\.", @"(.*\.)?", StringComparison.Ordinal)
            .Replace(@"\*\*", ".*", StringComparison.Ordinal)
            .Replace(@"\*", @"[^.]*", StringComparison.Ordinal);
        text = Regex.Replace(text, @"\\\{(?<names>[^}]*)\}", m => $"({m.Groups["names"].Value.Replace(',', '|')})", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        try
        {
            return TagMatch.Of(new Regex($"^{text}$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)), pattern.Split('*', '{')[0], tag);
        }
        catch (ArgumentException)
        {
            throw new ConvertException(element.At, $"'{pattern}' is not a pattern of tags");
        }
    }

    [GeneratedRegex("%[A-Za-z](?:[-_.]?%[A-Za-z])*")]
    private static partial Regex DateCodes();
}
