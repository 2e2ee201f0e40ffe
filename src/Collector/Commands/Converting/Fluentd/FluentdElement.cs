namespace Collector.Commands.Converting.Fluentd;

/// <summary>An element of Fluentd's configuration: <c>&lt;match kube.**&gt;</c> with its parameters and nested elements.</summary>
/// <param name="Name">source, filter, match, label, store, buffer …</param>
/// <param name="Argument">The text after the name, like the pattern of a match.</param>
/// <param name="At">Where it begins.</param>
internal sealed record FluentdElement(string Name, string Argument, Spot At) : IComponent
{
    private bool isApart;
    private bool isRead;

    public List<InputKey> Parameters { get; } = [];

    /// <summary>For walking; a nested element that means something to the element around it is taken by <see cref="All"/>.</summary>
    public List<FluentdElement> Elements { get; } = [];

    /// <summary>The plugin, in lower case; <c>type</c> is its older spelling.</summary>
    public string Type => (this["@type"].Length > 0 ? this["@type"] : this["type"]).ToLowerInvariant();

    /// <summary>The last value of a parameter; empty: it has none.</summary>
    public string this[string key] => Find(key)?.Value ?? "";

    /// <summary>The last of a name; null: there is none. It may have no value.</summary>
    public InputKey? Find(string key) => Parameters.FindLast(p => p.Name == key);

    public Spot SpotOf(string key) => Find(key)?.At ?? At;

    /// <summary>The nested elements of a name.</summary>
    public IReadOnlyList<FluentdElement> All(string name)
    {
        var found = Elements.FindAll(e => e.Name == name);
        found.ForEach(e => e.isRead = true);
        return found;
    }

    /// <summary>The first nested element of a name; null: there is none.</summary>
    public FluentdElement? Element(string name) => All(name) is [var first, ..] ? first : null;

    public void SetApart() => isApart = true;

    public IEnumerable<UnreadKey> Unread() => Unread("");

    private IEnumerable<UnreadKey> Unread(string above) =>
    [
        .. Parameters.Where(p => !p.IsRead).Select(p => new UnreadKey($"{above}{p.Name}", p.At)),
        .. Elements.Where(e => !e.isApart).SelectMany(e => e.isRead ? e.Unread($"{above}{e.Name}.") : [new UnreadKey($"{above}{e.Name}", e.At)]),
    ];
}
