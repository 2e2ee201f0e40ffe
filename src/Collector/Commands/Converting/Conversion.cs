using System.Text;
using System.Text.RegularExpressions;
using Collector.Configuration;
using Collector.Pipeline.Buffer;

namespace Collector.Commands.Converting;

/// <summary>Files that the other agent reads.</summary>
/// <param name="Name">Legal here.</param>
/// <param name="At">Its place in the input file.</param>
/// <param name="Keys">As written there.</param>
internal sealed record ConvertedSource(string Name, Spot At, Block Keys)
{
    /// <summary>Logs of containers; else any other files.</summary>
    public bool IsContainers { get; init; }

    /// <summary>Globs of files, as the other agent has them.</summary>
    public string Path { get; init; } = "";

    /// <summary>A path that depends on the other agent's working directory is not collected.</summary>
    public bool IsRelative { get; init; }
}

/// <summary>A store that the other agent writes to.</summary>
internal sealed record ConvertedOutput(string Name, Spot At, Block Keys);

/// <summary>The part of a source that an output gets, which the other agent selects by a filter, a tag or a condition.</summary>
internal abstract record Restriction(Spot At)
{
    /// <summary>Namespaces, by globs.</summary>
    public sealed record Namespaces(Spot At, bool IsExclusion, IReadOnlyList<string> Globs) : Restriction(At);

    /// <summary>A label that the pod must have.</summary>
    public sealed record PodLabel(Spot At, string Key, string Value) : Restriction(At);

    /// <summary>Types of logs.</summary>
    public sealed record LogTypes(Spot At, IReadOnlyList<string> Types) : Restriction(At);

    /// <summary>A setting that these records get; <see cref="SharedSettings"/> decides whether the collector can have it.</summary>
    /// <param name="At">Its place.</param>
    /// <param name="Key">One of <see cref="SharedSettings"/>.</param>
    /// <param name="Value">As it is set.</param>
    /// <param name="What">What the other agent calls it, in a remark's words.</param>
    /// <param name="Note">A remark if it is set; null: none.</param>
    public sealed record Setting(Spot At, string Key, string Value, string What, Remark? Note = null) : Restriction(At);

    /// <summary>A key without a counterpart, and the output's key where it would belong.</summary>
    public sealed record Other(Remark Remark, string Key) : Restriction(Remark.At);
}

/// <summary>
/// The part of a source that goes to an output, restricted in the order of the other agent's filters, and the keys (null: the
/// output's own).
/// </summary>
internal sealed record Route(ConvertedSource Source, ConvertedOutput Output, IReadOnlyList<Restriction> Restrictions, string? KeyPrefix);

/// <summary>
/// The content of another agent's configuration, for any agent, and the collector configuration that follows from it. A reader
/// fills it; <see cref="ToYaml"/> writes it.
/// </summary>
internal sealed partial class Conversion
{
    private readonly List<ConvertedSource> sources = [];
    private readonly List<ConvertedOutput> outputs = [];
    private readonly List<Route> routes = [];
    private readonly HashSet<ConvertedSource> lost = [];
    private readonly List<(IComponent Component, Block Keys, NeutralKeys Neutral)> followed = [];

    /// <summary>The keys beside sources and outputs.</summary>
    public Block Root { get; } = new();

    /// <summary>Remarks on inputs that are not sources of the collector.</summary>
    public Block SourceRemarks { get; } = new();

    /// <summary>Remarks on outputs that the collector does not have.</summary>
    public Block OutputRemarks { get; } = new();

    public IReadOnlyList<ConvertedSource> Sources => sources;

