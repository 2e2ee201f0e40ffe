using System.Buffers.Binary;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Buffer;

/// <summary>
/// The whole frames after the damage in a chunk (S-138). They are not used: the records between them are lost, and their own
/// records would come before those. They show how many records are read again, and how far their sources had been read.
/// </summary>
internal sealed class LostFrames(IStorageFile file, IReadOnlyDictionary<GenerationId, GenerationIdentity> known) : IDisposable
{
    private const int Piece = 64 * 1024;

    /// <summary>
    /// The limit of bytes that are checked in search of frames, in multiples of the file's length: a log may be full of bytes that
    /// look like a frame.
    /// </summary>
    private const int MostChecks = 4;

    private readonly Dictionary<GenerationId, GenerationIdentity> _known = new(known);
    private readonly ByteBuffer _buffer = new(Piece);
    private long _checksLeft;

    public long Frames { get; private set; }

    public long Records { get; private set; }

    /// <summary>Their coverage. An identity that was only in the damaged part has no chain.</summary>
    public CoverageMap Coverage { get; } = new();

    /// <summary>Looks for frames from <paramref name="from"/> to the end.</summary>
    public void Find(long from)
    {
        var length = file.Length;
        _checksLeft = MostChecks * length;
        while (NextMagic(from, length) is { } at)
        {
            from = TryRead(at, length) ?? at + 1;
        }
    }

    public void Dispose() => _buffer.Dispose();

    private long? NextMagic(long from, long length)
    {
        Span<byte> magic = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(magic, Frame.Magic);
        var piece = _buffer.GetSpan(Piece)[..Piece];
        while (from + Frame.HeaderLength < length)
        {
            var got = file.Read(piece, from);
            var at = piece[..got].IndexOf(magic);
            if (at >= 0)
            {
                return from + at;
            }

            if (got < piece.Length)
            {
                break;
            }

            from += got - magic.Length + 1;
        }

        return null;
    }

    /// <summary>Where the frame ends; null when there is none.</summary>
    private long? TryRead(long at, long length)
    {
        if (!FrameHeader.TryRead(file, at, out var frame) || frame.Trailer > Envelope.LongestPayload)
        {
            return null;
        }

        long body = at + Frame.HeaderLength, size = (long)frame.Records + frame.Trailer;
        if (body + size > length || size > _checksLeft)
        {
            return null;
        }

        _checksLeft -= size;
        if (Checksum(body, size, frame.Checksum()) != frame.Crc || !ReadTrailer(body + frame.Records, (int)frame.Trailer))
        {
            return null;
        }

        Frames++;
        Records += frame.Count;
        return body + size;
    }

    private uint Checksum(long at, long length, uint crc)
    {
        var piece = _buffer.GetSpan(Piece)[..Piece];
        for (var end = at + length; at < end;)
        {
            var got = piece[..file.Read(piece[..(int)Math.Min(piece.Length, end - at)], at)];
            if (got.IsEmpty)
            {
                return ~crc;
            }

            crc = Crc32C.Append(crc, got);
            at += got.Length;
        }

        return crc;
    }

    private bool ReadTrailer(long at, int length)
    {
        var bytes = new byte[length];
        var reader = new SpanReader(bytes.AsSpan(0, file.Read(bytes, at)));
        reader.ReadBytes();
        reader.ReadBytes();
        return CoverageCodec.TryRead(ref reader, Coverage, _known, acceptUnknown: true);
    }
}
