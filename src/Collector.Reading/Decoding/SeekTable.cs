using System.Buffers.Binary;

namespace Collector.Reading.Decoding;

/// <summary>The table at the end of a zstd body of several frames (facebook/zstd, contrib/seekable_format).</summary>
internal static class SeekTable
{
    private const uint SkippableMagic = 0x184D2A5E;
    private const uint SeekableMagic = 0x8F92EAB1;
    private const int HeaderLength = 8;
    private const int FooterLength = 9;
    private const int EntryLength = 8;
    private const byte HasChecksums = 0x80;

    /// <summary>
    /// For each frame, how many bytes before the body's end it begins, in order; null if there is no table, or one that does not
    /// match the body.
    /// </summary>
    /// <param name="end">The last bytes of a body, with all of the table.</param>
    /// <param name="bodyLength">In bytes.</param>
    public static IReadOnlyList<long>? Find(ReadOnlySpan<byte> end, long bodyLength)
    {
        if (end.Length < HeaderLength + FooterLength || BinaryPrimitives.ReadUInt32LittleEndian(end[^4..]) != SeekableMagic)
            return null;
        var count = BinaryPrimitives.ReadUInt32LittleEndian(end[^FooterLength..]);
        var entry = EntryLength + ((end[^5] & HasChecksums) != 0 ? sizeof(uint) : 0);
        var length = HeaderLength + (count * (long)entry) + FooterLength;
        if (count == 0 || length > end.Length)
            return null;

        var table = end[^(int)length..];
        if (BinaryPrimitives.ReadUInt32LittleEndian(table) != SkippableMagic || BinaryPrimitives.ReadUInt32LittleEndian(table[4..]) != length - HeaderLength)
            return null;

        var frames = new long[count];
        var before = bodyLength;
        for (var i = 0; i < count; i++)
        {
            frames[i] = before;
            before -= BinaryPrimitives.ReadUInt32LittleEndian(table[(HeaderLength + (i * entry))..]);
        }

        return before == length ? frames : null;
    }
}
