using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;

namespace Collector.Configuration.Binding;

/// <summary>A kind of value: how it is read from YAML and how the schema describes it. One description, both uses.</summary>
internal abstract class Kind<T>
{
    /// <summary>False when there is no value; the mistakes are told at <paramref name="at"/> (and may be there when there is one, too).</summary>
    public abstract bool TryRead(YamlNode node, Place at, [MaybeNullWhen(false)] out T value);

    /// <summary>A new JSON schema of it; the caller adds description and default.</summary>
    public abstract JsonObject Schema();

    /// <summary>A default as JSON; null for what has its defaults inside.</summary>
    public virtual JsonNode? Json(T value) => null;
}
