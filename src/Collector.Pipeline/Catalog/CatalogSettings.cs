using Collector.Pipeline.Records;

namespace Collector.Pipeline.Catalog;

/// <summary>Whether and where an output says what it has delivered, and how often (CATALOG.md).</summary>
public sealed record CatalogSettings
{
    public bool Enabled { get; init; } = true;

    /// <summary>At most one catalog object in so long, and one at the end.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Keys begin with it; ends in a slash. Empty: <see cref="PrefixOf"/> the records' template.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Where the catalog of a layout is, unless it is configured: beside what its records have, so that a policy for the one allows the other.</summary>
    /// <param name="keyPrefix">The records' template.</param>
    public static string PrefixOf(KeyTemplate keyPrefix)
    {
        var literal = keyPrefix.Parts is [KeyPart.Text text, ..] ? text.Value : "";
        return $"{literal[..(literal.LastIndexOf('/') + 1)]}_catalog/";
    }
}
