namespace Collector.Reading.Verifying;

/// <summary>A difference between the catalog and the bucket (VERIFY.md).</summary>
public enum HoleKind
{
    /// <summary>A catalog object that another one refers to is missing.</summary>
    CatalogMissing,

    /// <summary>A catalog object is not the one that was stored.</summary>
    CatalogAltered,

    /// <summary>A catalog object has the number of another one.</summary>
    CatalogAdded,

    /// <summary>A listed object is missing.</summary>
    ObjectMissing,

    /// <summary>An object is not the one that was stored.</summary>
    ObjectAltered,

    /// <summary>An object is not listed, though all objects should be.</summary>
    ObjectAdded,

    /// <summary>Bytes of a source are in two objects.</summary>
    BytesTwice,

    /// <summary>Bytes of a source are in no object, and no catalog line gives a reason.</summary>
    BytesMissing,

    /// <summary>Bytes of a source stand before earlier ones.</summary>
    OutOfOrder,
}

/// <summary>One hole.</summary>
/// <param name="Kind">The kind of difference.</param>
/// <param name="Node">The node, as in keys.</param>
/// <param name="Key">The object's; of <see cref="HoleKind.BytesMissing"/> the log, the generation and the bytes.</param>
/// <param name="Says">One sentence about it, with a fix.</param>
public sealed record Hole(HoleKind Kind, string Node, string Key, string Says)
{
    /// <summary>Its name in JSON.</summary>
    public string KindName => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(Kind.ToString());
}
