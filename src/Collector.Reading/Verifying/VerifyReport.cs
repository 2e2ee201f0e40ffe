using Collector.ObjectStores;

namespace Collector.Reading.Verifying;

/// <summary>The findings of a <see cref="Verifier"/>.</summary>
public sealed class VerifyReport
{
    /// <summary>The chains of catalog objects, ordered by node, output and instance; empty: there is no catalog.</summary>
    public List<CatalogChain> Chains { get; } = [];

    /// <summary>What is missing, altered or added, ordered by kind and key.</summary>
    public List<Hole> Holes { get; } = [];

    /// <summary>Objects that are newer than the catalogs: not holes.</summary>
    public ObjectSum Waiting { get; } = new();

    /// <summary>Objects from a time, or a node, without a catalog: neither proven nor holes.</summary>
    public ObjectSum Unsaid { get; } = new();

    /// <summary>Nothing is missing, altered or added, as far as the catalogs go.</summary>
    public bool IsWhole => Chains.Count > 0 && Holes.Count == 0;
}

/// <summary>Objects that are counted, not proven.</summary>
public sealed class ObjectSum
{
    public long Objects { get; private set; }

    /// <summary>As stored.</summary>
    public long Bytes { get; private set; }

    /// <summary>The first one's key; empty: there is none.</summary>
    public string First { get; private set; } = "";

    internal void Add(StoredObject stored)
    {
        (Objects, Bytes) = (Objects + 1, Bytes + stored.Length);
        First = First.Length > 0 ? First : stored.Key;
    }
}
