using System.Text.RegularExpressions;

namespace Collector.Commands.Converting.Fluentd;

/// <summary>Fluentd's filters: what they select becomes a restriction, what they change becomes a remark or a key.</summary>
internal sealed partial class FluentdFilters(Conversion to)
{
    private bool isAnyWithMetadata;

    /// <param name="filter">The filter.</param>
    /// <param name="source">Whose events pass it.</param>
    /// <param name="share">How many of those that are on their way here.</param>
    /// <param name="isOfWhole">Whether these are all events of the source, so that what is said of them can be said of its files.</param>
    /// <param name="hasMetadata">Whether the events have the fields below kubernetes here.</param>
    /// <param name="restrictions">Receive what it selects or changes.</param>
    public void Add(FluentdElement filter, ConvertedSource source, TagShare share, bool isOfWhole, bool hasMetadata, List<Restriction> restrictions)
    {
        if (share == TagShare.Some && filter.Type != "kubernetes_metadata")
        {
            restrictions.Add(Other(filter.At, $"filter {filter.Type} is for a part of {source.Path} by its tag; the collector filters whole sources alone, so this filter is left out", "match"));
            return;
        }

        switch (filter.Type)
        {
            case "kubernetes_metadata":
                to.Follow(filter, to.Root.At("kubernetes"), FluentdNeutral.Metadata);
                isAnyWithMetadata = true;
                if (filter.IsOn("skip_labels", otherwise: false, to.Root.At("kubernetes")))
                    restrictions.Add(new Restriction.Setting(filter.SpotOf("skip_labels"), SharedSettings.Labels, "false", "skip_labels of a filter kubernetes_metadata"));
                break;
            case "grep":
                to.Follow(filter, source.Keys, FluentdNeutral.Filter);
                Grep(filter, isOfWhole ? source : null, hasMetadata, restrictions);
                break;
            case "record_transformer" or "record_modifier":
                to.Follow(filter, source.Keys, FluentdNeutral.Filter);
                Transform(filter, source, restrictions);
                break;
            case "concat" when source.IsContainers && (filter["partial_key"].Length > 0 || filter["use_partial_cri_logtag"].Length > 0 || filter["use_partial_metadata"].Length > 0):
                // The collector always joins lines that a runtime has split.
                break;
            case "concat":
                restrictions.Add(Other(filter.At, "filter concat joins lines into records; the collector stores each line as a record (multiline comes with a later version)", ""));
                break;
            case "parser" when source.IsContainers && filter["key_name"] is "log" or "message" && filter.Element("parse")?.Type == "json":
                to.Follow(filter, source.Keys, FluentdNeutral.Filter);
                restrictions.Add(new Restriction.Setting(filter.At, SharedSettings.ParseJson, "true", "filter parser"));
                source.Keys.Note(filter.At, "filter parser puts a JSON line's fields into the record; parseJson puts them under fields");
                break;
            case "stdout":
                to.Root.Note(filter.At, "filter stdout is left out: it prints records; to see one, use collector explain PATH");
                break;
            case "prometheus":
                to.Root.Note(filter.At, "filter prometheus is left out: it counts records; the collector has metrics of its own");
                break;
            default:
                restrictions.Add(Other(filter.At, $"filter {(filter.Type.Length > 0 ? filter.Type : "without @type")} has no counterpart; the collector stores the records without its changes, and drops none of them", "match"));
                break;
        }
    }

    /// <summary>Without a metadata filter records have no metadata.</summary>
    public void EndMetadata(IReadOnlyList<ConvertedSource> sources)
    {
        if (!isAnyWithMetadata && sources.Count > 0)
            to.Root.At("kubernetes").Set("enabled", "false");
    }

    /// <param name="filter">It.</param>
    /// <param name="whole">The source, if all of its events pass the filter.</param>
    /// <param name="hasMetadata">Whether the events have the fields below kubernetes here.</param>
    /// <param name="restrictions">Receive what it selects.</param>
    private static void Grep(FluentdElement filter, ConvertedSource? whole, bool hasMetadata, List<Restriction> restrictions)
    {
        foreach (var rule in filter.Parameters.Where(p => NumberedRule().IsMatch(p.Name)))
        {
            var parts = rule.Value.Split((char[])[' ', '\t'], 2, StringSplitOptions.TrimEntries);
            restrictions.AddRange(OfGrep(rule.Name.StartsWith("exclude", StringComparison.Ordinal), parts[0], parts.Length > 1 ? parts[1] : "", rule.At, whole, hasMetadata));
        }

        foreach (var rule in filter.Elements)
        {
            switch (rule.Name)
            {
                case "regexp" or "exclude":
                    rule.SetApart();
                    restrictions.AddRange(OfGrep(rule.Name == "exclude", rule["key"], rule["pattern"], rule.At, whole, hasMetadata));
                    break;
                case "and" or "or":
                    rule.SetApart();
                    restrictions.Add(Other(rule.At, $"filter grep (<{rule.Name}>) drops records by several fields together; the collector stores all of them", "match"));
                    break;
            }
        }
    }

