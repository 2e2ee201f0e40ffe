namespace Collector.Pipeline.Catalog;

/// <summary>Which lines a catalog object has.</summary>
/// <param name="Number">The number of the catalog object; an output's are numbered from 1.</param>
/// <param name="From">The first line.</param>
/// <param name="To">The line after its last.</param>
/// <param name="Sha256">Of the object's stored bytes: the next object names it as its previous one.</param>
internal readonly record struct CatalogSpan(long Number, long From, long To, byte[] Sha256);
