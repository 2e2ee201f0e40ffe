namespace Collector.Pipeline.Catalog;

/// <summary>Where an output says what it has delivered, and how often (CATALOG.md).</summary>
/// <param name="Prefix">Keys begin with it; ends in a slash, or is empty.</param>
/// <param name="Interval">At most one catalog object in so long, and one at the end.</param>
public sealed record CatalogSettings(string Prefix, TimeSpan Interval);
