using System.Runtime.InteropServices;

namespace Collector.Testing.Oracle;

/// <summary>Decodes gzip and zlib with the system's libz, which is not the one that the runtime compresses with.</summary>
internal sealed unsafe partial class ZlibReadStream : DecodingStream
{
    private const int Ok = 0, StreamEnd = 1, BufferError = -5;

    // 15 is the largest window; 32 more: the header says whether it is gzip or zlib.
    private const int AnyFormat = 15 + 32;

    private ZStream* state;

    public ZlibReadStream(Stream source)
        : base(source)
    {
        state = (ZStream*)NativeMemory.AllocZeroed((nuint)sizeof(ZStream));
        if (inflateInit2_(state, AnyFormat, "1.2.11", sizeof(ZStream)) != Ok) throw new InvalidOperationException("zlib does not start.");
    }

    protected override int Decode(ReadOnlySpan<byte> from, Span<byte> to, out int consumed, out bool complete)
    {
        fixed (byte* input = from)
        fixed (byte* output = to)
        {
            state->NextIn = input;
            state->AvailableIn = (uint)from.Length;
            state->NextOut = output;
            state->AvailableOut = (uint)to.Length;
            int result = inflate(state, flush: 0);
            if (result is not (Ok or StreamEnd or BufferError)) throw new InvalidDataException("The gzip or zlib body is damaged.");
            complete = result == StreamEnd;
            if (complete) inflateReset(state); // another gzip member may follow
            consumed = from.Length - (int)state->AvailableIn;
            return to.Length - (int)state->AvailableOut;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (state != null)
        {
            inflateEnd(state);
            NativeMemory.Free(state);
            state = null;
        }

        base.Dispose(disposing);
    }

    [LibraryImport("libz.so.1", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int inflateInit2_(ZStream* stream, int windowBits, string version, int size);

    [LibraryImport("libz.so.1")]
    private static partial int inflate(ZStream* stream, int flush);

    [LibraryImport("libz.so.1")]
    private static partial int inflateReset(ZStream* stream);

    [LibraryImport("libz.so.1")]
    private static partial int inflateEnd(ZStream* stream);

    // z_stream of zlib.h on 64-bit Linux. Native memory, because zlib keeps a pointer to it.
    [StructLayout(LayoutKind.Sequential)]
    private struct ZStream
    {
        public byte* NextIn;
        public uint AvailableIn;
        public ulong TotalIn;
        public byte* NextOut;
        public uint AvailableOut;
        public ulong TotalOut;
        public byte* Message;
        public void* State;
        public void* Allocate;
        public void* Free;
        public void* Opaque;
        public int DataType;
        public ulong Adler;
        public ulong Reserved;
    }
}