    /// <param name="wanted">The other agent's name; made legal and unique.</param>
    /// <param name="at">Its place in the input file.</param>
    /// <param name="path">A glob of files.</param>
    public ConvertedSource AddSource(string wanted, Spot at, string path)
    {
        var usual = Words.WithDefaults(path);
        var isContainers = usual.StartsWith("/var/log/containers/", StringComparison.Ordinal)
            || usual.StartsWith("/var/log/pods/", StringComparison.Ordinal)
            || usual.StartsWith("/var/lib/docker/containers/", StringComparison.Ordinal);
        var isRelative = !usual.StartsWith('/') && !usual.StartsWith("${", StringComparison.Ordinal);
        if (isRelative)
            SourceRemarks.Weigh(at, $"{path} is not collected: it is relative to the other agent's working directory, and the collector's paths begin with /; write the whole path, and convert again");
        var source = new ConvertedSource(UniqueName(wanted, isContainers ? "containers" : "files", sources.Select(s => s.Name)), at, new Block()) { IsContainers = isContainers, Path = path, IsRelative = isRelative };
        source.Keys.SetText("name", source.Name);
        source.Keys.Set("type", isContainers ? "containers" : "file");
        if (usual.StartsWith("/var/log/containers/", StringComparison.Ordinal) || !isContainers)
            source.Keys.SetText("path", path);
        else if (!AllContainers().IsMatch(usual))
            source.Keys.Weigh(at, $"the path {path} selects some of the containers; the collector's path is a glob of links below /var/log/containers, so all containers are collected");
        sources.Add(source);
        return source;
    }

    public ConvertedOutput AddOutput(string wanted, Spot at)
    {
        var output = new ConvertedOutput(UniqueName(wanted, "default", outputs.Select(o => o.Name)), at, new Block());
        output.Keys.SetText("name", output.Name);
        outputs.Add(output);
        return output;
    }

    /// <summary>
    /// Tells at the end which keys of a component no reader has taken. Each component is followed or told as a whole, so that no key
    /// is left out without a remark.
    /// </summary>
    /// <param name="component">It.</param>
    /// <param name="keys">Receive the remarks.</param>
    /// <param name="neutral">Its keys that leave the stored data as they are.</param>
    public void Follow(IComponent component, Block keys, NeutralKeys neutral)
    {
        component.SetApart();
        followed.Add((component, keys, neutral));
    }

    /// <summary>Notes that the other agent sends records of a source to an output that the collector does not have.</summary>
    public void LoseSource(ConvertedSource source) => lost.Add(source);

    /// <summary>
    /// Sends records of a source to an output. Two different routes store them twice, as the other agent does; equal routes, or
    /// ones that differ only by the type of logs, become one.
    /// </summary>
    /// <param name="source">Of these.</param>
    /// <param name="output">To this.</param>
    /// <param name="restrictions">The part of the source.</param>
    /// <param name="keyPrefix">Set if it depends on the source, for example by its tag; null: the output's own.</param>
    public void AddRoute(ConvertedSource source, ConvertedOutput output, IReadOnlyList<Restriction> restrictions, string? keyPrefix = null)
    {
        if (source.IsRelative)
            return;
        var route = new Route(source, output, restrictions, keyPrefix);
        var alike = routes.FindIndex(r => r.Source == source && r.Output == output && KeyOf(r with { Restrictions = WithoutTypes(r) }) == KeyOf(route with { Restrictions = WithoutTypes(route) })
            && r.Restrictions.Any(IsOfTypes) == restrictions.Any(IsOfTypes));
        if (alike < 0)
        {
            routes.Add(route);
            return;
        }

        var types = routes[alike].Restrictions.Concat(restrictions).OfType<Restriction.LogTypes>().SelectMany(t => t.Types).Distinct(StringComparer.Ordinal).ToList();
        if (types.Count > 0)
            routes[alike] = route with { Restrictions = [new Restriction.LogTypes(source.At, types), .. WithoutTypes(route)] };
    }

    private static bool IsOfTypes(Restriction restriction) => restriction is Restriction.LogTypes;

    private static IReadOnlyList<Restriction> WithoutTypes(Route route) => [.. route.Restrictions.Where(r => !IsOfTypes(r))];

