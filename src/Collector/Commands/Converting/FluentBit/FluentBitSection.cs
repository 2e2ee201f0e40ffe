namespace Collector.Commands.Converting.FluentBit;

/// <summary>A section of fluent-bit's configuration, whichever of its two forms it was written in.</summary>
/// <param name="Kind">In upper case: INPUT, FILTER, OUTPUT, SERVICE, PARSER, MULTILINE_PARSER …</param>
/// <param name="At">Where it begins.</param>
internal sealed record FluentBitSection(string Kind, Spot At)
{
    public List<FluentBitKey> Keys { get; } = [];

    /// <summary>The plugin's name, in lower case.</summary>
    public string Name => this["name"].ToLowerInvariant();

    /// <summary>The last value of a key; empty: it has none.</summary>
    public string this[string key] => Keys.FindLast(k => k.Is(key))?.Value ?? "";

    public IEnumerable<string> All(string key) => Keys.Where(k => k.Is(key)).Select(k => k.Value);

    public Spot SpotOf(string key) => Keys.FindLast(k => k.Is(key))?.At ?? At;
}

/// <summary>Keys are compared without their case.</summary>
internal sealed record FluentBitKey(string Name, string Value, Spot At)
{
    public bool Is(string key) => Name.Equals(key, StringComparison.OrdinalIgnoreCase);
}
