using System.Buffers;
using System.Buffers.Binary;

namespace Collector.Pipeline.Sources.Files.Gzip;

/// <summary>
/// The bytes of a file as deflate reads them: bits from the lowest of each byte on (RFC 1951 §3.1.1), and whole bytes between. It
/// never takes more of the file than it can give back, so <see cref="Offset"/> is exact. It does not own the file. Read errors are
/// <see cref="IOException"/>; after one only <see cref="Dispose"/> may be called.
/// </summary>
internal sealed class BitInput(ISourceHandle file) : IDisposable
{
    private const int Piece = 16 * 1024;
    private const int BitsAByte = 8;

    /// <summary>The register of 64 bits is filled with whole bytes up to this many bits.</summary>
    private const int Full = 56;

    private byte[] _piece = ArrayPool<byte>.Shared.Rent(Piece);
    private int _at;
    private int _end;
    private long _next;
    private ulong _bits;

    /// <summary>Bits that can be peeked at: at least 56 after <see cref="Fill"/>, but at the end of the file.</summary>
    public int Available { get; private set; }

    /// <summary>All bytes of the file are in <see cref="Available"/> by now.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>The file offset of the first byte that was not used; a partly used byte counts as used.</summary>
    public long Offset => _next - (_end - _at) - (Available / BitsAByte);

    public void Fill()
    {
        if (_end - _at >= sizeof(ulong))
        {
            // The bits above the counted ones belong to the next byte; or'ing them in again later changes nothing.
            _bits |= BinaryPrimitives.ReadUInt64LittleEndian(_piece.AsSpan(_at)) << Available;
            _at += (63 - Available) / BitsAByte;
            Available |= Full;
            return;
        }

        while (Available <= Full && (_at < _end || Refill()))
        {
            _bits |= (ulong)_piece[_at++] << Available;
            Available += BitsAByte;
        }
    }

    /// <summary>The next bits; those beyond <see cref="Available"/> are zeros.</summary>
    public uint Peek(int bits) => (uint)(_bits & ((1UL << bits) - 1));

    /// <summary>Takes bits that are <see cref="Available"/>.</summary>
    public void Drop(int bits)
    {
        _bits >>= bits;
        Available -= bits;
    }

    /// <summary>Takes up to 32 bits; false when the file ends before.</summary>
    public bool TryRead(int bits, out uint value)
    {
        if (Available < bits)
        {
            Fill();
        }

        value = Peek(bits);
        if (Available < bits)
        {
            return false;
        }

        Drop(bits);
        return true;
    }

    /// <summary>Skips the rest of a partly used byte.</summary>
    public void Align() => Drop(Available % BitsAByte);

    /// <summary>Takes whole bytes as far as there are any, from a byte's beginning on; returns how many.</summary>
    public int Read(Span<byte> buffer)
    {
        var done = 0;
        while (done < buffer.Length && Available > 0)
        {
            buffer[done++] = (byte)Peek(BitsAByte);
            Drop(BitsAByte);
        }

        // Bits in the register beyond the count will be read from the piece again.
        _bits = Available == 0 ? 0 : _bits;
        while (done < buffer.Length && (_at < _end || Refill()))
        {
            var length = Math.Min(buffer.Length - done, _end - _at);
            _piece.AsSpan(_at, length).CopyTo(buffer[done..]);
            (_at, done) = (_at + length, done + length);
        }

        return done;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_piece);
        _piece = [];
    }

    private bool Refill()
    {
        var length = file.Read(_piece.AsSpan(0, Piece), _next);
        (_at, _end) = (0, length);
        _next += length;
        IsAtEnd = length == 0;
        return length > 0;
    }
}
