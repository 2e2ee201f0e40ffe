using System.Buffers.Binary;
using Collector.Pipeline.Records;

namespace Collector.Pipeline.Storage;

/// <summary>Writes the primitives of FORMAT.md: little endian integers, LEB128 numbers, strings with their length.</summary>
internal static class BufferWriting
{
    public static void WriteUInt16(this ByteBuffer to, ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(to.GetSpan(sizeof(ushort)), value);
        to.Advance(sizeof(ushort));
    }

    public static void WriteUInt32(this ByteBuffer to, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(to.GetSpan(sizeof(uint)), value);
        to.Advance(sizeof(uint));
    }

    public static void WriteUInt64(this ByteBuffer to, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(to.GetSpan(sizeof(ulong)), value);
        to.Advance(sizeof(ulong));
    }

    public static void WriteInt64(this ByteBuffer to, long value) => to.WriteUInt64(unchecked((ulong)value));

    public static void WriteVarint(this ByteBuffer to, long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        var rest = (ulong)value;
        while (rest >= 0x80)
        {
            to.Append((byte)(rest | 0x80));
            rest >>= 7;
        }

        to.Append((byte)rest);
    }

    public static void WriteString(this ByteBuffer to, ReadOnlySpan<byte> utf8)
    {
        to.WriteVarint(utf8.Length);
        to.Append(utf8);
    }

    /// <summary>As UTF-8; a file name that is not UTF-8 as its raw bytes.</summary>
    public static void WriteString(this ByteBuffer to, string value)
    {
        to.WriteVarint(NameBytes.GetByteCount(value));
        to.Advance(NameBytes.Encode(value, to.GetSpan(NameBytes.GetMaxByteCount(value.Length))));
    }
}
