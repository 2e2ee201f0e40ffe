using System.Buffers.Binary;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Buffer;

/// <summary>A frame as FORMAT.md writes it: <c>magic u32 | crc u32 | records u32 | count u32 | trailer u32 | records | trailer</c>.</summary>
internal static class Frame
{
    public const int HeaderLength = 20;
    public static readonly uint Magic = Envelope.Magic("FRAM"u8);
    public const int ChecksumFrom = 8;

    /// <summary>
    /// Turns the batch's bytes into a whole frame. <paramref name="told"/>: the identities that the chunk has already.
    /// </summary>
    public static ReadOnlySpan<byte> Finish(Batch batch, CoverageMap coverage, ToldGenerations told)
    {
        var bytes = batch.Bytes;
        var body = batch.BodyLength;
        var trailer = bytes.Length;
        bytes.WriteString(batch.FirstTime);
        bytes.WriteString(batch.LastTime);
        CoverageCodec.Write(bytes, coverage, told);
        bytes.Append((byte)batch.Streams);
        var whole = bytes.Writable;
        BinaryPrimitives.WriteUInt32LittleEndian(whole, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(whole[8..], body);
        BinaryPrimitives.WriteInt32LittleEndian(whole[12..], batch.Records);
        BinaryPrimitives.WriteInt32LittleEndian(whole[16..], whole.Length - trailer);
        BinaryPrimitives.WriteUInt32LittleEndian(whole[4..], Crc32C.Compute(whole[ChecksumFrom..]));
        return whole;
    }
}

/// <summary>The head of a frame: its checksum, the lengths in bytes of its two parts, and its number of records.</summary>
internal readonly record struct FrameHeader(uint Crc, uint Records, uint Count, uint Trailer)
{
    /// <summary>False when there is no frame at this place. Its content has not been checked.</summary>
    public static bool TryRead(IStorageFile file, long at, out FrameHeader header)
    {
        Span<byte> bytes = stackalloc byte[Frame.HeaderLength];
        if (file.Read(bytes, at) < bytes.Length || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Frame.Magic)
        {
            header = default;
            return false;
        }

        header = new FrameHeader(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]), BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]), BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]));
        return true;
    }

    /// <summary>The checksum over a frame's content, as far as the header goes.</summary>
    public uint Checksum()
    {
        Span<byte> bytes = stackalloc byte[Frame.HeaderLength - Frame.ChecksumFrom];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Records);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], Count);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Trailer);
        return Crc32C.Compute(bytes);
    }
}
