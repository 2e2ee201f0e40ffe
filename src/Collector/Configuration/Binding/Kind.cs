using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;

namespace Collector.Configuration.Binding;

/// <summary>A kind of value: how it is read from YAML and how the schema describes it. One description, both uses.</summary>
internal abstract class Kind<T>
{
    /// <summary>
    /// False when there is no value. Mistakes are reported at <paramref name="at"/> (and may exist together with a value).
    /// </summary>
    public abstract bool TryRead(YamlNode node, Place at, [MaybeNullWhen(false)] out T value);

    /// <summary>A new JSON schema of it; the caller adds description and default.</summary>
    public abstract JsonObject Schema();

    /// <summary>A default as JSON; null if the defaults are inside.</summary>
    public virtual JsonNode? Json(T value) => null;
}
