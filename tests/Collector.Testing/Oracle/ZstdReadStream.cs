using System.Runtime.InteropServices;

namespace Collector.Testing.Oracle;

/// <summary>Decodes zstd with the system's libzstd. Owns <paramref name="source"/>.</summary>
internal sealed unsafe partial class ZstdReadStream(Stream source) : Stream
{
    private readonly byte[] input = new byte[128 * 1024];
    private nint context = ZSTD_createDCtx();
    private int inputLength, inputPosition;

    // What the last call hinted at: 0 when a frame was complete.
    private nuint expected;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            bool ended = inputPosition == inputLength && !Fill();
            int produced = Decode(buffer);
            if (produced > 0) return produced;
            if (!ended) continue;
            if (expected != 0) throw new InvalidDataException("The zstd frame ends early.");
            return 0;
        }

        return 0;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) source.Dispose();
        if (context != 0) ZSTD_freeDCtx(context);
        context = 0;
        base.Dispose(disposing);
    }

    private bool Fill()
    {
        inputPosition = 0;
        inputLength = source.Read(input, 0, input.Length);
        return inputLength > 0;
    }

    private int Decode(Span<byte> buffer)
    {
        fixed (byte* from = input)
        fixed (byte* to = buffer)
        {
            var read = new Buffer { Bytes = from, Size = (nuint)inputLength, Position = (nuint)inputPosition };
            var written = new Buffer { Bytes = to, Size = (nuint)buffer.Length };
            nuint hint = ZSTD_decompressStream(context, &written, &read);
            if (ZSTD_isError(hint) != 0) throw new InvalidDataException("The zstd frame is damaged.");
            if ((int)read.Position != inputPosition || written.Position > 0) expected = hint;
            inputPosition = (int)read.Position;
            return (int)written.Position;
        }
    }

    [LibraryImport("libzstd.so.1")]
    private static partial nint ZSTD_createDCtx();

    [LibraryImport("libzstd.so.1")]
    private static partial nuint ZSTD_freeDCtx(nint context);

    [LibraryImport("libzstd.so.1")]
    private static partial nuint ZSTD_decompressStream(nint context, Buffer* output, Buffer* input);

    [LibraryImport("libzstd.so.1")]
    private static partial uint ZSTD_isError(nuint code);

    // ZSTD_inBuffer and ZSTD_outBuffer have the same layout.
    private struct Buffer
    {
        public byte* Bytes;
        public nuint Size;
        public nuint Position;
    }
}