    /// <summary>The configuration, and all remarks in order.</summary>
    public (string Yaml, IReadOnlyList<Remark> Remarks) ToYaml(string headline)
    {
        foreach (var (component, keys, neutral) in followed)
            neutral.Tell(component, keys);
        SharedSettings.Apply(routes, Root);
        var written = Plan();
        var used = sources.Where(s => routes.Exists(r => r.Source == s)).ToList();
        foreach (var source in sources.Except(used).Where(s => !s.IsRelative))
            SourceRemarks.Add(new Remark(source.At, $"{source.Path} is left out: no output sends it to an object store", IsOfWeight: lost.Contains(source)));

        var text = new StringBuilder($"# {headline}\n");
        Root.Write(text, 0);
        WriteList(text, "sources", [.. used.Select(s => s.Keys)], SourceRemarks);
        WriteList(text, "outputs", written, OutputRemarks);
        return (text.ToString(), [.. Root.Remarks, .. used.SelectMany(s => s.Keys.Remarks), .. SourceRemarks.Remarks, .. written.SelectMany(o => o.Remarks), .. OutputRemarks.Remarks]);
    }

    private static void WriteList(StringBuilder text, string key, IReadOnlyList<Block> items, Block remarks)
    {
        text.Append(items.Count == 0 ? $"{key}: []\n" : $"{key}:\n");
        foreach (var item in items)
        {
            var at = text.Length;
            item.Write(text, 4);
            text[at + 2] = '-';
        }

        remarks.Write(text, 2);
    }

    /// <summary>
    /// The outputs as they are written. An output of the collector has one <c>match</c> for all of its sources; an output whose
    /// sources are restricted differently, or have other keys, becomes several that write to the same place.
    /// </summary>
    private List<Block> Plan()
    {
        var written = new List<Block>();
        var names = outputs.Select(o => o.Name).ToList();
        foreach (var output in outputs)
        {
            var groups = routes.Where(r => r.Output == output).GroupBy(KeyOf, StringComparer.Ordinal).ToList();
            if (groups.Count == 0)
                OutputRemarks.Note(output.At, $"output {output.Name} is left out: no collected source goes to it");
            foreach (var (index, group) in groups.Index())
            {
                var keys = output.Keys.Copy();
                if (index > 0)
                {
                    names.Add(UniqueName(output.Name, "default", names));
                    keys.SetText("name", names[^1]);
                    keys.Note(output.At, $"it writes to the same place as {output.Name}, for sources with another filter or tag");
                }

                if (group.First().KeyPrefix is { } prefix)
                    keys.SetText("keyPrefix", prefix);
                var taken = group.Select(r => r.Source).Distinct().ToList();
                Restrict(keys, taken, group.First().Restrictions);
                Fit(keys, taken, output.At);
                written.Add(keys);
            }
        }

        return written;
    }

    private void Restrict(Block keys, List<ConvertedSource> taken, IReadOnlyList<Restriction> restrictions)
    {
        if (taken.Count < sources.Count(s => routes.Exists(r => r.Source == s)))
            keys.At("match").SetList("sources", taken.Select(s => s.Name));
        foreach (var restriction in restrictions)
        {
            switch (restriction)
            {
                case Restriction.Namespaces { IsExclusion: true } excluded:
                    var all = restrictions.OfType<Restriction.Namespaces>().Where(n => n.IsExclusion).SelectMany(n => n.Globs);
                    keys.At("match.namespaces").SetList("exclude", all.Distinct(StringComparer.Ordinal));
                    break;
                case Restriction.Namespaces included when keys.At("match.namespaces").Has("include"):
                    keys.At("match.namespaces").Weigh(included.At, $"a second filter of namespaces, [{string.Join(", ", included.Globs)}], is left out: the collector has one list of namespaces for each output");
                    break;
                case Restriction.Namespaces included:
                    keys.At("match.namespaces").SetList("include", included.Globs);
                    break;
                case Restriction.PodLabel label when restrictions.OfType<Restriction.PodLabel>().First(l => l.Key == label.Key).Value is var first && first != label.Value:
                    keys.At("match.podLabels").Weigh(label.At, $"a second filter of the label {label.Key}, {label.Value}, is left out: no pod has both this value and {first}, so the other agent stores nothing here; remove one of the two filters, or this output");
                    break;
                case Restriction.PodLabel label:
                    keys.At("match.podLabels").SetText(LabelKey().IsMatch(label.Key) ? label.Key : $"'{label.Key}'", label.Value);
                    break;
                case Restriction.LogTypes types:
                    keys.At("match").SetList("logTypes", types.Types);
                    break;
                case Restriction.Other other:
                    (other.Key.Length > 0 ? keys.At(other.Key) : keys).Add(other.Remark);
                    break;
            }
        }
    }

