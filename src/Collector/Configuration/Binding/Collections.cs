using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;

namespace Collector.Configuration.Binding;

/// <summary>A list, without its wrong items.</summary>
internal sealed class ListOf<T>(Kind<T> item) : Kind<IReadOnlyList<T>>
{
    public bool AtLeastOne { get; init; }

    public override bool TryRead(YamlNode node, Place at, [MaybeNullWhen(false)] out IReadOnlyList<T> value)
    {
        var items = new List<T>();
        value = items;
        if (node is not YamlSequence && !node.IsNull)
        {
            at.Mistake($"is {node.What}, not a list", "write it as a list: [a, b], or one '- …' a line");
            return false;
        }

        var nodes = (node as YamlSequence)?.Items ?? [];
        for (var i = 0; i < nodes.Count; i++)
        {
            if (item.TryRead(nodes[i], at.Item(i).At(nodes[i].Line), out var read))
                items.Add(read);
        }

        if (AtLeastOne && nodes.Count == 0)
            at.Mistake("is empty", "write at least one");
        return true;
    }

    public override JsonObject Schema()
    {
        var schema = new JsonObject { ["type"] = AtLeastOne ? "array" : JsonSchema.OrEmpty("array"), ["items"] = item.Schema() };
        if (AtLeastOne)
            schema["minItems"] = 1;
        return schema;
    }

    public override JsonNode? Json(IReadOnlyList<T> value) => new JsonArray([.. value.Select(item.Json)]);
}

/// <summary>A mapping from the user's own names to texts.</summary>
internal sealed class MapOf<T>(Scalar<string> key, Kind<T> value) : Kind<IReadOnlyDictionary<string, T>>
{
    public override bool TryRead(YamlNode node, Place at, [MaybeNullWhen(false)] out IReadOnlyDictionary<string, T> map)
    {
        var entries = new Dictionary<string, T>();
        map = entries;
        if (node is not YamlMapping && !node.IsNull)
        {
            at.Mistake($"is {node.What}, not a mapping", "write it as {name: value}");
            return false;
        }

        foreach (var entry in (node as YamlMapping)?.Entries ?? [])
        {
            var place = at.Key(entry.Key).At(entry.Line);
            if (entries.ContainsKey(entry.Key))
                place.Mistake(entry.Line, "is written twice", "remove one of them");
            else if (key.TryRead(entry.Key, place, out _) && value.TryRead(entry.Value, place, out var read))
                entries.Add(entry.Key, read);
        }

        return true;
    }

    public override JsonObject Schema() => new() { ["type"] = JsonSchema.OrEmpty("object"), ["additionalProperties"] = value.Schema() };

    public override JsonNode Json(IReadOnlyDictionary<string, T> map) =>
        new JsonObject(map.Select(entry => KeyValuePair.Create(entry.Key, value.Json(entry.Value))));
}
