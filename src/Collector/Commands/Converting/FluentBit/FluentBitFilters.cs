using System.Text.RegularExpressions;

namespace Collector.Commands.Converting.FluentBit;

/// <summary>fluent-bit's filters: what they select becomes a restriction, what they change becomes a remark or a key.</summary>
/// <param name="to">Receives what holds for all sources.</param>
/// <param name="parsers">The parsers that the configuration defines.</param>
internal sealed partial class FluentBitFilters(Conversion to, IReadOnlyList<FluentBitSection> parsers)
{
    private readonly HashSet<ConvertedSource> withMetadata = [];

    /// <summary>Names of the field in which the collector writes the node's name.</summary>
    private static readonly string[] OfNode = ["hostname", "host", "node", "node_name"];

    /// <summary>Fields that only other agents' parsers add to a record.</summary>
    private static readonly string[] Absent = ["_p", "logtag", "time", "date", "id", "file", "filename", "path"];

    public IReadOnlyList<FluentBitSection> Parsers { get; } = parsers;

    /// <summary>Records pass a filter.</summary>
    /// <param name="filter">It.</param>
    /// <param name="flow">They.</param>
    /// <param name="share">How many of them.</param>
    /// <returns>Those that get another tag.</returns>
    public IReadOnlyList<FluentBitFlow> Add(FluentBitSection filter, FluentBitFlow flow, TagShare share)
    {
        if (share == TagShare.Some && filter.Name != "kubernetes")
            Other(flow, filter.At, $"filter {filter.Name} is for a part of {flow.Source.Path} by its tag; the collector filters whole sources alone, so this filter is left out", "match");
        else if (share != TagShare.None && filter.Name == "rewrite_tag")
            return FluentBitRewrite.Read(filter, flow, to);
        else if (share != TagShare.None)
            Add(filter, flow);
        if (share != TagShare.None)
            flow.Pass(filter, share);
        return [];
    }

    /// <summary>Without a kubernetes filter records have no metadata.</summary>
    public void EndKubernetes(IEnumerable<ConvertedSource> sources)
    {
        if (withMetadata.Count == 0 && sources.Any())
            to.Root.At("kubernetes").Set("enabled", "false");
    }

    private void Add(FluentBitSection filter, FluentBitFlow flow)
    {
        var source = flow.Source;
        switch (filter.Name)
        {
            case "kubernetes":
                to.Follow(filter, to.Root.At("kubernetes"), FluentBitNeutral.Kubernetes);
                Kubernetes(filter, flow);
                break;
            case "grep":
                to.Follow(filter, source.Keys, FluentBitNeutral.Filter);
                Grep(filter, flow);
                break;
            case "modify" or "record_modifier":
                Modify(filter, flow);
                break;
            case "parser" when filter["key_name"].Equals("log", StringComparison.OrdinalIgnoreCase) && source.IsContainers && IsJson(filter["parser"]):
                to.Follow(filter, source.Keys, FluentBitNeutral.Filter);
                flow.Restrict(new Restriction.Setting(filter.At, SharedSettings.ParseJson, "true", "filter parser"));
                break;
            case "multiline":
                Other(flow, filter.At, $"filter multiline ({filter["multiline.parser"]}) joins lines into records; the collector stores each line as a record (multiline comes with a later version)", "");
                break;
            case "stdout":
                to.Root.Note(filter.At, "filter stdout is left out: it prints records; to see one, use collector explain PATH");
                break;
            default:
                Other(flow, filter.At, $"filter {(filter.Name.Length > 0 ? filter.Name : "without a name")} has no counterpart; the collector stores the records without its changes, and drops none of them", "match");
                break;
        }
    }

