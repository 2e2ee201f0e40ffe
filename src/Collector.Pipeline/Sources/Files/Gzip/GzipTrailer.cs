using System.Buffers.Binary;

namespace Collector.Pipeline.Sources.Files.Gzip;

/// <summary>
/// The end of a member: its data's checksum and length modulo 2^32 (RFC 1952 §2.3.1). The trailer at
/// the end of a file is only a hint: zeros that pad the file look like high bytes of a length, and in a file of several members the
/// length is only that of the last one.
/// </summary>
internal readonly record struct GzipTrailer(uint Crc, uint Length)
{
    public const int Size = 2 * sizeof(uint);

    /// <summary>How far padding is searched: a block of a tape, several of a disk.</summary>
    private const int MostPadding = 64 * 1024;

    /// <summary>The highest compression ratio of deflate.</summary>
    private const long MostRatio = 1032;

    /// <summary>Deflate makes data hardly longer than it is: a header with a usual name, the trailer, a few bytes a block.</summary>
    private const long MostOverhead = 64;

    /// <summary>A thousandth is for data that does not compress.</summary>
    private const long OverheadShare = 1000;

    public static GzipTrailer From(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt32LittleEndian(bytes), BinaryPrimitives.ReadUInt32LittleEndian(bytes[sizeof(uint)..]));

    /// <summary>
    /// The possible trailers at the end of a file, each with the offset after it, the likeliest first. Read errors are
    /// <see cref="IOException"/>.
    /// </summary>
    /// <param name="file">Not disposed.</param>
    /// <param name="size">The file's.</param>
    public static List<(GzipTrailer Trailer, long End)> FindIn(ISourceHandle file, long size)
    {
        var bytes = new byte[(int)Math.Min(size, MostPadding + Size)];
        var tail = bytes.AsSpan(0, file.Read(bytes, size - bytes.Length));
        var found = new List<(GzipTrailer, long)>();
        var used = tail.LastIndexOfAnyExcept((byte)0) + 1;
        if (used == 0)
        {
            return found;
        }

        // How many of the zeros may belong to the length: three, because it is not zero.
        var zeros = Math.Min(tail.Length - used, sizeof(uint) - 1);
        for (var end = used + zeros; end >= used; end--)
        {
            if (end >= Size)
            {
                found.Add((From(tail[(end - Size)..]), size - tail.Length + end));
            }
        }

        return found;
    }

    /// <summary>Whether data of that many compressed bytes can have this length.</summary>
    public static bool IsPlausible(long length, long compressed) =>
        length <= compressed * MostRatio && length + (length / OverheadShare) + MostOverhead >= compressed;
}
