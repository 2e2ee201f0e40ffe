namespace Collector.Commands.Converting.FluentBit;

/// <summary>A section of fluent-bit's configuration, whichever of its two forms it was written in.</summary>
/// <param name="Kind">In upper case: INPUT, FILTER, OUTPUT, SERVICE, PARSER, MULTILINE_PARSER …</param>
/// <param name="At">Where it begins.</param>
internal sealed record FluentBitSection(string Kind, Spot At) : IComponent
{
    public List<InputKey> Keys { get; } = [];

    /// <summary>The plugin's name, in lower case.</summary>
    public string Name => this["name"].ToLowerInvariant();

    /// <summary>The last value of a key; empty: it has none.</summary>
    public string this[string key] => Find(key)?.Value ?? "";

    /// <summary>The last of a name; null: there is none.</summary>
    public InputKey? Find(string key) => Keys.FindLast(k => k.Is(key));

    public Spot SpotOf(string key) => Find(key)?.At ?? At;

    public IEnumerable<UnreadKey> Unread() => Keys.Where(k => !k.IsRead).Select(k => new UnreadKey(k.Name, k.At));
}
