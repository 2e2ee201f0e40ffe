using System.Buffers;
using System.Buffers.Binary;

namespace Collector.Pipeline.Buffer.Compressors;

/// <summary>
/// zstd frames (RFC 8878), each with a checksum. A single frame states its length, as the zstd tool writes it; after several frames
/// comes the table of the seekable format (facebook/zstd, contrib/seekable_format).
/// </summary>
internal sealed class ZstdBody : BodyStream
{
    /// <summary>ZSTD_CStreamOutSize of all versions: one whole compressed block always fits.</summary>
    private const int OutputSize = 132_000;

    /// <summary>
    /// 1 MiB, the text of most members. Levels 1 and 2 use no more; higher levels would use up to 128 MiB, which readers would
    /// need, too.
    /// </summary>
    private const int WindowLog = 20;

    private const int FirstLevelWithMore = 3;

    private const uint SkippableMagic = 0x184D2A5E;
    private const uint SeekableMagic = 0x8F92EAB1;
    private const int SkippableHeader = 2 * sizeof(uint);
    private const int TableFooter = sizeof(uint) + 1 + sizeof(uint);

    private readonly ZstdContext _context;
    private readonly byte[] _output;

    /// <summary>The seek table of the whole frames: 8 bytes for a MiB of text.</summary>
    private readonly List<(uint Compressed, uint Text)> _frames = [];

    private long _compressed;
    private long _frameFrom;
    private long _frameTextFrom;

    public ZstdBody(Stream destination, long uncompressedLength, int level)
        : base(destination, uncompressedLength)
    {
        _context = ZstdContext.Rent();
        _output = ArrayPool<byte>.Shared.Rent(OutputSize);
        ZstdNative.Check(ZstdNative.SetParameter(_context, ZstdNative.CompressionLevel, level), "set the level");
        ZstdNative.Check(ZstdNative.SetParameter(_context, ZstdNative.ChecksumFlag, 1), "ask for a checksum");
        if (uncompressedLength <= MemberText)
            ZstdNative.Check(ZstdNative.SetPledgedLength(_context, (ulong)uncompressedLength), "promise the length");
        else if (level >= FirstLevelWithMore)
            ZstdNative.Check(ZstdNative.SetParameter(_context, ZstdNative.WindowLog, WindowLog), "set the window");
    }

    private protected override void Compress(ReadOnlySpan<byte> data) => Run(data, ZstdNative.ContinueDirective);

    private protected override bool TryEndMember()
    {
        Run([], ZstdNative.EndDirective);
        _frames.Add(((uint)(_compressed - _frameFrom), (uint)(Position - _frameTextFrom)));
        (_frameFrom, _frameTextFrom) = (_compressed, Position);
        return true;
    }

    private protected override void Finish()
    {
        TryEndMember();
        if (_frames.Count > 1)
            WriteSeekTable();
    }

    private protected override void Release()
    {
        ArrayPool<byte>.Shared.Return(_output);
        ZstdContext.Return(_context);
    }

    private void WriteSeekTable()
    {
        var content = (_frames.Count * 2 * sizeof(uint)) + TableFooter;
        var table = new byte[SkippableHeader + content];
        BinaryPrimitives.WriteUInt32LittleEndian(table, SkippableMagic);
        BinaryPrimitives.WriteInt32LittleEndian(table.AsSpan(sizeof(uint)), content);
        var rest = table.AsSpan(SkippableHeader);
        foreach (var (compressed, text) in _frames)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(rest, compressed);
            BinaryPrimitives.WriteUInt32LittleEndian(rest[sizeof(uint)..], text);
            rest = rest[(2 * sizeof(uint))..];
        }

        // The descriptor between the two is 0: no checksums in the table, each frame has its own.
        BinaryPrimitives.WriteInt32LittleEndian(rest, _frames.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[(sizeof(uint) + 1)..], SeekableMagic);
        Destination.Write(table);
    }

    /// <summary>Runs until all input is taken and, at the end, nothing is left to flush.</summary>
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
                _compressed += (long)to.Position;
            }
            while (from.Position < from.Size || (directive == ZstdNative.EndDirective && remaining > 0));
        }
    }
}