    private static IReadOnlyList<Restriction> OfGrep(bool isExclusion, string key, string pattern, Spot at, ConvertedSource? whole, bool hasMetadata)
    {
        if (MissingField(key, hasMetadata) is { } missing)
            return [Other(at, $"filter grep ({(isExclusion ? "exclude" : "regexp")} {key} {pattern}) {missing}, so it drops {(isExclusion ? "no event" : "all events")} there; the collector does not apply it: check what is meant", "match")];
        if (Selection(isExclusion, key, pattern, at) is { } selection)
            return [selection];
        return whole is not null && ContainerLinks.TrySelect(whole, FieldOf(key), pattern, isExclusion) ? []
            : [Other(at, $"filter grep ({(isExclusion ? "exclude" : "regexp")} {key} {pattern}) drops records by their content; the collector stores all of them", "match")];
    }

    /// <summary>Why the events do not have a field where it is compared; null: they have it.</summary>
    public static string? MissingField(string key, bool hasMetadata) =>
        FieldOf(key).StartsWith("kubernetes.", StringComparison.Ordinal) && !hasMetadata
            ? $"compares {key}, which the events do not have at this place (only a filter kubernetes_metadata before it that matches their tag adds it)" : null;

    /// <summary>The records whose field matches a pattern; null: no match of the collector selects them.</summary>
    public static Restriction? Selection(bool isExclusion, string key, string pattern, Spot at)
    {
        var field = FieldOf(key);
        if (field == "kubernetes.namespace_name" && Words.Globs(pattern) is { } globs)
            return new Restriction.Namespaces(at, isExclusion, globs);
        if (field.StartsWith("kubernetes.labels.", StringComparison.Ordinal) && !isExclusion && Exact().Match(pattern) is { Success: true } exact)
            return new Restriction.PodLabel(at, field["kubernetes.labels.".Length..], exact.Groups[1].Value);
        return null;
    }

    /// <summary><c>$.kubernetes.pod_name</c> and <c>$['kubernetes']['pod_name']</c> are kubernetes.pod_name.</summary>
    private static string FieldOf(string key) => key.Replace("['", ".", StringComparison.Ordinal).Replace("']", "", StringComparison.Ordinal).TrimStart('$').TrimStart('.');

    private static void Transform(FluentdElement filter, ConvertedSource source, List<Restriction> restrictions)
    {
        foreach (var field in filter.All("record").SelectMany(e => e.Parameters))
        {
            var (key, value, at) = (field.Name, field.Value, field.At);
            if (key is "hostname" or "host" or "node" && OfNode().IsMatch(value))
            {
                source.Keys.Note(at, $"{key} is set to {value}; the collector writes the node's name to the field hostname of each record");
            }
            else if (key is "cluster" or "cluster_name" or "cluster_id" && !field.HasPlaceholder && !value.Contains("#{", StringComparison.Ordinal))
            {
                var note = key == "cluster" ? null : new Remark(at, $"the cluster's name is in the field cluster of each record, not in {key}", IsOfWeight: false);
                restrictions.Add(new Restriction.Setting(at, SharedSettings.Cluster, value, $"{filter.Type} ({key} {value})", note));
            }
            else
            {
                restrictions.Add(Other(at, $"{filter.Type} ({key} {value}) changes records; the collector stores them unchanged", "format"));
            }
        }

        foreach (var removed in filter.Parameters.Where(p => p.Name is "remove_keys" or "keep_keys" or "whitelist_keys"))
            restrictions.Add(Other(removed.At, $"{filter.Type} ({removed.Name} {removed.Value}) removes fields; the collector stores them", "format"));
    }

    private static Restriction.Other Other(Spot at, string text, string key) => new(new Remark(at, text, IsOfWeight: true), key);

    /// <summary>What is the node's name: Fluentd's own placeholder, Ruby's call, or a variable like NODE_NAME.</summary>
    [GeneratedRegex(@"^(\$\{hostname\}|#\{Socket\.gethostname\}|\$\{(?i:[A-Z0-9_]*(HOST|NODE)[A-Z0-9_]*)\})$")]
    private static partial Regex OfNode();

    [GeneratedRegex("^(regexp|exclude)[0-9]+$")]
    private static partial Regex NumberedRule();

    [GeneratedRegex(@"^/?\^([A-Za-z0-9_-]+)\$/?$")]
    private static partial Regex Exact();
}