    /// <summary>
    /// In the collector an object must have room for a record, so that small objects make long records shorter, and the buffer must
    /// have room for an object; other agents' sizes need not.
    /// </summary>
    private void Fit(Block keys, List<ConvertedSource> taken, Spot at)
    {
        var defaults = new BatchSettings();
        var longest = taken.Max(s => SizeIn(s.Keys, "maxRecordSize", Size.MiB));
        var (isText, hasAnnotations) = (keys.Text("format") == "text", Root.At("kubernetes").Text("annotations") == "true");
        var least = RecordLimit.LeastMaxSize(isText, hasAnnotations);
        var batch = SizeIn(keys.At("batch"), "maxSize", defaults.MaxSize);
        if (batch < least)
        {
            keys.At("batch").Set("maxSize", Size.Format(least));
            keys.At("batch").Note(at, $"maxSize {Size.Format(batch)} is raised: an object must have room for a record with its metadata");
            batch = least;
        }

        if (RecordLimit.Of(batch, isText, hasAnnotations) is var limit && limit < longest)
            keys.At("batch").Note(at, $"records longer than {limit} bytes are cut, marked and counted, because an object of {Size.Format(batch)} has no room for longer ones; maxSize {Size.Format(RecordLimit.MaxSizeFor(longest))} has");

        if (SizeIn(keys.At("buffer"), "maxSize", Size.GiB) is var buffer && buffer < batch)
        {
            keys.At("buffer").Set("maxSize", Size.Format(2 * batch));
            keys.At("buffer").Note(at, $"maxSize {Size.Format(buffer)} is raised: the buffer must have room for an object");
        }
    }

    private static long SizeIn(Block keys, string key, long otherwise) =>
        keys.Text(key) is { } text && Size.TryParse(text, out var bytes) ? bytes : otherwise;

    /// <summary>Routes with the same one can share an output.</summary>
    private static string KeyOf(Route route) => $"{route.KeyPrefix}\n" + string.Join('\n', route.Restrictions.Select(r => r switch
    {
        Restriction.Namespaces n => $"namespaces {n.IsExclusion} {string.Join(',', n.Globs)}",
        Restriction.PodLabel l => $"label {l.Key}={l.Value}",
        Restriction.LogTypes t => $"types {string.Join(',', t.Types)}",
        Restriction.Setting s => $"setting {s.Key}={s.Value}",
        _ => r.ToString(),
    }));

    private static string UniqueName(string wanted, string otherwise, IEnumerable<string> taken)
    {
        var legal = NotInNames().Replace(wanted.ToLowerInvariant(), "-").Trim('-');
        legal = legal.Length == 0 ? otherwise : legal[..Math.Min(legal.Length, 56)].Trim('-');
        return Enumerable.Range(1, int.MaxValue).Select(i => i == 1 ? legal : $"{legal}-{i}").First(name => !taken.Contains(name));
    }

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotInNames();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_./-]*$")]
    private static partial Regex LabelKey();

    [GeneratedRegex(@"^(/var/log/pods|/var/lib/docker/containers)/(\*\*|\*)(/\*)*(\*|\*\.log)?$|^/var/log/pods/\*/\*/\*\.log$|^/var/lib/docker/containers/\*/\*(-json)?\.log$")]
    private static partial Regex AllContainers();
}
