using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Positions;

/// <summary>A generation's identity as FORMAT.md writes it.</summary>
internal static class IdentityCodec
{
    public static void Write(ByteBuffer to, GenerationIdentity identity)
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

    /// <summary>Null when the bytes are not an identity.</summary>
    public static GenerationIdentity? Read(ref SpanReader reader, GenerationId id)
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
