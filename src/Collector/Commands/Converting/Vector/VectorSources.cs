using System.Text.RegularExpressions;

namespace Collector.Commands.Converting.Vector;

/// <summary>Vector's sources <c>kubernetes_logs</c> and <c>file</c>.</summary>
internal static partial class VectorSources
{
    public static ConvertedSource Containers(InputEntry entry, Conversion to, List<Restriction> restrictions)
    {
        var at = entry.At;
        var source = to.AddSource(entry.Key, at, "/var/log/pods/*/*/*.log");
        var keys = source.Keys;
        to.Follow(entry.Value, keys, VectorNeutral.Containers);
        foreach (var key in entry.Value.Entries)
        {
            var spot = key.At;
            string Value() => key.Value.Single ?? "";
            switch (key.Key)
            {
                case "read_from":
                    keys.Set("startAt", Choice.Of(Value(), spot, key.Key, keys, "beginning", "end"));
                    break;
                case "extra_label_selector":
                    Labels(Value(), spot, restrictions);
                    break;
                case "extra_field_selector":
                    Fields(Value(), spot, restrictions);
                    break;
                case "extra_namespace_label_selector":
                    restrictions.Add(Other(spot, $"extra_namespace_label_selector {Value()} selects by labels of namespaces; the collector selects namespaces by name, so all are collected"));
                    break;
                case "exclude_paths_glob_patterns":
                    Excluded(entry.Value.Texts(key.Key), spot, keys);
                    break;
                case "include_paths_glob_patterns" when entry.Value.Texts(key.Key).Any(p => p is not ("**" or "**/*" or "**/*.log")):
                    keys.Weigh(spot, "include_paths_glob_patterns selects some of the files; the collector collects all of them");
                    break;
                case "ignore_older_secs":
                    keys.Weigh(spot, $"ignore_older_secs {Value()} skips old files; the collector reads every file, at the first start from where startAt says");
                    break;
                case "max_line_bytes" or "max_merged_line_bytes":
                    Words.SetSize(keys, "maxRecordSize", spot, key.Key, Value(), SizeUnits.Decimal);
                    keys.Note(spot, "longer lines are cut, marked and counted, in place of being dropped");
                    break;
                case "auto_partial_merge" when !entry.Value.IsOn(key.Key, otherwise: true, keys):
                    keys.Weigh(spot, "auto_partial_merge: false keeps the parts of a line apart; the collector always joins them");
                    break;
            }
        }

        if (!keys.Has("maxRecordSize"))
            keys.Note(at, "Vector drops lines over max_line_bytes (32 KiB); the collector stores lines up to maxRecordSize (1 MiB), and cuts longer ones");
        return source;
    }

    public static List<ConvertedSource> Files(InputEntry entry, Conversion to)
    {
        var at = entry.At;
        var sources = entry.Value.Texts("include").Select(path => to.AddSource(entry.Key, at, path)).ToList();
        if (sources.Count == 0)
            throw new ConvertException(at, $"the source {entry.Key} has no include");
        foreach (var source in sources)
        {
            var keys = source.Keys;
            to.Follow(entry.Value, keys, VectorNeutral.Files);
            if (Choice.Of(entry.Value.Text("read_from"), entry.Value.SpotOf("read_from"), "read_from", keys, "beginning", "end") == "end")
                keys.Set("startAt", "end");
            ExcludedPaths.Add(source, entry.Value.SpotOf("exclude"), "exclude", entry.Value.Texts("exclude"));
            if (entry.Value.Text("max_line_bytes") is { Length: > 0 } longest)
            {
                Words.SetSize(keys, "maxRecordSize", entry.Value.SpotOf("max_line_bytes"), "max_line_bytes", longest, SizeUnits.Decimal);
                keys.Note(at, "longer lines are cut, marked and counted, in place of being dropped");
            }

            foreach (var (key, what) in ((string, string)[])[("ignore_older_secs", "skips old files; the collector reads every file"), ("multiline", "joins lines into records; the collector stores each line as a record (multiline comes with a later version)"),
                ("line_delimiter", "ends lines by another delimiter; the collector ends them at a newline"), ("encoding", "decodes the lines; the collector reads them as UTF-8"), ("remove_after_secs", "deletes files; the collector never changes a log file")])
            {
                if (entry.Value.Has(key))
                    keys.Weigh(entry.Value.SpotOf(key), $"{key} {what}");
            }
        }

        return sources;
    }

    /// <summary>
    /// Vector's patterns match paths below /var/log/pods. Like Vector, the collector does not read compressed or half-written files
    /// there.
    /// </summary>
    private static void Excluded(IReadOnlyList<string> patterns, Spot at, Block keys)
    {
        foreach (var pattern in patterns.Where(p => p is not ("**/*.gz" or "**/*.tmp")))
        {
            var match = PodPath().Match(pattern);
            if (match.Success)
                keys.AddToList("excludePaths", [$"/var/log/containers/{(match.Groups[2].Value.TrimEnd('*') is { Length: > 0 } pod ? $"{pod}*" : "*")}_{match.Groups[1].Value}_*.log"]);
            else
                keys.Weigh(at, $"exclude_paths_glob_patterns {pattern}: the collector's excludePaths matches links below /var/log/containers; write the pattern for these links");
        }
    }

    private static void Labels(string selector, Spot at, List<Restriction> restrictions)
    {
        foreach (var term in TermsOf(selector))
        {
            if (LabelTerm().Match(term) is { Success: true } match)
                restrictions.Add(new Restriction.PodLabel(at, match.Groups[1].Value, match.Groups[2].Value));
            else if (term != "vector.dev/exclude!=true")
                restrictions.Add(Other(at, $"extra_label_selector {term} is not an equality; the collector's podLabels compare whole values, so this term is left out"));
        }
    }

    private static void Fields(string selector, Spot at, List<Restriction> restrictions)
    {
        foreach (var term in TermsOf(selector))
        {
            if (NamespaceTerm().Match(term) is { Success: true } match)
                restrictions.Add(new Restriction.Namespaces(at, IsExclusion: match.Groups[1].Value == "!=", [match.Groups[2].Value]));
            else
                restrictions.Add(Other(at, $"extra_field_selector {term} has no counterpart; the collector selects pods by namespace and label"));
        }
    }

    /// <summary>The terms of a selector of Kubernetes; the commas of <c>app in (cart,checkout)</c> are within one.</summary>
    private static IEnumerable<string> TermsOf(string selector) => BetweenTerms().Split(selector).Select(t => t.Trim()).Where(t => t.Length > 0);

    private static Restriction.Other Other(Spot at, string text) => new(new Remark(at, text, IsOfWeight: true), "match");

    [GeneratedRegex("^([A-Za-z0-9./_-]+)={1,2}([A-Za-z0-9._-]*)$")]
    private static partial Regex LabelTerm();

    [GeneratedRegex(@",(?![^()]*\))")]
    private static partial Regex BetweenTerms();

    [GeneratedRegex("^metadata\\.namespace(!=|={1,2})([a-z0-9-]+)$")]
    private static partial Regex NamespaceTerm();

    /// <summary><c>**/NAMESPACE_POD*/**</c>: directories of pods are named NAMESPACE_POD_UID.</summary>
    [GeneratedRegex(@"^(?:\*\*/|/var/log/pods/)([a-z0-9-]+)_([a-z0-9.-]*\**)/\*\*$")]
    private static partial Regex PodPath();
}
