using System.Text.RegularExpressions;

namespace Collector.Commands.Converting.FluentBit;

/// <summary>Reads fluent-bit's inputs, filters and outputs; tags and matches decide which records go where.</summary>
internal sealed partial class FluentBitReader
{
    private readonly Conversion to = new();
    private readonly List<FluentBitFlow> flows = [];
    private readonly IReadOnlyList<FluentBitSection> sections;
    private readonly FluentBitFilters filters;

    private FluentBitReader(IReadOnlyList<FluentBitSection> sections)
    {
        this.sections = sections;
        filters = new FluentBitFilters(to, [.. sections.Where(s => s.Kind == "PARSER")]);
    }

    public static Conversion Read(string file)
    {
        var reader = new FluentBitReader(FluentBitText.Read(file));
        reader.ReadAll();
        return reader.to;
    }

    private void ReadAll()
    {
        foreach (var section in sections)
        {
            foreach (var key in section.Keys.Where(k => k.SeemsDecorated))
                to.Root.Note(key.At, $"quotes around a value and a # behind it are a part of the value in fluent-bit, so {key.Name} is read with them; remove them if they are not meant, and convert again");
            switch (section.Kind)
            {
                case "INPUT":
                    ReadInput(section);
                    break;
                case "SERVICE":
                    to.Follow(section, to.Root, FluentBitNeutral.Service);
                    break;
                case "FILTER" or "OUTPUT" or "PARSER" or "MULTILINE_PARSER":
                    break;
                default:
                    FluentBitNeutral.Sections.Tell(new UnreadKey(section.Kind, section.At), to.Root);
                    break;
            }
        }

        // Records with a new tag come to the end, and pass the filters then.
        for (var i = 0; i < flows.Count; i++)
        {
            foreach (var filter in sections.Where(s => s.Kind == "FILTER"))
                flows.AddRange(filters.Add(filter, flows[i], ShareOf(filter, flows[i].Tag)));
        }

        filters.EndKubernetes(flows.Select(t => t.Source));
        foreach (var output in sections.Where(s => s.Kind == "OUTPUT"))
            ReadOutput(output);
    }

    private void ReadInput(FluentBitSection input)
    {
        if (input.Name != "tail")
        {
            to.SourceRemarks.Weigh(input.At, input.Name.Length == 0 ? "an input without a name is not collected" : $"input {input.Name} is not collected: the collector reads container logs and other files");
            return;
        }

        if (input["path"].Length == 0)
            throw new ConvertException(input.At, "the input tail has no Path");
        var tag = input["tag"].Length > 0 ? input["tag"] : "tail.0";
        foreach (var path in input["path"].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var source = to.AddSource(input["alias"].Length > 0 ? input["alias"] : tag.Replace("*", "", StringComparison.Ordinal), input.At, path);
            // Tag_Regex fills in the names between < and >.
            flows.Add(new FluentBitFlow(source, tag.Contains('<', StringComparison.Ordinal) ? tag : TagMatch.Expand(tag, path)));
            FluentBitTail.Read(input, source, filters.Parsers, to);
        }
    }

    private void ReadOutput(FluentBitSection section)
    {
        var takers = flows.Select(f => (Flow: f, Share: ShareOf(section, f.Tag))).Where(t => t.Share != TagShare.None).ToList();
        if (section.Name == "null")
        {
            to.OutputRemarks.Note(section.At, "output null is left out: it only discards records");
            return;
        }

        if (FluentBitStore.Read(section, to) is not { } output)
        {
            if (takers.Count == 0)
                to.OutputRemarks.Note(section.At, $"output {(section.Name.Length > 0 ? section.Name : "without a name")} is left out: no collected source goes to it");
            else
                to.OutputRemarks.Weigh(section.At, section.Name.Length == 0 ? "an output without a name is left out" : $"output {section.Name} is left out: the collector writes to object stores alone, so nothing is sent to {section.Name} any more");
            foreach (var (flow, _) in takers)
                to.LoseSource(flow.Source);
            return;
        }

        foreach (var (flow, share) in takers)
        {
            var keyPrefix = FluentBitStore.KeyPrefix(section, output, flow.Source, flow.Tag);
            to.AddRoute(flow.Source, output, [.. flow.Restrictions, .. Part(section, flow.Source, flow.Tag, share)], keyPrefix);
        }
    }

    /// <summary>A match for a part of a source's tags. For containers, the tag of a file can select a namespace.</summary>
    private static IEnumerable<Restriction> Part(FluentBitSection section, ConvertedSource source, string tag, TagShare share)
    {
        if (share != TagShare.Some)
            return [];
        var match = section["match"];
        return source.IsContainers && TagMatch.NamespaceOf(match) is { } part && ShareOf(part.Before, tag) == TagShare.All
            ? [new Restriction.Namespaces(section.SpotOf("match"), IsExclusion: false, [part.Namespace])]
            : [new Restriction.Other(new Remark(section.SpotOf("match"), $"{section.Name} takes a part of {source.Path} by its tag ({(match.Length > 0 ? match : section["match_regex"])}); the collector takes all of it", IsOfWeight: true), "match")];
    }

    /// <summary>In a match a <c>*</c> stands for any text, including dots.</summary>
    private static TagShare ShareOf(FluentBitSection section, string tag)
    {
        if (section["match_regex"] is { Length: > 0 } regex)
        {
            try
            {
                return TagMatch.Of(new Regex(regex, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)), "", "", InTag().Replace(tag, "*"));
            }
            catch (Exception e) when (e is ArgumentException or RegexMatchTimeoutException)
            {
                var place = e is RegexParseException { Offset: var offset } ? $" (the mistake is at its character {Math.Min(offset + 1, regex.Length)})" : "";
                throw new ConvertException(section.SpotOf("match_regex"), $"'{regex}' is not a regular expression that can be read{place}; correct it, or write a Match in its place, and convert again");
            }
        }

        return ShareOf(section["match"], tag);
    }

    private static TagShare ShareOf(string match, string tag)
    {
        var whole = $"^{Regex.Escape(match).Replace("\\*", ".*", StringComparison.Ordinal)}$";
        var parts = match.Split('*');
        return TagMatch.Of(new Regex(whole, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)), parts[0], parts[^1], InTag().Replace(tag, "*"));
    }

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex InTag();
}
