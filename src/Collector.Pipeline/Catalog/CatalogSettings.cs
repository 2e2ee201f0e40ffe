using Collector.Pipeline.Records;

namespace Collector.Pipeline.Catalog;

/// <summary>Where an output says what it has delivered, and how often (CATALOG.md).</summary>
/// <param name="Prefix">Keys begin with it; ends in a slash, or is empty.</param>
/// <param name="Interval">At most one catalog object in so long, and one at the end.</param>
public sealed record CatalogSettings(string Prefix, TimeSpan Interval)
{
    /// <summary>Where the catalog of a layout is, unless it is configured: beside what its records have, so that a policy for the one allows the other.</summary>
    /// <param name="keyPrefix">The records' template.</param>
    public static string PrefixOf(KeyTemplate keyPrefix)
    {
        var literal = keyPrefix.Parts is [KeyPart.Text text, ..] ? text.Value : "";
        return $"{literal[..(literal.LastIndexOf('/') + 1)]}_catalog/";
    }
}
