using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;

namespace Collector.Configuration.Binding;

/// <summary>A mapping whose key <c>type</c> selects one of several sections.</summary>
/// <param name="standard">The type when none is configured; null: it is required.</param>
internal sealed class OneOf<T>(string? standard) : Kind<T>
    where T : class
{
    private const string TypeKey = "type";

    private readonly List<Variant> variants = [];

    private string Choices => string.Join(", ", variants.Select(variant => variant.Type));

    public OneOf<T> Add<TVariant>(string type, Section<TVariant> section, string text)
        where TVariant : class, T
    {
        section.Tag(TypeKey, type, isRequired: type != standard, text);
        section.ExplainUnknown = key => Explain(type, key);
        variants.Add(new Variant(type, section.Keys, section.Schema, (node, at) => section.TryRead(node, at, out var value) ? value : null));
        return this;
    }

    public override bool TryRead(YamlNode node, Place at, [MaybeNullWhen(false)] out T value)
    {
        // The first variant stands in for an unknown one, so that list positions stay the same.
        var isKnown = TryChoose(node, at, out var variant);
        value = variant.Read(node, isKnown ? at : at.Unheard());
        return value is not null;
    }

    public override JsonObject Schema() => new() { ["oneOf"] = new JsonArray([.. variants.Select(variant => variant.Schema())]) };

    private bool TryChoose(YamlNode node, Place at, out Variant variant)
    {
        variant = variants[0];
        if (node.IsNull)
        {
            at.Mistake("is empty", $"write a mapping with {TypeKey}: {Choices}" + (at.Path.EndsWith(']') ? ", or delete the \"-\"" : ""));
            return false;
        }

        if (node is not YamlMapping mapping)
        {
            at.Mistake($"is {node.What}, not a mapping", $"write a mapping with {TypeKey}: {Choices}");
            return false;
        }

        var typed = mapping.Find(TypeKey) ?? mapping.Entries.FirstOrDefault(IsMisspeltType);
        var place = at.Key(typed?.Key ?? TypeKey);
        var type = standard;
        if (typed is { } entry && !Kinds.Text.TryRead(entry.Value, place.At(entry.Line), out type))
            return false;

        if (variants.Find(known => known.Type == type) is { } chosen)
        {
            variant = chosen;
            return true;
        }

        if (type is null)
            place.Mistake("is required and missing", $"write one of {Choices}");
        else
            place.Mistake(NotYet.Word(type) ?? $"'{type}' is not a known type", $"write one of {Choices}");
        return false;
    }

    /// <summary>The section checks it; here it only selects the section.</summary>
    private bool IsMisspeltType(YamlEntry entry) =>
        !variants.Exists(variant => variant.Keys.Contains(entry.Key)) && Spelling.Nearest(entry.Key, [TypeKey]) is not null && entry.Value is YamlScalar { Text: var text } && variants.Exists(variant => variant.Type == text);

    private (string Problem, string Fix)? Explain(string type, string key) =>
        variants.Find(other => other.Type != type && other.Keys.Contains(key)) is { } owner
            ? ($"is a key of type {owner.Type}, not of {type}", $"remove it, or write type: {owner.Type}")
            : null;

    private sealed record Variant(string Type, IEnumerable<string> Keys, Func<JsonObject> Schema, Func<YamlNode, Place, T?> Read);
}
