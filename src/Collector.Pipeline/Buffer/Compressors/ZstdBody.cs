using System.Buffers;

namespace Collector.Pipeline.Buffer.Compressors;

/// <summary>One zstd frame (RFC 8878) that states its length and ends in a checksum, as the zstd tool writes them.</summary>
internal sealed class ZstdBody : BodyStream
{
    /// <summary>ZSTD_CStreamOutSize of all versions: one whole compressed block always fits.</summary>
    private const int OutputSize = 132_000;

    private readonly ZstdContext _context;
    private readonly byte[] _output;

    public ZstdBody(Stream destination, long uncompressedLength, int level)
        : base(destination, uncompressedLength)
    {
        _context = ZstdContext.Rent();
        _output = ArrayPool<byte>.Shared.Rent(OutputSize);
        ZstdNative.Check(ZstdNative.SetParameter(_context, ZstdNative.CompressionLevel, level), "set the level");
        ZstdNative.Check(ZstdNative.SetParameter(_context, ZstdNative.ChecksumFlag, 1), "ask for a checksum");
        ZstdNative.Check(ZstdNative.SetPledgedLength(_context, (ulong)uncompressedLength), "promise the length");
    }

    private protected override void Compress(ReadOnlySpan<byte> data) => Run(data, ZstdNative.ContinueDirective);

    private protected override void Finish() => Run([], ZstdNative.EndDirective);

    private protected override void Release()
    {
        ArrayPool<byte>.Shared.Return(_output);
        ZstdContext.Return(_context);
    }

    /// <summary>Until all input is taken and, at the end, nothing is left to flush.</summary>
    private unsafe void Run(ReadOnlySpan<byte> data, int directive)
    {
        fixed (byte* input = data, output = _output)
        {
            var from = new ZstdNative.Buffer { Start = input, Size = (nuint)data.Length };
            nuint remaining;
            do
            {
                var to = new ZstdNative.Buffer { Start = output, Size = (nuint)_output.Length };
                remaining = ZstdNative.Check(ZstdNative.Compress(_context, ref to, ref from, directive), "compress");
                Destination.Write(_output, 0, (int)to.Position);
            }
            while (from.Position < from.Size || (directive == ZstdNative.EndDirective && remaining > 0));
        }
    }
}
