namespace Collector.Reading.Verifying;

/// <summary>What is not as a catalog says (VERIFY.md).</summary>
public enum HoleKind
{
    /// <summary>A catalog object that another one names is not there.</summary>
    CatalogMissing,

    /// <summary>A catalog object is not the one that was stored.</summary>
    CatalogAltered,

    /// <summary>A catalog object has the number of another one.</summary>
    CatalogAdded,

    /// <summary>An object that a catalog tells of is not there.</summary>
    ObjectMissing,

    /// <summary>An object is not the one that was stored.</summary>
    ObjectAltered,

    /// <summary>No catalog tells of an object, and all are told of.</summary>
    ObjectAdded,

    /// <summary>Bytes of a source are in two objects.</summary>
    BytesTwice,

    /// <summary>Bytes of a source are in no object, and no line says why.</summary>
    BytesMissing,

    /// <summary>Bytes of a source stand before earlier ones.</summary>
    OutOfOrder,
}

/// <summary>One hole.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Node">Whose; as it stands in keys.</param>
/// <param name="Key">The object's; of <see cref="HoleKind.BytesMissing"/> the log, the generation and the bytes.</param>
/// <param name="Says">It in one sentence, and what to do.</param>
public sealed record Hole(HoleKind Kind, string Node, string Key, string Says)
{
    /// <summary>As it stands in JSON.</summary>
    public string KindName => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(Kind.ToString());
}
