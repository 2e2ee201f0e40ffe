using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace Collector.Testing.Mix;

/// <summary>
/// The mark in a traceable record: who wrote it, on which stream, as which one, at what time, and a CRC of all the rest of its text.
/// A record can be judged by itself, so nobody has to remember what was written.
/// </summary>
/// <remarks><c>@t</c> writer(6 hex) <c>.</c> stream(o|e) <c>.</c> sequence(8 hex) <c>.</c> time(4 hex) <c>.</c> crc(8 hex)</remarks>
public readonly record struct TraceMark(uint Writer, RuntimeStream Stream, uint Sequence, ushort TimeCheck, bool IsIntact)
{
    /// <summary>Bytes of a mark.</summary>
    public const int Length = 33;

    private const int WriterAt = 2, StreamAt = 9, SequenceAt = 11, TimeAt = 20, CrcAt = 25, CrcLength = 8;

    // A mark begins at most this far into its text: `{"trace":"` is the longest thing before one.
    private const int LatestStart = 10;

    /// <summary>Writes the mark into <paramref name="text"/>, which must be complete otherwise.</summary>
    /// <param name="time">The runtime's own text of the record's time.</param>
    public static void Seal(Span<byte> text, int offset, uint writer, RuntimeStream stream, uint sequence, ReadOnlySpan<byte> time)
    {
        Span<byte> mark = text.Slice(offset, Length);
        "@t000000.o.00000000.0000.00000000"u8.CopyTo(mark);
        WriteHex(mark.Slice(WriterAt, 6), writer);
        mark[StreamAt] = stream == RuntimeStream.Stdout ? (byte)'o' : (byte)'e';
        WriteHex(mark.Slice(SequenceAt, 8), sequence);
        WriteHex(mark.Slice(TimeAt, 4), CheckOf(time));
        WriteHex(mark.Slice(CrcAt, CrcLength), CrcAround(text, offset + CrcAt));
    }

    /// <summary>Finds the mark of a record's text. False when there is none; a mark over damaged text is found but not intact.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out TraceMark mark)
    {
        mark = default;
        int offset = text[..Math.Min(text.Length, LatestStart + 2)].IndexOf("@t"u8);
        if (offset < 0 || text.Length - offset < Length) return false;
        ReadOnlySpan<byte> m = text.Slice(offset, Length);
        if (!TryHex(m.Slice(WriterAt, 6), out uint writer) || !TryHex(m.Slice(SequenceAt, 8), out uint sequence)
            || !TryHex(m.Slice(TimeAt, 4), out uint time) || !TryHex(m.Slice(CrcAt, CrcLength), out uint crc)
            || m[StreamAt] is not ((byte)'o' or (byte)'e'))
        {
            return false;
        }

        RuntimeStream stream = m[StreamAt] == (byte)'o' ? RuntimeStream.Stdout : RuntimeStream.Stderr;
        mark = new TraceMark(writer, stream, sequence, (ushort)time, crc == CrcAround(text, offset + CrcAt));
        return true;
    }

    /// <summary>Whether the record carries the time text it was written with.</summary>
    public bool MatchesTime(ReadOnlySpan<byte> time) => CheckOf(time) == TimeCheck;

    /// <summary>CRC-32C of <paramref name="bytes"/>, continuing from <paramref name="crc"/>.</summary>
    public static uint Crc(ReadOnlySpan<byte> bytes, uint crc = uint.MaxValue)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte b in bytes) crc = BitOperations.Crc32C(crc, b);
        return crc;
    }

    private static ushort CheckOf(ReadOnlySpan<byte> time)
    {
        uint crc = Crc(time);
        return (ushort)(crc ^ (crc >> 16));
    }

    private static uint CrcAround(ReadOnlySpan<byte> text, int crcStart) => Crc(text[(crcStart + CrcLength)..], Crc(text[..crcStart]));

    private static void WriteHex(Span<byte> destination, uint value)
    {
        for (int i = destination.Length - 1; i >= 0; i--, value >>= 4) destination[i] = "0123456789abcdef"u8[(int)(value & 15)];
    }

    private static bool TryHex(ReadOnlySpan<byte> text, out uint value) =>
        uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
