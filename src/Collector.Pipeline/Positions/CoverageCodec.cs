using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Positions;

/// <summary>Coverage as FORMAT.md writes it.</summary>
internal static class CoverageCodec
{
    private const byte WithIdentity = 1;
    private const byte WithDigest = 2;

    /// <summary>
    /// Writes a map. <paramref name="told"/> has the identities and digests that this file has already, and is added to: those that
    /// have not grown are left out. Null: all are written.
    /// </summary>
    public static void Write(ByteBuffer to, CoverageMap map, ToldGenerations? told = null)
    {
        to.WriteVarint(map.Count);
        foreach (var entry in map.Entries)
        {
            var withIdentity = told?.IsNews(entry.Identity) ?? true;
            var withDigest = entry.Digest is { } digest && (told?.IsNews(entry.Identity.Id, digest) ?? true);
            Write(to, entry, (byte)((withIdentity ? WithIdentity : 0) | (withDigest ? WithDigest : 0)));
        }
    }

    /// <summary>Reads a map and adds it to <paramref name="into"/>; identities come from the entries or from <paramref name="known"/>, which is added to.</summary>
    /// <param name="reader">Where it is read from.</param>
    /// <param name="into">Where it goes.</param>
    /// <param name="known">Identities that the file has already.</param>
    /// <param name="acceptUnknown">Whether a generation without a known identity gets one without a chain; else the map is
    /// refused.</param>
    public static bool TryRead(ref SpanReader reader, CoverageMap into, Dictionary<GenerationId, GenerationIdentity> known, bool acceptUnknown = false)
    {
        for (var count = reader.ReadVarint(); count > 0 && !reader.Failed; count--)
        {
            if (ReadEntry(ref reader, known, acceptUnknown) is not { } entry)
            {
                return false;
            }

            into.GetOrAdd(entry.Identity).Add(entry);
        }

        return !reader.Failed;
    }

    private static void Write(ByteBuffer to, CoverageEntry entry, byte flags)
    {
        to.WriteUInt64(entry.Identity.Id.Value);
        to.Append(flags);
        if ((flags & WithIdentity) != 0)
        {
            IdentityCodec.Write(to, entry.Identity);
        }

        if ((flags & WithDigest) != 0)
        {
            DigestCodec.Write(to, entry.Digest!.Value);
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

    private static CoverageEntry? ReadEntry(ref SpanReader reader, Dictionary<GenerationId, GenerationIdentity> known, bool acceptUnknown)
    {
        var id = new GenerationId(reader.ReadUInt64());
        var flags = reader.ReadByte();
        if ((flags & WithIdentity) != 0 && IdentityCodec.Read(ref reader, id) is { } read)
        {
            known[id] = read;
        }

        var digest = (flags & WithDigest) != 0 ? DigestCodec.Read(ref reader) : null;
        var identity = known.GetValueOrDefault(id) ?? (acceptUnknown ? GenerationIdentity.Unknown(id) : null);
        if (reader.Failed || flags > (WithIdentity | WithDigest) || (flags & WithDigest) != 0 != digest.HasValue || identity is null)
        {
            return null;
        }

        var entry = new CoverageEntry(identity);
        entry.Add(digest);
        long last = 0;
        for (var count = reader.ReadVarint(); count > 0 && !reader.Failed; count--)
        {
            var from = last + reader.ReadVarint();
            last = from + reader.ReadVarint();
            if (from < 0 || last < from)
            {
                return null;
            }

            entry.Add(from, last, default);
        }

        entry.Add(last, last, new ResumeGuard(reader.ReadByte(), reader.ReadUInt32()));
        entry.SeenSize = reader.ReadVarint();
        return reader.Failed ? null : entry;
    }
}
