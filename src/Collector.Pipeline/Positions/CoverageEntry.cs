using Collector.Pipeline.Buffer.Format;
using Collector.Pipeline.Records;

namespace Collector.Pipeline.Positions;

/// <summary>The part of one generation that some records, or some positions, cover.</summary>
public sealed class CoverageEntry(GenerationIdentity identity)
{
    /// <summary>The newest identity known of the generation.</summary>
    public GenerationIdentity Identity { get; private set; } = identity;

    public IntervalSet Intervals { get; } = new();

    /// <summary>The guard at the end of the last interval.</summary>
    public ResumeGuard Guard { get; private set; }

    /// <summary>The size that the file was last seen to have.</summary>
    public long SeenSize { get; set; }

    public ContentDigest? Digest { get; private set; }

    public void Add(ContentDigest? digest)
    {
        if (digest is { } other && !(Digest?.End >= other.End))
        {
            Digest = other;
        }
    }

    public void Add(long from, long to, ResumeGuard guard)
    {
        if (to >= Intervals.End)
        {
            Guard = guard;
        }

        Intervals.Add(from, to);
    }

    /// <summary>Union with another entry of the same generation.</summary>
    public void Add(CoverageEntry other)
    {
        if (other.Intervals.End > Intervals.End || (other.Intervals.End == Intervals.End && Guard.Length == 0))
        {
            Guard = other.Guard;
        }

        Intervals.Add(other.Intervals);
        Add(other.Digest);
        SeenSize = Math.Max(SeenSize, other.SeenSize);
        if (other.Identity.Fingerprint.Length > Identity.Fingerprint.Length)
        {
            Identity = other.Identity;
        }
    }
}

/// <summary>Coverage of many generations: what a frame, an object or all of an output's state covers. Not thread safe.</summary>
public sealed class CoverageMap
{
    private readonly Dictionary<GenerationId, CoverageEntry> _entries = [];

    public IReadOnlyCollection<CoverageEntry> Entries => _entries.Values;

    public int Count => _entries.Count;

    public CoverageEntry? Find(GenerationId id) => _entries.GetValueOrDefault(id);

    /// <summary>The entry of a generation, made when there is none.</summary>
    public CoverageEntry Of(GenerationIdentity identity)
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
            Of(entry.Identity).Add(entry);
        }
    }

    public bool Remove(GenerationId id) => _entries.Remove(id);

    /// <summary>Takes out what <paramref name="other"/> covers.</summary>
    public void Subtract(CoverageMap other)
    {
        foreach (var entry in other.Entries)
        {
            if (Find(entry.Identity.Id) is { } mine)
            {
                foreach (var interval in entry.Intervals.Items)
                {
                    mine.Intervals.Remove(interval.From, interval.To);
                }
            }
        }
    }

    /// <summary>Whether all that <paramref name="other"/> covers is covered here.</summary>
    public bool Contains(CoverageMap other)
    {
        foreach (var entry in other.Entries)
        {
            if (Find(entry.Identity.Id) is not { } mine || !mine.Intervals.Contains(entry.Intervals))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>Coverage as FORMAT.md writes it.</summary>
internal static class CoverageCodec
{
    private const byte WithIdentity = 1;

    /// <summary>
    /// Writes a map. <paramref name="known"/> holds the identities that this file has already, by the length of their
    /// fingerprint, and is added to: one that has grown is told again. Null: all are told.
    /// </summary>
    public static void Write(ByteBuffer to, CoverageMap map, HashSet<(GenerationId, int)>? known = null)
    {
        to.WriteVarint(map.Count);
        foreach (var entry in map.Entries)
        {
            Write(to, entry, known?.Add((entry.Identity.Id, entry.Identity.Fingerprint.Length)) ?? true);
        }
    }

    /// <summary>Reads a map and adds it to <paramref name="into"/>; identities come from the entries or from <paramref name="known"/>, which is added to.</summary>
    public static bool TryRead(ref SpanReader reader, CoverageMap into, Dictionary<GenerationId, GenerationIdentity> known)
    {
        for (var count = reader.ReadVarint(); count > 0 && !reader.Failed; count--)
        {
            if (ReadEntry(ref reader, known) is not { } entry)
            {
                return false;
            }

            into.Of(entry.Identity).Add(entry);
        }

        return !reader.Failed;
    }

    private static void Write(ByteBuffer to, CoverageEntry entry, bool withIdentity)
    {
        to.WriteUInt64(entry.Identity.Id.Value);
        to.Append(withIdentity ? WithIdentity : (byte)0);
        if (withIdentity)
        {
            WriteIdentity(to, entry.Identity);
        }

        to.WriteVarint(entry.Intervals.Items.Length);
        long last = 0;
        foreach (var interval in entry.Intervals.Items)
        {
            to.WriteVarint(interval.From - last);
            to.WriteVarint(interval.Length);
            last = interval.To;
        }

        to.Append(entry.Guard.Length);
        to.WriteUInt32(entry.Guard.Hash);
        to.WriteVarint(entry.SeenSize);
    }

    private static CoverageEntry? ReadEntry(ref SpanReader reader, Dictionary<GenerationId, GenerationIdentity> known)
    {
        var id = new GenerationId(reader.ReadUInt64());
        if ((reader.ReadByte() & WithIdentity) != 0 && ReadIdentity(ref reader, id) is { } read)
        {
            known[id] = read;
        }

        if (reader.Failed || !known.TryGetValue(id, out var identity))
        {
            return null;
        }

        var entry = new CoverageEntry(identity);
        long last = 0;
        for (var count = reader.ReadVarint(); count > 0 && !reader.Failed; count--)
        {
            var from = last + reader.ReadVarint();
            last = from + reader.ReadVarint();
            entry.Add(from, last, default);
        }

        entry.Add(last, last, new ResumeGuard(reader.ReadByte(), reader.ReadUInt32()));
        entry.SeenSize = reader.ReadVarint();
        return reader.Failed ? null : entry;
    }

    private static void WriteIdentity(ByteBuffer to, GenerationIdentity identity)
    {
        to.WriteVarint(identity.Ordinal);
        to.WriteUInt64(identity.Device);
        to.WriteUInt64(identity.Inode);
        to.WriteInt64(identity.BirthTime);
        to.WriteString(identity.Chain);
        to.WriteString(identity.Name);
        to.WriteUInt16((ushort)identity.Fingerprint.Length);
        foreach (var rung in identity.Fingerprint.Rungs)
        {
            to.WriteUInt64(rung);
        }
    }

    private static GenerationIdentity? ReadIdentity(ref SpanReader reader, GenerationId id)
    {
        var ordinal = reader.ReadVarint();
        var device = reader.ReadUInt64();
        var inode = reader.ReadUInt64();
        var birthTime = reader.ReadInt64();
        var chain = reader.ReadString();
        var name = reader.ReadString();
        var length = reader.ReadUInt16();
        if (reader.Failed || length > Fingerprint.MaxLength)
        {
            return null;
        }

        var rungs = new ulong[Fingerprint.RungCount(length)];
        foreach (ref var rung in rungs.AsSpan())
        {
            rung = reader.ReadUInt64();
        }

        return Fingerprint.FromStored(length, rungs) is { } fingerprint
            ? new GenerationIdentity(id, ordinal, device, inode, birthTime, chain, name, fingerprint)
            : null;
    }
}
