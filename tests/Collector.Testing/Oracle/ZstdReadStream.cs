using System.Runtime.InteropServices;

namespace Collector.Testing.Oracle;

/// <summary>Decodes zstd with the system's libzstd.</summary>
internal sealed unsafe partial class ZstdReadStream(Stream source) : DecodingStream(source)
{
    private nint context = ZSTD_createDCtx();

    protected override int Decode(ReadOnlySpan<byte> from, Span<byte> to, out int consumed, out bool complete)
    {
        fixed (byte* input = from)
        fixed (byte* output = to)
        {
            var read = new Buffer { Bytes = input, Size = (nuint)from.Length };
            var written = new Buffer { Bytes = output, Size = (nuint)to.Length };
            nuint hint = ZSTD_decompressStream(context, &written, &read);
            if (ZSTD_isError(hint) != 0) throw new InvalidDataException("The zstd frame is damaged.");
            consumed = (int)read.Position;
            complete = hint == 0;
            return (int)written.Position;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (context != 0) ZSTD_freeDCtx(context);
        context = 0;
        base.Dispose(disposing);
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
