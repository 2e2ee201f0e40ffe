using System.Text.RegularExpressions;

namespace Collector.Commands.Converting.Vector;

/// <summary>The effect of a transform on the records.</summary>
/// <param name="Restrictions">What it selects or sets, or what has no counterpart.</param>
internal sealed record VectorTransform(IReadOnlyList<Restriction> Restrictions);

/// <summary>Vector's transforms <c>filter</c>, <c>route</c> and <c>remap</c>, if their programs have a known form.</summary>
internal static partial class VectorTransforms
{
    /// <summary>Fields that the collector's records do not have, so that deleting them has no effect.</summary>
    private static readonly HashSet<string> Absent = [".file", ".source_type", ".timestamp_end", "._partial", ".kubernetes.pod_annotations", ".kubernetes.namespace_labels", ".kubernetes.node_labels", ".kubernetes.pod_ip", ".kubernetes.pod_ips"];

    /// <param name="transform">It.</param>
    /// <param name="port">For a route: the name of the branch; else empty.</param>
    /// <param name="to">Receives what holds for all records.</param>
    public static VectorTransform Read(InputEntry transform, string port, Conversion to)
    {
        var at = transform.At;
        if (transform.Value.Text("type") is "filter" or "route" or "exclusive_route" or "remap")
        {
            _ = transform.Value.Texts("inputs");
            // Each branch that goes to a sink is read below; the reader tells the others.
            _ = (transform.Value.Has("route"), transform.Value.Has("routes"));
            to.Follow(transform.Value, to.OutputRemarks, VectorNeutral.Transform);
        }

        switch (transform.Value.Text("type"))
        {
            case "filter":
                return new VectorTransform(Condition(transform.Value.Under("condition"), $"filter {transform.Key}", at));
            case "route" or "exclusive_route":
                return new VectorTransform(Branch(transform, port));
            case "remap":
                return new VectorTransform(Remap(transform.Value.Text("source"), transform.Key, at));
            case var type:
                transform.Whole();
                return new VectorTransform([Other(at, $"transform {transform.Key} ({(type.Length > 0 ? type : "without a type")}) has no counterpart; the collector stores the records without its changes, and drops none of them", "match")]);
        }
    }

    /// <summary>
    /// A branch of <c>route</c> has what its condition selects; one of <c>exclusive_route</c> has no record of an earlier branch, and
    /// <c>_unmatched</c> has no record of any branch.
    /// </summary>
    private static List<Restriction> Branch(InputEntry transform, string port)
    {
        var (value, at) = (transform.Value, transform.At);
        List<(string Name, InputNode? Condition)> branches = [.. value.EntriesOf("route").Select(r => (r.Key, (InputNode?)r.Value)), .. value.Items("routes").Select(r => (r.Text("name"), r.Under("condition")))];
        var index = branches.FindIndex(b => b.Name == port);
        List<Restriction> found = index < 0 ? [] : [.. Condition(branches[index].Condition, $"route {transform.Key}.{port}", at)];
        var isExclusive = index < 0 || value.Text("type") == "exclusive_route";
        foreach (var (name, condition) in isExclusive ? branches[..(index < 0 ? branches.Count : index)] : [])
        {
            if (Parsed(condition)?.Restrictions(isNegated: true, at) is { } rest)
                found.AddRange(rest);
            else
                found.Add(Other(at, $"{transform.Key}.{port} has no records of the branch {name} ('{TextOf(condition)}'); the collector stores them here, too", "match"));
        }

        return found;
    }

    /// <summary>Comparisons of the namespace or of pod labels.</summary>
    private static IReadOnlyList<Restriction> Condition(InputNode? condition, string what, Spot at) =>
        Parsed(condition)?.Restrictions(isNegated: false, at)
            ?? [Other(at, $"{what} drops records by '{TextOf(condition)}'; the collector stores all of them", "match")];

    private static string TextOf(InputNode? condition) => (condition?.Single ?? condition.Text("source")).Trim();

    private static VectorCondition? Parsed(InputNode? condition) => condition.Text("type") is "" or "vrl" ? VectorCondition.Parse(TextOf(condition)) : null;

    private static List<Restriction> Remap(string program, string name, Spot at)
    {
        var restrictions = new List<Restriction>();
        foreach (var line in program.Split(['\n', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(l => l[0] != '#'))
        {
            if (Deletion().Match(line) is { Success: true } deletion)
            {
                var field = deletion.Groups[1].Value.Replace("\"", "", StringComparison.Ordinal);
                if (field == ".kubernetes.pod_labels")
                    restrictions.Add(new Restriction.Setting(at, SharedSettings.Labels, "false", $"remap {name} ({line})"));
                else if (!Absent.Contains(field))
                    restrictions.Add(Other(at, $"remap {name} deletes {field}; the collector stores it", "format"));
            }
            else if (Renaming().Match(line) is { Success: true } renaming)
            {
                // Another field in the line's place is another line.
                var isOtherLine = renaming.Groups[1].Value is ".message" or ".log" && renaming.Groups[2].Value is not (".message" or ".log");
                restrictions.Add(new Restriction.Other(new Remark(at, $"remap {name} renames {renaming.Groups[2].Value} to {renaming.Groups[1].Value}; the collector's field names are listed in deploy/docs/records.md", isOtherLine), "format"));
            }
            else if (Constant().Match(line) is { Success: true } constant && constant.Groups[1].Value is ".cluster" or ".cluster_name" or ".cluster_id")
            {
                restrictions.Add(new Restriction.Setting(at, SharedSettings.Cluster, constant.Groups[2].Value, $"remap {name} ({line})"));
            }
            else if (Merging().IsMatch(line))
            {
                restrictions.Add(new Restriction.Setting(at, SharedSettings.ParseJson, "true", $"remap {name} ({line})"));
            }
            else
            {
                restrictions.Add(Other(at, $"remap {name} changes records by '{line}'; the collector stores them unchanged", "format"));
            }
        }

        return restrictions;
    }

    private static Restriction.Other Other(Spot at, string text, string key) => new(new Remark(at, text, IsOfWeight: true), key);

    /// <summary>The fields of a line that is JSON come beside the others: <c>. = merge(., parse_json!(string!(.message)))</c>.</summary>
    [GeneratedRegex(@"^\.\s*(?:,\s*err\s*)?(?:\|=|=\s*merge!?\(\s*\.\s*,)\s*(?:object!?\(\s*)?parse_json!?\(\s*(?:string!?\(\s*)?\.message\s*\)[\s)]*(?:\?\?\s*(?:\.|\{\s*\})[\s)]*)?$")]
    private static partial Regex Merging();

    [GeneratedRegex(@"^(?:_\s*=\s*)?del\(\s*(\.[^(),\s]+)\s*\)$")]
    private static partial Regex Deletion();

    [GeneratedRegex(@"^(\.[^=\s]+)\s*=\s*del\(\s*(\.[^(),\s]+)\s*\)$")]
    private static partial Regex Renaming();

    [GeneratedRegex("""^(\.[A-Za-z0-9_.]+)\s*=\s*"([^"]*)"$""")]
    private static partial Regex Constant();
}
