using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Positions;

/// <summary>A digest as FORMAT.md writes it: <c>v origin, v end, crc u32, v count, (v offset step, crc u32)…</c>.</summary>
internal static class DigestCodec
{
    public static void Write(ByteBuffer to, ContentDigest digest)
    {
        to.WriteVarint(digest.Origin);
        to.WriteVarint(digest.End);
        to.WriteUInt32(digest.Crc);
        to.WriteVarint(digest.Checkpoints.Length);
        var last = digest.Origin;
        foreach (var checkpoint in digest.Checkpoints)
        {
            to.WriteVarint(checkpoint.Offset - last);
            to.WriteUInt32(checkpoint.Crc);
            last = checkpoint.Offset;
        }
    }

    /// <summary>Null when the bytes are not a digest.</summary>
    public static ContentDigest? Read(ref SpanReader reader)
    {
        var origin = reader.ReadVarint();
        var end = reader.ReadVarint();
        var crc = reader.ReadUInt32();
        var count = reader.ReadVarint();
        if (reader.Failed || count > ContentDigest.MostCheckpoints)
        {
            return null;
        }

        var checkpoints = new Checkpoint[count];
        var last = origin;
        foreach (ref var checkpoint in checkpoints.AsSpan())
        {
            last += reader.ReadVarint();
            checkpoint = new Checkpoint(last, reader.ReadUInt32());
        }

        return reader.Failed ? null : ContentDigest.FromStored(origin, end, crc, checkpoints);
    }
}
