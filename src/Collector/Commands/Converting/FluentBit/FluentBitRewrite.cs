using System.Text.RegularExpressions;

namespace Collector.Commands.Converting.FluentBit;

/// <summary>
/// fluent-bit's filter <c>rewrite_tag</c>: a rule gives the records that it selects a new tag, with which they pass the filters from
/// the first one on; unless the rule keeps them, they leave their old tag. The first rule that a record matches is the only one for it.
/// </summary>
internal static partial class FluentBitRewrite
{
    /// <summary>The records with new tags.</summary>
    /// <param name="filter">It.</param>
    /// <param name="flow">The records with the old tag.</param>
    /// <param name="to">Receives the remarks on its keys.</param>
    public static IReadOnlyList<FluentBitFlow> Read(FluentBitSection filter, FluentBitFlow flow, Conversion to)
    {
        var found = new List<FluentBitFlow>();
        if (flow.IsFrom(filter))
            return found;
        to.Follow(filter, flow.Source.Keys, FluentBitNeutral.Rewrite);
        var (before, away) = (new List<Restriction>(), new List<Restriction>());
        foreach (var rule in filter.Keys.Where(k => k.Is("rule")))
        {
            if (rule.Value.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries) is not [var key, var pattern, var tag, var keep])
            {
                flow.Restrict(Other(rule.At, $"filter rewrite_tag (Rule {rule.Value}) is not KEY REGEX NEW_TAG KEEP; the collector stores its records as those of {flow.Tag}"));
                continue;
            }

            var isKept = Choice.Of(keep, rule.At, "the last word of Rule", flow.Source.Keys, "false", "true", "on", "yes", "off", "no") is "true" or "on" or "yes";
            var field = FluentBitFilters.FieldOf(key);
            if (FluentBitFilters.MissingField(field, flow) is { } missing)
            {
                flow.Restrict(Other(rule.At, $"filter rewrite_tag (Rule {rule.Value}) {missing}, so it gives no record the tag {tag}; the collector does not apply it: check what is meant"));
                continue;
            }

            var selection = FluentBitFilters.Selection(field, pattern, isExclusion: false, rule.At);
            found.Add(flow.Retagged(TagOf(tag, flow.Tag), filter, [.. before, selection
                ?? Other(rule.At, $"filter rewrite_tag gives the tag {tag} only to records whose {key} matches {pattern}; the collector stores all of them here")]));
            var others = (selection as Restriction.Namespaces) is { } namespaces ? namespaces with { IsExclusion = true } : null;
            before.Add(others ?? (Restriction)Other(rule.At, $"filter rewrite_tag gives the tag {tag} to the records of an earlier rule ({key} {pattern}), and this tag to none of them; the collector stores them here, too"));
            if (!isKept)
                away.Add(others ?? (Restriction)Other(rule.At, $"filter rewrite_tag takes the records whose {key} matches {pattern} away to the tag {tag}; the collector stores them here, too"));
        }

        away.ForEach(flow.Restrict);
        return found;
    }

    private static string TagOf(string template, string tag) => Placeholder().Replace(template, found =>
    {
        if (found.Value == "$TAG")
            return tag;
        var parts = tag.Split('.');
        return int.TryParse(found.Groups[1].Value, out var index) && index < parts.Length && !parts[..(index + 1)].Any(p => p.Contains('*', StringComparison.Ordinal)) ? parts[index] : "*";
    });

    private static Restriction.Other Other(Spot at, string text) => new(new Remark(at, text, IsOfWeight: true), "match");

    [GeneratedRegex(@"\$TAG\[([0-9]+)\]|\$TAG|\$[A-Za-z0-9_]+(?:\[[^\]]*\])*")]
    private static partial Regex Placeholder();
}
