namespace Collector.Testing.Oracle;

/// <summary>
/// Reads what a native decoder makes of a source, which it owns. Unlike the runtime's own streams it never takes
/// a body that ends early for one that ends there: that is <see cref="InvalidDataException"/>.
/// </summary>
internal abstract class DecodingStream(Stream source) : Stream
{
    private readonly byte[] input = new byte[128 * 1024];
    private int start, end;

    // Whether the last frame (zstd) or member (gzip) was decoded to its end, checksum included.
    private bool complete;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            bool ended = start == end && !Fill();
            if (ended && complete) return 0;
            int produced = Decode(input.AsSpan(start, end - start), buffer, out int consumed, out complete);
            start += consumed;
            if (produced > 0) return produced;
            if (ended) throw new InvalidDataException("The body ends early.");
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Decodes some. Returns the bytes it wrote to <paramref name="to"/>.</summary>
    /// <param name="complete">A frame or member is at its end now.</param>
    protected abstract int Decode(ReadOnlySpan<byte> from, Span<byte> to, out int consumed, out bool complete);

    protected override void Dispose(bool disposing)
    {
        if (disposing) source.Dispose();
        base.Dispose(disposing);
    }

    private bool Fill()
    {
        start = 0;
        end = source.Read(input, 0, input.Length);
        return end > 0;
    }
}
