namespace Collector.Pipeline.Catalog;

/// <summary>Which lines a catalog object has.</summary>
/// <param name="Number">Of the catalog object: an output's are numbered from 1.</param>
/// <param name="From">The first line.</param>
/// <param name="To">Behind the last line.</param>
/// <param name="Sha256">Of the object's stored bytes: what the next one calls its previous.</param>
internal readonly record struct CatalogSpan(long Number, long From, long To, byte[] Sha256);
