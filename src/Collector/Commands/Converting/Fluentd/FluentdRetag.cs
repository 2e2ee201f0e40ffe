using System.Text.RegularExpressions;

namespace Collector.Commands.Converting.Fluentd;

/// <summary>Events that an output has given back to the router.</summary>
/// <param name="Tag">Their new tag, with a <c>*</c> for each unknown part.</param>
/// <param name="Restrictions">Which events get this tag, and what the output has done to them.</param>
internal sealed record FluentdRetagged(string Tag, IReadOnlyList<Restriction> Restrictions);

/// <summary>
/// Fluentd's outputs that store nothing: they give each event back to the router under a new tag, for the matches of that tag.
/// </summary>
internal static partial class FluentdRetag
{
    /// <summary>Null: it is an output of another kind.</summary>
    /// <param name="match">It.</param>
    /// <param name="tag">The tag of the events, expanded.</param>
    /// <param name="hasMetadata">Whether the events have the fields below kubernetes here.</param>
    /// <param name="to">Receives the remarks on its parameters.</param>
    public static IReadOnlyList<FluentdRetagged>? Read(FluentdElement match, string tag, bool hasMetadata, Conversion to)
    {
        if (match.Type is not ("detect_exceptions" or "rewrite_tag_filter" or "retag" or "record_reformer" or "record_modifier" or "rewrite" or "grep" or "parser"))
            return null;
        to.Follow(match, to.OutputRemarks, FluentdNeutral.Retag);
        if (match.Type == "rewrite_tag_filter")
            return ByRules(match, tag, hasMetadata, to);
        var text = match.Type switch
        {
            "retag" => "",
            "detect_exceptions" => "match detect_exceptions joins the lines of a trace into one record; the collector stores each line as a record (multiline comes with a later version)",
            _ => $"match {match.Type} changes or drops records; the collector stores them all, unchanged",
        };
        var key = match.Type == "detect_exceptions" ? "" : "match";
        return [new FluentdRetagged(TagOf(match, tag), text.Length == 0 ? [] : [Other(match.At, text, key)])];
    }

    /// <summary>The first rule that matches an event gives it its tag; an event that no rule matches is dropped.</summary>
    private static List<FluentdRetagged> ByRules(FluentdElement match, string tag, bool hasMetadata, Conversion to)
    {
        var found = new List<FluentdRetagged>();
        var before = new List<Restriction>();
        var kept = Without(tag, match["remove_tag_prefix"]);
        foreach (var rule in match.All("rule"))
        {
            var (key, pattern) = (rule["key"], rule["pattern"]);
            var isInverted = rule.IsOn("invert", otherwise: false, to.OutputRemarks);
            var given = Filled(rule["tag"], kept, tag);
            if (FluentdFilters.MissingField(key, hasMetadata) is { } missing)
            {
                to.OutputRemarks.Weigh(rule.At, $"match rewrite_tag_filter (tag {rule["tag"]}) {missing}; the collector does not apply this rule: check what is meant");
                continue;
            }

            var isOfAll = !isInverted && OfAll().IsMatch(pattern);
            var own = isOfAll ? null : FluentdFilters.Selection(isInverted, key, pattern, rule.At)
                ?? Other(rule.At, $"match rewrite_tag_filter gives the tag {rule["tag"]} only to records whose {key} {(isInverted ? "does not match" : "matches")} {pattern}; the collector stores all of them here", "match");
            // An event that would keep its tag is dropped.
            if (given != tag)
                found.Add(new FluentdRetagged(given, own is null ? [.. before] : [.. before, own]));
            if (isOfAll)
                break;
            before.Add(own is Restriction.Namespaces namespaces
                ? namespaces with { IsExclusion = !namespaces.IsExclusion }
                : Other(rule.At, $"match rewrite_tag_filter gives the tag {rule["tag"]} to the records of an earlier rule ({key} {pattern}); the collector stores them here, too", "match"));
        }

        return found;
    }

    private static string TagOf(FluentdElement match, string tag)
    {
        var kept = Without(tag, First(match, "remove_tag_prefix", "remove_prefix"));
        var prefix = First(match, "add_tag_prefix", "add_prefix");
        return match["tag"].Length > 0 ? Filled(match["tag"], kept, tag) : prefix.Length > 0 ? $"{prefix}.{kept}" : kept;
    }

    private static string First(FluentdElement match, string name, string other) => match[name].Length > 0 ? match[name] : match[other];

    private static string Without(string tag, string prefix) =>
        prefix.Length > 0 && tag.StartsWith(prefix, StringComparison.Ordinal) ? tag[prefix.Length..].TrimStart('.') : tag;

    /// <summary>What takes the place of a placeholder; a <c>*</c> if only the event says it.</summary>
    private static string Filled(string template, string kept, string tag) => Placeholder().Replace(template, found =>
    {
        if (found.Value is "${tag}" or "__TAG__")
            return kept;
        var parts = tag.Split('.');
        return int.TryParse(found.Groups["part"].Value, out var index) && index < parts.Length
            && !parts[..(index + 1)].Any(p => p.Contains('*', StringComparison.Ordinal)) ? parts[index] : "*";
    });

    private static Restriction.Other Other(Spot at, string text, string key) => new(new Remark(at, text, IsOfWeight: true), key);

    [GeneratedRegex(@"\$\{tag_parts\[(?<part>[0-9]+)\]\}|__TAG_PARTS\[(?<part>[0-9]+)\]__|\$\{[^}]*\}|__[A-Z]+__|\$[0-9]+", RegexOptions.ExplicitCapture)]
    private static partial Regex Placeholder();

    /// <summary>A pattern that each value matches.</summary>
    [GeneratedRegex(@"^/?\^?\(?\.[*+]\)?\$?/?$")]
    private static partial Regex OfAll();
}
