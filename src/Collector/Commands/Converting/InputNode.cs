using Collector.Configuration.Binding;

namespace Collector.Commands.Converting;

/// <summary>A part of the other agents' YAML, JSON or TOML that remembers which of its keys were read.</summary>
internal sealed class InputNode : IComponent
{
    private readonly YamlNode node;
    private readonly string file;
    private bool isApart;

    public InputNode(YamlNode node, string file)
    {
        this.node = node;
        this.file = file;
        Entries = node is YamlMapping mapping ? [.. mapping.Entries.Select(e => new InputEntry(e.Key, new Spot(file, e.Line), new InputNode(e.Value, file)))] : [];
        Items = node is YamlSequence sequence ? [.. sequence.Items.Select(i => new InputNode(i, file))] : [];
    }

    public Spot At => new(file, node.Line);

    public bool IsMapping => node is YamlMapping;

    /// <summary>Of a mapping; else none.</summary>
    public IReadOnlyList<InputEntry> Entries { get; }

    /// <summary>Of a list; else none.</summary>
    public IReadOnlyList<InputNode> Items { get; }

    /// <summary>A single value; null: it is a mapping or a list.</summary>
    public string? Single => (node as YamlScalar)?.Text;

    /// <summary>A key without a value is as if it were absent.</summary>
    public bool IsNull => node.IsNull;

    public void SetApart() => isApart = true;

    public IEnumerable<UnreadKey> Unread() => Unread("");

    private IEnumerable<UnreadKey> Unread(string above)
    {
        foreach (var entry in Entries)
        {
            var name = $"{above}{entry.Key}";
            foreach (var key in entry.Taken is not { } value ? [new UnreadKey(name, entry.At)] : value.isApart ? [] : value.Unread($"{name}."))
                yield return key;
        }

        foreach (var key in Items.Where(i => !i.isApart).SelectMany(i => i.Unread(above)))
            yield return key;
    }
}

/// <summary>A key, which is read when its value is taken.</summary>
/// <param name="key">As written.</param>
/// <param name="at">Its place.</param>
/// <param name="value">May be a mapping.</param>
internal sealed class InputEntry(string key, Spot at, InputNode value)
{
    private bool isRead;

    public string Key { get; } = key;

    public Spot At { get; } = at;

    public InputNode Value
    {
        get
        {
            isRead = true;
            return value;
        }
    }

    /// <summary>The value; null: nobody has taken it, and there is one.</summary>
    public InputNode? Taken => isRead || value.IsNull ? value : null;

    /// <summary>Takes the value with all that is in it.</summary>
    public InputNode Whole()
    {
        Value.SetApart();
        return value;
    }
}
