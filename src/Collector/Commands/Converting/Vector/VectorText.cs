using System.Globalization;
using Collector.Configuration.Binding;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Collector.Commands.Converting.Vector;

/// <summary>
/// Reads Vector's configuration in YAML, JSON or TOML into one kind of tree. In the values of its Helm chart it is under
/// <c>customConfig</c>.
/// </summary>
internal static class VectorText
{
    /// <summary>The same depth limit as for YAML.</summary>
    private const int DeepestLevel = 100;

    public static InputNode Read(string file)
    {
        var text = InputText.Read(file);
        if (text.Trim().Length == 0)
            throw new ConvertException(file, "the file is empty");
        var root = IsToml(text, file) ? Toml(text, file) : YamlInput.Parse(text, file);
        return root.Under("customConfig") is { IsMapping: true } custom ? custom : root;
    }

    /// <summary>By the name, else by the first line: TOML's is a table's or an assignment.</summary>
    private static bool IsToml(string text, string file)
    {
        var extension = Path.GetExtension(file).ToLowerInvariant();
        if (extension is ".toml" or ".yaml" or ".yml" or ".json")
            return extension == ".toml";
        var first = text.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.Length > 0 && l[0] != '#') ?? "";
        return first.StartsWith('[') || (first.IndexOf('=', StringComparison.Ordinal) is var equals and > 0 && !first[..equals].Contains(':', StringComparison.Ordinal) && first[0] != '{');
    }

    private static InputNode Toml(string text, string file)
    {
        var document = SyntaxParser.Parse(text, file, validate: true);
        if (document.HasErrors)
        {
            var error = document.Diagnostics.First(d => d.Kind == DiagnosticMessageKind.Error);
            throw new ConvertException(new Spot(file, error.Span.Start.Line + 1), $"it is not TOML: {error.Message.TrimEnd('.')}");
        }

        var root = new Table(1);
        Fill(root, document.KeyValues, 0);
        foreach (var table in document.Tables)
        {
            var path = PathOf(table.Name!);
            var line = table.Span.Start.Line + 1;
            var parent = root.Descend(path[..^1], line);
            Fill(table is TableArraySyntax ? parent.Append(path[^1], line) : parent.Descend([path[^1]], line), table.Items, 0);
        }

        return new InputNode(root.ToNode(), file);
    }

    private static void Fill(Table table, IEnumerable<KeyValueSyntax> pairs, int level)
    {
        foreach (var pair in pairs)
        {
            var path = PathOf(pair.Key!);
            var line = pair.Span.Start.Line + 1;
            table.Descend(path[..^1], line).Put(path[^1], line, ValueOf(pair.Value!, line, level));
        }
    }

    private static YamlNode ValueOf(ValueSyntax value, int line, int level)
    {
        if (level > DeepestLevel)
            throw new ConvertException(new Spot("", line), $"there are more than {DeepestLevel} levels");
        switch (value)
        {
            case StringValueSyntax text:
                return new YamlScalar(line, text.Value ?? "", IsPlain: false);
            case ArraySyntax array:
                return new YamlSequence(line, [.. array.Items.Select(i => ValueOf(i.Value!, i.Span.Start.Line + 1, level + 1))]);
            case InlineTableSyntax inline:
                var table = new Table(line);
                Fill(table, inline.Items.Select(i => i.KeyValue!), level + 1);
                return table.ToNode();
            case IntegerValueSyntax number:
                // Not as it is written: it may have underscores.
                return new YamlScalar(line, number.Value.ToString(CultureInfo.InvariantCulture), IsPlain: true);
            default:
                return new YamlScalar(line, value.ToString().Trim(), IsPlain: true);
        }
    }

    private static List<string> PathOf(KeySyntax key) => [NameOf(key.Key!), .. key.DotKeys.Select(d => NameOf(d.Key!))];

    private static string NameOf(BareKeyOrStringValueSyntax name) => name switch
    {
        StringValueSyntax text => text.Value ?? "",
        _ => name.ToString().Trim(),
    };

    /// <summary>A table that later lines may add to.</summary>
    private sealed class Table(int line)
    {
        private readonly List<(string Key, int Line, object Value)> entries = [];

        public Table Descend(IReadOnlyList<string> path, int at)
        {
            var table = this;
            foreach (var key in path)
            {
                table = table.entries.Find(e => e.Key == key).Value switch
                {
                    Table next => next,
                    // After a table of an array, a name refers to the array's last element.
                    List<Table> many => many[^1],
                    _ => table.Begin(key, at),
                };
            }

            return table;
        }

        public Table Append(string key, int at)
        {
            if (entries.Find(e => e.Key == key).Value is not List<Table> many)
                entries.Add((key, at, many = []));
            many.Add(new Table(at));
            return many[^1];
        }

        public void Put(string key, int at, YamlNode value) => entries.Add((key, at, value));

        public YamlMapping ToNode() => new(line, [.. entries.Select(e => new YamlEntry(e.Key, e.Line, e.Value switch
        {
            Table table => table.ToNode(),
            List<Table> many => new YamlSequence(e.Line, [.. many.Select(t => t.ToNode())]),
            var value => (YamlNode)value,
        }))]);

        private Table Begin(string key, int at)
        {
            var table = new Table(at);
            entries.Add((key, at, table));
            return table;
        }
    }
}
