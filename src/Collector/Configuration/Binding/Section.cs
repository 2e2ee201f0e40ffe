using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Collector.ObjectStores.Credentials;

namespace Collector.Configuration.Binding;

/// <summary>
/// A mapping with known keys, read into a record. Its list of keys is the single source of the allowed keys, of the defaults
/// (<paramref name="blank"/>'s) and of the schema.
/// </summary>
/// <param name="blank">The record without any keys; it also stands in for a wrong value.</param>
internal sealed class Section<T>(T blank) : Kind<T>
    where T : class
{
    private readonly List<Entry> entries = [];
    private readonly List<Action<T, Place>> checks = [];
    private readonly List<string> never = [];

    public IEnumerable<string> Keys => entries.Select(entry => entry.Name);

    /// <summary>Explains a key of another section, if possible: what is wrong, and the fix.</summary>
    public Func<string, (string Problem, string Fix)?> ExplainUnknown { get; set; } = _ => null;

    /// <summary>A key that has keys of its own, which have the examples.</summary>
    public Section<T> Key<V>(string name, Kind<V> kind, Func<T, V> get, Func<T, V, T> with, string text) =>
        Add(new Value<V>(name, text, kind, with, kind.Json(get(blank))));

    /// <param name="name">What is written.</param>
    /// <param name="kind">What may stand there.</param>
    /// <param name="get">Its default, of the blank record.</param>
    /// <param name="with">The record with it.</param>
    /// <param name="text">What it means.</param>
    /// <param name="example">Another value than the default.</param>
    public Section<T> Key<V>(string name, Kind<V> kind, Func<T, V> get, Func<T, V, T> with, string text, V example) =>
        Add(new Value<V>(name, text, kind, with, kind.Json(get(blank))) { Example = kind.Json(example) });

    /// <summary>A key that has keys of its own, and must be there.</summary>
    public Section<T> Required<V>(string name, Kind<V> kind, Func<T, V, T> with, string text) =>
        Add(new Value<V>(name, text, kind, with, null) { IsRequired = true });

    /// <inheritdoc cref="Key{V}(string, Kind{V}, Func{T, V}, Func{T, V, T}, string, V)"/>
    public Section<T> Required<V>(string name, Kind<V> kind, Func<T, V, T> with, string text, V example) =>
        Add(new Value<V>(name, text, kind, with, null) { IsRequired = true, Example = kind.Json(example) });

    /// <summary>The two keys of a secret: <c>name</c> and <c>nameFile</c>. Its example is a variable of the environment.</summary>
    public Section<T> Secret(string name, Func<T, Secret> get, Func<T, Secret, T> with, string text, string variable)
    {
        var file = name + "File";
        Key(name, Kinds.SecretText, _ => "", (section, value) => with(section, get(section) with { Value = value }), text, $"${{{variable}}}");
        Key(file, Kinds.OptionalPath, _ => "", (section, value) => with(section, get(section) with { File = value }),
            $"File that holds {name}; read again when it changes.", $"/etc/collector/secrets/{name}");
        return Check((section, at) =>
        {
            if (get(section) is { Value.Length: > 0, File.Length: > 0 })
                at.Key(file).Mistake($"and {name} exclude each other", $"remove {name} or {file}");
        });
    }

    /// <summary>A key that selects this section (see <see cref="OneOf{T}"/>) and has one value only.</summary>
    public void Tag(string name, string value, bool isRequired, string text) =>
        entries.Insert(0, new TagEntry(name, value, text) { IsRequired = isRequired });

    /// <summary>The key of a feature that does not exist yet: the word that switches it off is what the collector does.</summary>
    public Section<T> Off(string name, string off, string text) => Add(new OffEntry(name, off, text));

    /// <summary>Adds a check over several keys; it runs after all of them are read.</summary>
    public Section<T> Check(Action<T, Place> check)
    {
        checks.Add(check);
        return this;
    }

    /// <summary>Adds what a check refuses, as a JSON schema, so that editors refuse it, too.</summary>
    public Section<T> Never([StringSyntax(StringSyntaxAttribute.Json)] string schema)
    {
        never.Add(schema);
        return this;
    }

    public override bool TryRead(YamlNode node, Place at, [MaybeNullWhen(false)] out T value)
    {
        value = blank;
        if (node is not YamlMapping && !node.IsNull)
        {
            at.Mistake($"is {node.What}, not a mapping", $"write a mapping with {string.Join(", ", Keys)}");
            return true;
        }

        var written = new HashSet<string>();
        foreach (var line in (node as YamlMapping)?.Entries ?? [])
        {
            var place = at.Key(line.Key).At(line.Line);
            if (!written.Add(line.Key))
                place.Mistake(line.Line, "is written twice", "remove one of them");
            else if (entries.Find(entry => entry.Name == line.Key) is { } entry)
                value = entry.Read(value, line.Value, place);
            else if (MistakeUnknown(line.Key, place) is { } meant && written.Add(meant.Name))
                value = Misspelt(meant, value, line, at, place);
        }

        foreach (var entry in entries.Where(entry => entry.IsRequired && !written.Contains(entry.Name)))
            at.Key(entry.Name).Mistake("is required and missing", $"add {entry.Name} ({entry.Text.TrimEnd('.')})");
        foreach (var check in checks)
            check(value, at);
        return true;
    }

    public override JsonObject Schema()
    {
        var schema = new JsonObject { ["type"] = JsonSchema.OrEmpty("object"), ["additionalProperties"] = false };
        if (entries.Exists(entry => entry.IsRequired))
            schema["required"] = new JsonArray([.. entries.Where(entry => entry.IsRequired).Select(entry => JsonValue.Create(entry.Name))]);
        schema["properties"] = new JsonObject(entries.Select(entry => KeyValuePair.Create(entry.Name, (JsonNode?)entry.Schema())));
        if (never.Count > 0)
            schema["allOf"] = new JsonArray([.. never.Select(rule => new JsonObject { ["not"] = JsonNode.Parse(rule) })]);
        return schema;
    }

    private Section<T> Add(Entry entry)
    {
        entries.Add(entry);
        return this;
    }

    /// <summary>Returns the intended key, if it can be guessed.</summary>
    private Entry? MistakeUnknown(string key, Place place)
    {
        if (ExplainUnknown(key) is { } explained)
        {
            place.Mistake(explained.Problem, explained.Fix);
            return null;
        }

        if (key == "<<")
        {
            place.Mistake("is a merge key of YAML, which is not supported", "write the keys themselves, or an alias (*name) for the value of a key");
            return null;
        }

        if (NotYet.Word(key) is { } planned)
        {
            place.Mistake(planned, "remove it");
            return null;
        }

        var near = Spelling.Nearest(key, Keys);
        place.Mistake("is not a known key", near is not null ? $"did you mean {near}?" : $"write one of {string.Join(", ", Keys)}");
        return entries.Find(entry => entry.Name == near);
    }

    /// <summary>
    /// Reads on as if the key were spelt right, so that a typing error is one mistake and does not also report a missing key.
    /// </summary>
    private static T Misspelt(Entry meant, T value, YamlEntry line, Place at, Place place)
    {
        at.Key(meant.Name).Doubt();
        return meant.Read(value, line.Value, place);
    }

    private abstract class Entry(string name, string text)
    {
        public string Name => name;

        public string Text => text;

        public bool IsRequired { get; init; }

        public abstract T Read(T section, YamlNode node, Place at);

        public abstract JsonObject Schema();
    }

    private sealed class Value<V>(string name, string text, Kind<V> kind, Func<T, V, T> with, JsonNode? standard) : Entry(name, text)
    {
        public JsonNode? Example { get; init; }

        public override T Read(T section, YamlNode node, Place at) => kind.TryRead(node, at, out var value) ? with(section, value) : section;

        public override JsonObject Schema()
        {
            var schema = kind.Schema();
            if (Example is not null)
                schema.Insert(0, "examples", new JsonArray(Example.DeepClone()));
            if (standard is not null)
                schema.Insert(0, "default", standard.DeepClone());
            schema.Insert(0, "description", Text);
            return schema;
        }
    }

    private sealed class OffEntry(string name, string off, string text) : Entry(name, text)
    {
        public override T Read(T section, YamlNode node, Place at)
        {
            if (!node.IsNull && !(node is YamlScalar scalar && scalar.Text == off))
                at.Mistake(NotYet.Word(Name) ?? "is not known", $"remove it, or write {off}");
            return section;
        }

        public override JsonObject Schema() => new() { ["description"] = Text, ["const"] = off };
    }

    /// <summary>Its value was read before: it selected the section.</summary>
    private sealed class TagEntry(string name, string value, string text) : Entry(name, text)
    {
        public override T Read(T section, YamlNode node, Place at) => section;

        public override JsonObject Schema() => new() { ["description"] = Text, ["const"] = value };
    }
}
