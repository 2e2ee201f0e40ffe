using System.Buffers.Binary;

namespace Collector.Pipeline.Storage;

/// <summary>
/// Reads the primitives of FORMAT.md. Reading past the end, or an impossible number, sets <see cref="Failed"/> and returns zeros
/// from then on: a caller reads everything and checks once. Bytes of a damaged disk must not throw.
/// </summary>
internal ref struct SpanReader(ReadOnlySpan<byte> bytes)
{
    private const int LongestVarint = 9;
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    public bool Failed { get; private set; }

    public readonly bool AtEnd => _at == _bytes.Length;

    public byte ReadByte() => ReadBytes(1) is [var value] ? value : (byte)0;

    public ushort ReadUInt16() => ReadBytes(sizeof(ushort)) is { Length: > 0 } s ? BinaryPrimitives.ReadUInt16LittleEndian(s) : (ushort)0;

    public uint ReadUInt32() => ReadBytes(sizeof(uint)) is { Length: > 0 } s ? BinaryPrimitives.ReadUInt32LittleEndian(s) : 0;

    public ulong ReadUInt64() => ReadBytes(sizeof(ulong)) is { Length: > 0 } s ? BinaryPrimitives.ReadUInt64LittleEndian(s) : 0;

    public long ReadInt64() => unchecked((long)ReadUInt64());

    public long ReadVarint()
    {
        long value = 0;
        for (var i = 0; i < LongestVarint; i++)
        {
            var next = ReadByte();
            value |= (long)(next & 0x7f) << (7 * i);
            if (next < 0x80)
            {
                return value;
            }
        }

        Failed = true;
        return 0;
    }

    public ReadOnlySpan<byte> ReadBytes() => ReadBytes(ReadVarint());

    /// <summary>Reads what {BufferWriting.WriteString(Records.ByteBuffer, string)} has written.</summary>
    public string ReadString() => NameBytes.Decode(ReadBytes());

    public ReadOnlySpan<byte> ReadBytes(long count)
    {
        if (Failed || count < 0 || count > _bytes.Length - _at)
        {
            Failed = true;
            return default;
        }

        _at += (int)count;
        return _bytes.Slice(_at - (int)count, (int)count);
    }
}
