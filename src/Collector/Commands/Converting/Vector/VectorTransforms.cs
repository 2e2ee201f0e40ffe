using System.Text.RegularExpressions;

namespace Collector.Commands.Converting.Vector;

/// <summary>The effect of a transform on the records.</summary>
/// <param name="Restrictions">What it selects, or what has no counterpart.</param>
/// <param name="ForSource">What it changes in the source's own keys; null: nothing.</param>
internal sealed record VectorTransform(IReadOnlyList<Restriction> Restrictions, Action<ConvertedSource>? ForSource = null);

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
                var branch = transform.Value.Under($"route.{port}") ?? transform.Value.Items("routes").FirstOrDefault(r => r.Text("name") == port).Under("condition");
                return new VectorTransform(branch is not null ? Condition(branch, $"route {transform.Key}.{port}", at) : [Other(at, $"{transform.Key}.{port} has the records that no other branch of the route takes; the collector stores all records", "match")]);
            case "remap":
                return Remap(transform.Value.Text("source"), transform.Key, at, to);
            case var type:
                transform.Whole();
                return new VectorTransform([Other(at, $"transform {transform.Key} ({(type.Length > 0 ? type : "without a type")}) has no counterpart; the collector stores the records without its changes, and drops none of them", "match")]);
        }
    }

    /// <summary>Comparisons of the namespace or of pod labels, joined by <c>&amp;&amp;</c>; of the namespace also by <c>||</c>.</summary>
    private static IReadOnlyList<Restriction> Condition(InputNode? condition, string what, Spot at)
    {
        var text = condition?.Single ?? condition.Text("source");
        var found = new List<Restriction>();
        foreach (var term in text.Split("&&", StringSplitOptions.TrimEntries))
        {
            var alternatives = term.Trim('(', ')', ' ').Split("||", StringSplitOptions.TrimEntries).Select(a => Comparison().Match(a.Trim('(', ')', ' '))).ToList();
            var isOfNamespaces = alternatives.TrueForAll(a => a.Success && a.Groups[1].Value is "pod_namespace" or "namespace_name");
            if (isOfNamespaces && (alternatives.Count == 1 || alternatives.TrueForAll(a => a.Groups[3].Value == "==")))
                found.Add(new Restriction.Namespaces(at, IsExclusion: alternatives[0].Groups[3].Value == "!=", [.. alternatives.Select(a => a.Groups[4].Value)]));
            else if (alternatives is [{ Success: true } label] && label.Groups[1].Value.StartsWith("pod_labels", StringComparison.Ordinal) && label.Groups[3].Value == "==")
                found.Add(new Restriction.PodLabel(at, label.Groups[2].Value.Trim('"'), label.Groups[4].Value));
            else
                return [Other(at, $"{what} drops records by '{text.Trim()}'; the collector stores all of them", "match")];
        }

        return found;
    }

    private static VectorTransform Remap(string program, string name, Spot at, Conversion to)
    {
        var restrictions = new List<Restriction>();
        Action<ConvertedSource>? forSource = null;
        foreach (var line in program.Split(['\n', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(l => l[0] != '#'))
        {
            if (Deletion().Match(line) is { Success: true } deletion)
            {
                var field = deletion.Groups[1].Value.Replace("\"", "", StringComparison.Ordinal);
                if (field == ".kubernetes.pod_labels")
                    to.Root.At("kubernetes").Set("labels", "false");
                else if (!Absent.Contains(field))
                    restrictions.Add(Other(at, $"remap {name} deletes {field}; the collector stores it", "format"));
            }
            else if (Renaming().Match(line) is { Success: true } renaming)
            {
                restrictions.Add(new Restriction.Other(new Remark(at, $"remap {name} renames {renaming.Groups[2].Value} to {renaming.Groups[1].Value}; the collector's field names are listed in deploy/docs/records.md", IsOfWeight: false), "format"));
            }
            else if (Constant().Match(line) is { Success: true } constant && constant.Groups[1].Value is ".cluster" or ".cluster_name" or ".cluster_id")
            {
                to.Root.SetText("cluster", constant.Groups[2].Value);
            }
            else if (line.Contains("parse_json", StringComparison.Ordinal) && line.Contains(".message", StringComparison.Ordinal) && line.StartsWith('.'))
            {
                forSource = source =>
                {
                    if (source.IsContainers)
                        source.Keys.Set("parseJson", "true");
                    else
                        source.Keys.Set("parser", "json");
                };
            }
            else
            {
                restrictions.Add(Other(at, $"remap {name} changes records by '{line}'; the collector stores them unchanged", "format"));
            }
        }

        return new VectorTransform(restrictions, forSource);
    }

    private static Restriction.Other Other(Spot at, string text, string key) => new(new Remark(at, text, IsOfWeight: true), key);

    [GeneratedRegex("""^\.kubernetes\.(pod_namespace|namespace_name|pod_labels\.("[^"]+"|[A-Za-z0-9_]+))\s*(==|!=)\s*"([^"]*)"$""")]
    private static partial Regex Comparison();

    [GeneratedRegex(@"^(?:_\s*=\s*)?del\(\s*(\.[^(),\s]+)\s*\)$")]
    private static partial Regex Deletion();

    [GeneratedRegex(@"^(\.[^=\s]+)\s*=\s*del\(\s*(\.[^(),\s]+)\s*\)$")]
    private static partial Regex Renaming();

    [GeneratedRegex("""^(\.[A-Za-z0-9_.]+)\s*=\s*"([^"]*)"$""")]
    private static partial Regex Constant();
}
