namespace Collector.Commands.Converting.Fluentd;

/// <summary>An element of Fluentd's configuration: <c>&lt;match kube.**&gt;</c> with its parameters and nested elements.</summary>
/// <param name="Name">source, filter, match, label, store, buffer …</param>
/// <param name="Argument">The text after the name, like the pattern of a match.</param>
/// <param name="At">Where it begins.</param>
internal sealed record FluentdElement(string Name, string Argument, Spot At)
{
    public List<(string Key, string Value, Spot At)> Parameters { get; } = [];

    public List<FluentdElement> Elements { get; } = [];

    /// <summary>The plugin, in lower case; <c>type</c> is its older spelling.</summary>
    public string Type => (this["@type"].Length > 0 ? this["@type"] : this["type"]).ToLowerInvariant();

    /// <summary>The last value of a parameter; empty: it has none.</summary>
    public string this[string key] => Parameters.FindLast(p => p.Key == key).Value ?? "";

    public Spot SpotOf(string key) => Parameters.FindLast(p => p.Key == key) is { Key: not null } found ? found.At : At;

    public FluentdElement? Find(string name) => Elements.Find(e => e.Name == name);
}