    private void Kubernetes(FluentBitSection filter, FluentBitFlow flow)
    {
        var source = flow.Source;
        withMetadata.Add(source);
        var keys = to.Root.At("kubernetes");
        // fluent-bit's default is on, this collector's is off.
        if (filter.IsOn("annotations", otherwise: true, keys))
            keys.Set("annotations", "true");
        if (!filter.IsOn("labels", otherwise: true, keys))
            flow.Restrict(new Restriction.Setting(filter.SpotOf("labels"), SharedSettings.Labels, "false", "Labels Off of a filter kubernetes"));
        if (filter.IsOn("namespace_labels", otherwise: false, keys))
            keys.Set("namespaceLabels", "true");
        if (filter.IsOn("merge_log", otherwise: false, source.Keys) && source.IsContainers)
        {
            flow.Restrict(new Restriction.Setting(filter.SpotOf("merge_log"), SharedSettings.ParseJson, "true", "Merge_Log On of a filter kubernetes"));
            source.Keys.Note(filter.SpotOf("merge_log"), "Merge_Log puts a JSON line's fields into the record; parseJson puts them under fields");
            if (filter["merge_log_key"] is { Length: > 0 } merged)
                source.Keys.Note(filter.SpotOf("merge_log_key"), $"Merge_Log_Key {merged} puts the fields of JSON lines under {merged}; parseJson puts them under fields");
            if (!filter.IsOn("keep_log", otherwise: true, source.Keys))
                source.Keys.Note(filter.SpotOf("keep_log"), "Keep_Log Off removes the field log where its fields were merged; the collector keeps log");
        }

        // Its default concerns a few pods; who writes it down has decided about them.
        if (!filter.IsOn("k8s-logging.exclude", otherwise: false, source.Keys))
        {
            var remark = "K8S-Logging.Exclude is off: fluent-bit collects pods with the annotation fluentbit.io/exclude, and the collector leaves them out; remove the annotation from pods that you want to collect";
            source.Keys.Add(new Remark(filter.SpotOf("k8s-logging.exclude"), remark, IsOfWeight: filter["k8s-logging.exclude"].Length > 0));
        }

        if (filter.IsOn("k8s-logging.parser", otherwise: false, source.Keys))
            source.Keys.Note(filter.SpotOf("k8s-logging.parser"), "the collector ignores the pod annotation fluentbit.io/parser: it stores the lines of such pods whole; annotate pods that write JSON with collector/parse-json");
    }

    /// <summary>
    /// Without <c>Logical_Op</c> the rules are looked at in order, and a <c>Regex</c> decides: a record that matches it is kept at once.
    /// With it, the rules are of one kind and are looked at together.
    /// </summary>
    private static void Grep(FluentBitSection filter, FluentBitFlow flow)
    {
        var rules = filter.Keys.Where(k => k.Is("regex") || k.Is("exclude")).ToList();
        var join = Choice.Of(filter["logical_op"], filter.SpotOf("logical_op"), "Logical_Op", flow.Source.Keys, "legacy", "and", "or");
        // Each rule alone drops records where all Regex have to match, or where one Exclude is enough.
        var isTogether = rules.Count > 1 && join != "legacy" && rules.Exists(r => r.Is("exclude") != (join == "or"));
        var decided = join == "legacy" ? rules.FindIndex(r => r.Is("regex")) : -1;
        foreach (var (index, rule) in rules.Index())
        {
            var (field, regex) = PartsOf(rule);
            if (decided >= 0 && index > decided)
                Other(flow, rule.At, $"filter grep ({rule.Name} {rule.Value}) is behind a Regex, and fluent-bit keeps a record at the first Regex that it matches, whatever the later rules say; so this rule is left out: give it a filter of its own if it is meant", "match");
            else if (isTogether)
                Other(flow, rule.At, $"filter grep ({rule.Name} {rule.Value}) drops records together with the other rules (Logical_Op {join}); the collector's filters are independent of each other, so it stores all of them", "match");
            else if (MissingField(field, flow) is { } missing)
                Other(flow, rule.At, $"filter grep ({rule.Name} {rule.Value}) {missing}, so it drops {(rule.Is("exclude") ? "no record" : "all records")} there; the collector does not apply it: check what is meant", "match");
            else if (!TryRestrict(rule, field, regex, flow))
                Other(flow, rule.At, $"filter grep ({rule.Name} {rule.Value}) drops records by their content; the collector stores all of them", "match");
        }
    }

    private static (string Field, string Regex) PartsOf(InputKey rule)
    {
        var parts = rule.Value.Split((char[])[' ', '\t'], 2, StringSplitOptions.TrimEntries);
        return (FieldOf(parts[0]), parts.Length > 1 ? parts[1] : "");
    }

    /// <summary>Why the records do not have a field where a filter compares it; null: they have it.</summary>
    public static string? MissingField(string field, FluentBitFlow flow) =>
        field.StartsWith("kubernetes.", StringComparison.Ordinal) && !flow.HasMetadata
            ? $"compares {field}, which the records of {flow.Source.Path} do not have at this place (only a filter kubernetes before it that matches their tag adds it, and a filter nest moves it)" : null;

