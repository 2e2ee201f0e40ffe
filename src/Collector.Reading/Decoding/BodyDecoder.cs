using Collector.Pipeline.Records;

namespace Collector.Reading.Decoding;

/// <summary>
/// The text of an object's body. Unlike the runtime's own streams it returns all text before damage, then reports the damage; an
/// end in the middle is damage. Owns the stored stream. Memory is fixed, whatever the body says.
/// </summary>
internal abstract class BodyDecoder : IDisposable
{
    /// <summary>How many bytes of the returned text checksums have proven: those of the members or frames that are over.</summary>
    public long Proven { get; protected set; }

    /// <summary>
    /// Fills some of <paramref name="to"/>; 0: the end. Throws <see cref="DamagedObjectException"/>, and the exceptions of reading
    /// the store.
    /// </summary>
    public abstract int Read(Span<byte> to);

    public abstract void Dispose();

    /// <param name="compression">From the object's name.</param>
    /// <param name="body">The object's body, from its beginning or from a member's.</param>
    public static BodyDecoder Open(Compression compression, Stream body) => compression switch
    {
        Compression.Gzip => new GzipDecoder(body),
        Compression.Zlib => new ZlibDecoder(body),
        Compression.Zstd => new ZstdDecoder(body),
        Compression.Snappy => new SnappyDecoder(body),
        _ => new PlainDecoder(body),
    };
}

internal sealed class PlainDecoder(Stream body) : BodyDecoder
{
    public override int Read(Span<byte> to) => body.Read(to);

    public override void Dispose() => body.Dispose();
}
