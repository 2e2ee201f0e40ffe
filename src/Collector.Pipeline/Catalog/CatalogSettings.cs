using Collector.Pipeline.Records;

namespace Collector.Pipeline.Catalog;

/// <summary>Whether, where and how often an output writes its catalog (CATALOG.md).</summary>
public sealed record CatalogSettings
{
    public bool Enabled { get; init; } = true;

    /// <summary>The shortest time between two catalog objects, apart from the one at the end.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Keys begin with it; ends in a slash. Empty: <see cref="PrefixOf"/> the records' template.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>
    /// The default place of a layout's catalog: beside the records, so that a policy for the one allows the other.
    /// </summary>
    /// <param name="keyPrefix">The records' template.</param>
    public static string PrefixOf(KeyTemplate keyPrefix)
    {
        var literal = keyPrefix.Parts is [KeyPart.Text text, ..] ? text.Value : "";
        return $"{literal[..(literal.LastIndexOf('/') + 1)]}_catalog/";
    }
}
