namespace Collector.Commands.Converting.FluentBit;

/// <summary>A section of fluent-bit's configuration, whichever of its two forms it was written in.</summary>
/// <param name="Kind">In upper case: INPUT, FILTER, OUTPUT, SERVICE, PARSER, MULTILINE_PARSER …</param>
/// <param name="At">Where it begins.</param>
internal sealed record FluentBitSection(string Kind, Spot At) : IComponent
{
    public List<FluentBitKey> Keys { get; } = [];

    /// <summary>The plugin's name, in lower case.</summary>
    public string Name => this["name"].ToLowerInvariant();

    /// <summary>The last value of a key; empty: it has none.</summary>
    public string this[string key] => Find(key)?.Value ?? "";

    /// <summary>The last of a name; null: there is none.</summary>
    public FluentBitKey? Find(string key) => Keys.FindLast(k => k.Is(key));

    public Spot SpotOf(string key) => Find(key)?.At ?? At;

    public IEnumerable<UnreadKey> Unread() => Keys.Where(k => !k.IsRead).Select(k => new UnreadKey(k.Name, k.At));
}

/// <summary>A key, which is read when its value is taken. Keys are compared without their case.</summary>
/// <param name="name">As written.</param>
/// <param name="value">Of a mapping: empty.</param>
/// <param name="at">Its place.</param>
internal sealed class FluentBitKey(string name, string value, Spot at)
{
    public string Name { get; } = name;

    public Spot At { get; } = at;

    public bool IsRead { get; private set; }

    public string Value
    {
        get
        {
            IsRead = true;
            return value;
        }
    }

    /// <summary>Takes it without its value: the remark on it is the reader's.</summary>
    public void Take() => IsRead = true;

    public bool Is(string key) => Name.Equals(key, StringComparison.OrdinalIgnoreCase);
}
