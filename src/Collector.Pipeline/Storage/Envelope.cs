using System.Buffers.Binary;
using Collector.Pipeline.Records;

namespace Collector.Pipeline.Storage;

/// <summary>What the bytes at a place are.</summary>
internal enum EnvelopeStatus
{
    Whole,

    /// <summary>Zeros, or the end of the file: nothing was written here.</summary>
    End,

    Damaged,
}

/// <summary>The envelope of FORMAT.md: <c>magic u32 | length u32 | crc u32 | payload</c>.</summary>
internal static class Envelope
{
    public const int HeaderLength = 12;

    /// <summary>The version of all formats; the first payload of a file begins with it.</summary>
    public const ushort Version = 3;

    /// <summary>The oldest version that is still read and converted at start.</summary>
    public const ushort OldestVersion = 2;

    /// <summary>The longest valid payload. A header with the coverage of 48 MB in alternate lines is well below it, so a longer one is damage.</summary>
    public const int LongestPayload = 64 << 20;

    private const int ChecksumFrom = 8;

    /// <summary>Begins an envelope; the returned value ends it.</summary>
    public static int Begin(ByteBuffer to, uint magic)
    {
        var start = to.Length;
        to.WriteUInt32(magic);
        to.WriteUInt64(0);
        return start;
    }

    /// <summary>Ends it, and returns its checksum.</summary>
    public static uint End(ByteBuffer to, int start)
    {
        var whole = to.Writable[start..];
        var length = (uint)(whole.Length - HeaderLength);
        BinaryPrimitives.WriteUInt32LittleEndian(whole[4..], length);
        var crc = Checksum(length, whole[HeaderLength..]);
        BinaryPrimitives.WriteUInt32LittleEndian(whole[ChecksumFrom..], crc);
        return crc;
    }

    /// <summary>Reads the envelope at <paramref name="offset"/>; its payload is left in <paramref name="payload"/>, which is reset.</summary>
    public static EnvelopeStatus Read(IStorageFile file, long offset, uint magic, ByteBuffer payload) =>
        Read(file, offset, [magic], payload, out _);

    /// <summary>
    /// The same for one of several kinds. <paramref name="found"/> has the kind and the checksum: both are valid only when the
    /// envelope is whole.
    /// </summary>
    public static EnvelopeStatus Read(IStorageFile file, long offset, ReadOnlySpan<uint> magics, ByteBuffer payload, out (uint Magic, uint Crc) found)
    {
        payload.Reset();
        found = default;
        Span<byte> header = stackalloc byte[HeaderLength];
        var got = file.Read(header, offset);
        if (header[..got].IndexOfAnyExcept((byte)0) < 0)
        {
            return EnvelopeStatus.End;
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        found = (BinaryPrimitives.ReadUInt32LittleEndian(header), BinaryPrimitives.ReadUInt32LittleEndian(header[ChecksumFrom..]));
        if (got < HeaderLength || !magics.Contains(found.Magic) || length > LongestPayload || offset + HeaderLength + length > file.Length)
        {
            return EnvelopeStatus.Damaged;
        }

        var into = payload.GetSpan((int)length)[..(int)length];
        payload.Advance(file.Read(into, offset + HeaderLength));
        return payload.Length == length && Checksum(length, payload.Written) == found.Crc
            ? EnvelopeStatus.Whole
            : EnvelopeStatus.Damaged;
    }

    /// <summary>Magic numbers read as four letters in a hex dump.</summary>
    public static uint Magic(ReadOnlySpan<byte> letters) => BinaryPrimitives.ReadUInt32LittleEndian(letters);

    private static uint Checksum(uint length, ReadOnlySpan<byte> payload)
    {
        Span<byte> prefix = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(prefix, length);
        return Crc32C.Append(Crc32C.Compute(prefix), payload);
    }
}
