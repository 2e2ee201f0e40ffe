namespace Collector.Pipeline.Positions;

/// <summary>Coverage of many generations: of a frame, an object or an output's whole state. Not thread safe.</summary>
public sealed class CoverageMap
{
    private readonly Dictionary<GenerationId, CoverageEntry> _entries = [];

    public IReadOnlyCollection<CoverageEntry> Entries => _entries.Values;

    public int Count => _entries.Count;

    /// <summary>
    /// No byte is covered. (There is no sum of bytes: a file whose length is not known is covered up to 2⁶⁰, and the sum of eight such
    /// files overflows.)
    /// </summary>
    public bool IsEmpty => _entries.Values.All(entry => entry.Intervals.IsEmpty);

    public CoverageEntry? Find(GenerationId id) => _entries.GetValueOrDefault(id);

    /// <summary>The entry of a generation, made when there is none.</summary>
    public CoverageEntry GetOrAdd(GenerationIdentity identity)
    {
        if (!_entries.TryGetValue(identity.Id, out var entry))
        {
            _entries.Add(identity.Id, entry = new CoverageEntry(identity));
        }

        return entry;
    }

    public void Add(CoverageMap other)
    {
        foreach (var entry in other.Entries)
        {
            GetOrAdd(entry.Identity).Add(entry);
        }
    }

    public CoverageMap Copy()
    {
        var copy = new CoverageMap();
        copy.Add(this);
        return copy;
    }

    public bool Remove(GenerationId id) => _entries.Remove(id);

    /// <summary>Removes the coverage of <paramref name="other"/>.</summary>
    public void Subtract(CoverageMap other)
    {
        foreach (var entry in other.Entries)
        {
            if (Find(entry.Identity.Id) is { } mine)
            {
                mine.Remove(entry.Intervals);
            }
        }
    }

    /// <summary>Whether all that <paramref name="other"/> covers is covered here.</summary>
    public bool Contains(CoverageMap other)
    {
        foreach (var entry in other.Entries)
        {
            if (!entry.Intervals.IsEmpty && Find(entry.Identity.Id)?.Intervals.Contains(entry.Intervals) != true)
            {
                return false;
            }
        }

        return true;
    }
}
