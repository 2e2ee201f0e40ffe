using Collector.Pipeline.Records;

namespace Collector.Pipeline.Buffer.Compressors;

/// <summary>The compressors of object bodies: how to open one, and how its objects are named. The same bytes always compress to the same bytes.</summary>
public static class BodyCompressor
{
    /// <summary>
    /// Encoded records of one container (50 MB; random words and templates of messages), MB per CPU-second and compression ratio:
    /// level 1: 450 and 6.8; 2: 260 and 9.2; 3: 260 and 9.8; 4: 135–235 and 11; 6: 130 and 11. The rest of the work on a record
    /// runs at some 200 MB per CPU-second, so level 1 adds half as much again and level 2 almost doubles the agent's work.
    /// </summary>
    private const int DefaultDeflateLevel = 1;

    /// <summary>
    /// On the same data, level 1: 340–610 and 10.5–13.4; 2: 300–510 and 10.2–12.3; 3: 260–390 and 10.4–13.1; 5: 90–155 and 10.5–13.1;
    /// 6: 80–100 and 10.9–14.3. Nothing up to level 5 makes it smaller than level 1, which is the fastest and needs least memory.
    /// </summary>
    private const int DefaultZstdLevel = 1;

    /// <summary>
    /// Opens a write-only stream that compresses into <paramref name="destination"/>; disposing it finishes the body and leaves the
    /// destination open. The caller writes exactly <paramref name="uncompressedLength"/> bytes.
    /// </summary>
    /// <param name="kind">The compressor.</param>
    /// <param name="level">0 for our default, else within <see cref="Levels"/>.</param>
    /// <param name="destination">Receives the compressed bytes, and knows its position; its errors pass through.</param>
    /// <param name="uncompressedLength">In bytes; at most 4 GiB for Snappy.</param>
    /// <exception cref="DllNotFoundException">zstd without its library; the message names the package.</exception>
    public static BodyStream Open(Compression kind, int level, Stream destination, long uncompressedLength)
    {
        var (lowest, highest) = Levels(kind);
        if (level != 0 && (level < lowest || level > highest))
            throw new ArgumentOutOfRangeException(nameof(level), level, $"{kind} has the levels {lowest} to {highest}");

        return kind switch
        {
            Compression.None => new PlainBody(destination, uncompressedLength),
            Compression.Gzip => new DeflateBody(destination, uncompressedLength, level == 0 ? DefaultDeflateLevel : level, gzip: true),
            Compression.Zlib => new DeflateBody(destination, uncompressedLength, level == 0 ? DefaultDeflateLevel : level, gzip: false),
            Compression.Zstd => new ZstdBody(destination, uncompressedLength, level == 0 ? DefaultZstdLevel : level),
            Compression.Snappy => new SnappyBody(destination, uncompressedLength),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown compression"),
        };
    }

    /// <summary>The allowed levels; (0, 0) for compressors without levels.</summary>
    public static (int Lowest, int Highest) Levels(Compression kind) => kind switch
    {
        Compression.Gzip or Compression.Zlib => (1, 9),
        Compression.Zstd => (1, 22),
        _ => (0, 0),
    };

    /// <summary>The end of an object's key, with its dot; empty without compression (contract §4).</summary>
    public static string Extension(Compression kind) => kind switch
    {
        Compression.Gzip => ".gz",
        Compression.Zstd => ".zst",
        Compression.Snappy => ".snappy",
        Compression.Zlib => ".zz",
        _ => "",
    };

    /// <summary>
    /// The media type of the compressed body; null without compression, where the records' own type holds. gzip and zlib are of
    /// RFC 6713, zstd of RFC 8878. Snappy has none registered: this is the one in use for raw blocks, the name with "-framed"
    /// is for the framing format.
    /// </summary>
    public static string? MediaType(Compression kind) => kind switch
    {
        Compression.Gzip => "application/gzip",
        Compression.Zstd => "application/zstd",
        Compression.Zlib => "application/zlib",
        Compression.Snappy => "application/x-snappy",
        _ => null,
    };
}
