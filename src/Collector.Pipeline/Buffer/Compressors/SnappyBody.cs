using System.Buffers;
using Snappier;

namespace Collector.Pipeline.Buffer.Compressors;

/// <summary>
/// One raw Snappy block (format_description.txt of google/snappy), as Vector's S3 sink writes it, without holding it in memory: the
/// length of the whole, then the elements of fragment after fragment. Elements follow each other without any frame, and a copy
/// element refers back by a distance from the current output position; so elements made for one fragment, which reach back no
/// further than its start, mean the same after any other fragment. Every Snappy encoder works like this.
/// </summary>
internal sealed class SnappyBody : BodyStream
{
    /// <summary>The fragment of all Snappy encoders (kBlockSize): copies with two-byte offsets reach all of it.</summary>
    private const int FragmentSize = 1 << 16;

    private readonly byte[] _fragment = ArrayPool<byte>.Shared.Rent(FragmentSize);
    private readonly byte[] _block = ArrayPool<byte>.Shared.Rent(Snappy.GetMaxCompressedLength(FragmentSize));
    private readonly long _length;
    private int _filled;
    private bool _started;

    public SnappyBody(Stream destination, long uncompressedLength)
        : base(destination, uncompressedLength)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(uncompressedLength, uint.MaxValue);
        _length = uncompressedLength;
    }

    private protected override void Compress(ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            var take = Math.Min(data.Length, FragmentSize - _filled);
            data[..take].CopyTo(_fragment.AsSpan(_filled));
            data = data[take..];
            _filled += take;
            if (_filled == FragmentSize)
                WriteFragment();
        }
    }

    private protected override void Finish()
    {
        if (_filled > 0 || !_started)
            WriteFragment();
    }

    private protected override void Release()
    {
        ArrayPool<byte>.Shared.Return(_fragment);
        ArrayPool<byte>.Shared.Return(_block);
    }

    private void WriteFragment()
    {
        if (!_started)
            WriteLength();

        if (_filled > 0)
        {
            var length = Snappy.Compress(_fragment.AsSpan(0, _filled), _block);
            Destination.Write(_block.AsSpan(..length)[LengthOfVarint((uint)_filled)..]);
        }

        _filled = 0;
    }

    private void WriteLength()
    {
        _started = true;
        var rest = (uint)_length;
        for (; rest >= 0x80; rest >>= 7)
            Destination.WriteByte((byte)(rest | 0x80));

        Destination.WriteByte((byte)rest);
    }

    private static int LengthOfVarint(uint value) => value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : 3;
}
