using Collector.Pipeline.Records;

namespace Collector.Reading.Decoding;

/// <summary>A place at which decoding can begin.</summary>
/// <param name="Body">In the stored bytes.</param>
/// <param name="Text">In the decoded text.</param>
internal readonly record struct BodyPlace(long Body, long Text);

/// <summary>
/// The text of an object's body. Unlike the runtime's own streams it returns all text before damage, then reports the damage; an
/// end in the middle is damage. Owns the stored stream. Memory is fixed, whatever the body says.
/// </summary>
internal abstract class BodyDecoder : IDisposable
{
    /// <summary>How many bytes of the returned text checksums have proven: those of the members or frames that are over.</summary>
    public long Proven { get; protected set; }

    /// <summary>
    /// The last place before the returned text at which decoding can begin: the beginning of its member or frame, which no call goes
    /// beyond; without these, the body's.
    /// </summary>
    public BodyPlace Begin { get; protected set; }

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
    private long _text;

    public override int Read(Span<byte> to)
    {
        Begin = new BodyPlace(_text, _text);
        var got = body.Read(to);
        _text += got;
        return got;
    }

    public override void Dispose() => body.Dispose();
}
