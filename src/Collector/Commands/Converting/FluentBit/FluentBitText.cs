using System.Text.RegularExpressions;

namespace Collector.Commands.Converting.FluentBit;

/// <summary>
/// Reads fluent-bit's configuration into sections: the classic form (sections in brackets, a key and a value a line), the YAML form,
/// and the values of its Helm chart, which hold the classic one. Includes, and files of parsers, are read from beside the file that
/// names them.
/// </summary>
internal sealed partial class FluentBitText
{
    private readonly List<FluentBitSection> sections = [];
    private readonly Dictionary<string, string> variables = new(StringComparer.Ordinal);
    private readonly Stack<string> reading = [];

    public static IReadOnlyList<FluentBitSection> Read(string file)
    {
        var text = new FluentBitText();
        text.Include(file, new Spot(file, 0));
        text.IncludeParsers();
        return text.sections.Count > 0 ? text.sections : throw new ConvertException(file, "the file is empty: it has no section");
    }

    private void Include(string file, Spot from)
    {
        var path = file == "-" ? file : Path.GetFullPath(file);
        if (reading.Contains(path))
            throw new ConvertException(from, $"the include of {file} leads back to itself");
        reading.Push(path);
        Parse(InputText.Read(file), file);
        reading.Pop();
    }

    /// <summary>
    /// The files of parsers that the service names, as far as they are here: the image has some of its own, at paths of its own.
    /// </summary>
    private void IncludeParsers()
    {
        foreach (var key in sections.Where(s => s.Kind == "SERVICE").SelectMany(s => s.Keys).Where(k => k.Is("parsers_file")).ToList())
        {
            var directory = DirectoryOf(key.At.File);
            if (Array.Find([Path.Combine(directory, key.Value), Path.Combine(directory, Path.GetFileName(key.Value))], File.Exists) is { } found
                && !sections.Exists(s => Path.GetFullPath(s.At.File) == Path.GetFullPath(found)))
            {
                Include(found, key.At);
            }
        }
    }

    private static string DirectoryOf(string file) => Path.GetDirectoryName(Path.GetFullPath(file == "-" ? "stdin" : file))!;

    private void Parse(string text, string file)
    {
        var first = text.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.Length > 0 && l[0] != '#') ?? "";
        if (first.Length == 0)
            return;
        if (first[0] is '[' or '@' || !first.Contains(':', StringComparison.Ordinal))
            ParseClassic(text, file, 0);
        else
            ParseYaml(YamlInput.Parse(text, file), file);
    }

    private void ParseClassic(string text, string file, int linesBefore)
    {
        FluentBitSection? section = null;
        foreach (var (index, raw) in text.Split('\n').Index())
        {
            var at = new Spot(file, linesBefore + index + 1);
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (line[0] == '[')
            {
                if (!line.EndsWith(']'))
                    throw new ConvertException(at, $"'{line}' begins a section and has no ']' at its end");
                sections.Add(section = new FluentBitSection(line[1..^1].Trim().ToUpperInvariant(), at));
            }
            else if (line[0] == '@')
            {
                Command(line, file, at);
            }
            else
            {
                var parts = line.Split((char[])[' ', '\t'], 2, StringSplitOptions.TrimEntries);
                if (section is null)
                    throw new ConvertException(at, $"'{parts[0]}' stands before the first section");
                if (parts.Length < 2)
                    throw new ConvertException(at, $"the key '{parts[0]}' has no value");
                section.Keys.Add(new InputKey(parts[0], Replace(parts[1]), at) { IsLine = true });
            }
        }
    }

    /// <summary><c>@SET name=value</c> and <c>@INCLUDE file</c>.</summary>
    private void Command(string line, string file, Spot at)
    {
        var parts = line.Split((char[])[' ', '\t'], 2, StringSplitOptions.TrimEntries);
        var value = parts.Length > 1 ? parts[1] : "";
        switch (parts[0].ToUpperInvariant())
        {
            case "@SET" when value.Split('=', 2, StringSplitOptions.TrimEntries) is [{ Length: > 0 } name, var set]:
                variables[name] = Replace(set);
                break;
            case "@INCLUDE" when value.Length > 0:
                IncludeAll(Replace(value), file, at);
                break;
            default:
                throw new ConvertException(at, $"'{line}' is neither @SET name=value nor @INCLUDE file");
        }
    }

    private void IncludeAll(string pattern, string file, Spot at)
    {
        var path = Path.Combine(DirectoryOf(file), pattern);
        var found = !Path.GetFileName(path).Contains('*', StringComparison.Ordinal) ? [path]
            : Directory.Exists(Path.GetDirectoryName(path)) ? Directory.GetFiles(Path.GetDirectoryName(path)!, Path.GetFileName(path)).Order(StringComparer.Ordinal).ToArray() : [];
        if (found.Length == 0 || !File.Exists(found[0]))
            throw new ConvertException(at, $"the included file {pattern} does not exist; put it beside {file}");
        foreach (var one in found)
            Include(one, at);
    }

    private void ParseYaml(InputNode root, string file)
    {
        foreach (var (name, value) in root.EntriesOf("env").Select(e => (e.Key, e.Value.Single ?? "")))
            variables[name] = value;
        foreach (var include in root.Texts("includes"))
            IncludeAll(include, file, root.Under("includes")!.At);
        if (root.Under("service") is { IsMapping: true } service)
            Add("SERVICE", service);
        foreach (var (key, kind) in ((string, string)[])[("parsers", "PARSER"), ("multiline_parsers", "MULTILINE_PARSER"), ("pipeline.inputs", "INPUT"), ("pipeline.filters", "FILTER"), ("pipeline.outputs", "OUTPUT")])
        {
            foreach (var item in root.Items(key))
                Add(kind, item);
        }

        var chart = root.Under("config");
        foreach (var key in (string[])["service", "customParsers", "inputs", "filters", "outputs"])
        {
            if (chart.Under(key) is { Single: { } text, At.Line: var line })
                ParseClassic(text, file, line);
        }

        if (root.Under("pipeline") is null && chart is null && root.Under("parsers") is null && root.Under("multiline_parsers") is null && root.Under("service") is null)
            throw new ConvertException(file, "it has no pipeline (fluent-bit's YAML) and no config (its Helm chart's values)");
        // What else a chart has is not the agent's configuration.
        foreach (var key in chart is null ? root.Unread() : chart.Unread().Select(k => k with { Name = $"config.{k.Name}" }))
            sections.Add(new FluentBitSection(key.Name, key.At));
    }

    private void Add(string kind, InputNode from)
    {
        var section = new FluentBitSection(kind, from.At);
        foreach (var entry in from.Entries)
        {
            // Of a mapping, as of processors, only its presence matters.
            var value = entry.Whole();
            var values = value.IsMapping ? [""] : value.Single is { } one ? [one] : value.Items.Select(i => i.Single).OfType<string>();
            section.Keys.AddRange(values.Select(v => new InputKey(entry.Key, Replace(v), entry.At)));
        }

        sections.Add(section);
    }

    /// <summary>
    /// A variable of the file is replaced; a variable of the environment stays, because the collector writes it in the same way.
    /// </summary>
    private string Replace(string text) => Variable().Replace(text, m => variables.GetValueOrDefault(m.Groups[1].Value, m.Value));

    [GeneratedRegex(@"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")]
    private static partial Regex Variable();
}