    /// <summary>False: it has no counterpart.</summary>
    private static bool TryRestrict(InputKey rule, string field, string regex, FluentBitFlow flow)
    {
        var isExclusion = rule.Is("exclude");
        if (Selection(field, regex, isExclusion, rule.At) is { } selection)
            flow.Restrict(selection);
        else
            return flow.IsWhole && ContainerLinks.TrySelect(flow.Source, field, regex, isExclusion);
        return true;
    }

    /// <summary>The records whose field matches a regular expression; null: no match of the collector selects them.</summary>
    public static Restriction? Selection(string field, string regex, bool isExclusion, Spot at)
    {
        if (field == "kubernetes.namespace_name" && Words.Globs(regex) is { } globs)
            return new Restriction.Namespaces(at, isExclusion, globs);
        if (field.StartsWith("kubernetes.labels.", StringComparison.Ordinal) && !isExclusion && Exact().Match(regex) is { Success: true } exact)
            return new Restriction.PodLabel(at, field["kubernetes.labels.".Length..], exact.Groups[1].Value);
        return null;
    }

    private static void Modify(FluentBitSection filter, FluentBitFlow flow)
    {
        var isConditional = filter.Keys.Exists(k => k.Is("condition"));
        foreach (var key in filter.Keys)
        {
            var words = key.Value.Split((char[])[' ', '\t'], 2, StringSplitOptions.TrimEntries);
            var (name, value) = (words[0].Trim('"'), words.Length > 1 ? words[1].Trim('"') : "");
            var bare = name.ToLowerInvariant();
            switch (key.Name.ToLowerInvariant())
            {
                case "name" or "match" or "match_regex" or "alias":
                    break;
                case not "condition" when isConditional:
                    Other(flow, key.At, $"{filter.Name} ({key.Name} {key.Value}) changes the records for which its Condition holds; the collector stores them unchanged", "format");
                    break;
                case "add" or "set" or "record" when bare is "cluster" or "cluster_name" or "cluster_id" or "k8s_cluster":
                    var note = bare == "cluster" ? null : new Remark(key.At, $"the cluster's name is in the field cluster of each record, not in {name}", IsOfWeight: false);
                    flow.Restrict(new Restriction.Setting(key.At, SharedSettings.Cluster, value, $"{filter.Name} ({key.Name} {key.Value})", note));
                    break;
                case "add" or "set" or "record" when OfNode.Contains(bare) && NodeVariable().IsMatch(value):
                    flow.Source.Keys.Note(key.At, $"{name} is set to {value}; the collector writes the node's name to the field hostname of each record");
                    break;
                case "remove" or "remove_key" when Absent.Contains(bare):
                    break;
                case "rename" or "hard_rename":
                    Other(flow, key.At, $"{filter.Name} ({key.Name} {key.Value}) renames a field; the collector's field names are listed in deploy/docs/records.md", "format");
                    break;
                default:
                    Other(flow, key.At, $"{filter.Name} ({key.Name} {key.Value}) changes records; the collector stores them unchanged", "format");
                    break;
            }
        }
    }

    private bool IsJson(string parser) =>
        parser.Equals("json", StringComparison.OrdinalIgnoreCase) || Parsers.Any(p => p.Name.Equals(parser, StringComparison.OrdinalIgnoreCase) && p["format"].Equals("json", StringComparison.OrdinalIgnoreCase));

    private static void Other(FluentBitFlow flow, Spot at, string text, string key) => flow.Restrict(new Restriction.Other(new Remark(at, text, IsOfWeight: true), key));

    /// <summary><c>$kubernetes['labels']['app']</c> is <c>kubernetes.labels.app</c>.</summary>
    public static string FieldOf(string accessor) => accessor.TrimStart('$').Replace("['", ".", StringComparison.Ordinal).Replace("']", "", StringComparison.Ordinal);

    /// <summary>A variable that holds the node's name: HOSTNAME, NODE_NAME, K8S_NODE_NAME …</summary>
    [GeneratedRegex(@"^\$\{(?i:[A-Z0-9_]*(HOST|NODE)[A-Z0-9_]*)\}$")]
    private static partial Regex NodeVariable();

    [GeneratedRegex(@"^\^([A-Za-z0-9_-]+)\$$")]
    private static partial Regex Exact();
}
