using System.Buffers;

namespace Collector.Pipeline.Sources.Files.Gzip;

/// <summary>Where an <see cref="Inflater"/> is.</summary>
internal enum InflateState
{
    /// <summary>There may be more.</summary>
    Going,

    /// <summary>After the last block.</summary>
    Ended,

    /// <summary>The next bytes are not deflate data.</summary>
    Damaged,

    /// <summary>The file ended before the data.</summary>
    Cut,
}

/// <summary>
/// Decompresses deflate data (RFC 1951). The runtime's stream hides what we need to know: where the data ends (it reads ahead and
/// does not go back), that a file was cut (it treats that as the end), and which bytes before damage are good. Memory is fixed,
/// whatever the data says.
/// </summary>
internal sealed class Inflater(BitInput input) : IDisposable
{
    /// <summary>How far back a copy may reach.</summary>
    private const int Window = 32 * 1024;

    private const int BufferSize = 2 * Window;
    private const int LongestCopy = 258;
    private const int FirstLength = 257;
    private const int LastLength = 285;
    private const int LastDistance = 29;

    // §3.2.5: the least length, or distance, of a symbol, and its number of extra bits.
    private static readonly ushort[] s_leastLength =
        [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];

    private static readonly ushort[] s_leastDistance =
        [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];

    private readonly BlockCodes _codes = new();
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int _taken;
    private int _end;
    private int _stored;
    private bool _isInBlock;
    private bool _isStored;
    private bool _isLast;

    public InflateState State { get; private set; }

    /// <summary>
    /// Decompressed bytes that were not taken yet: good as far as deflate can tell. Borrowed until the next call.
    /// </summary>
    public ReadOnlySpan<byte> Ready => _buffer.AsSpan(_taken, _end - _taken);

    private static ReadOnlySpan<byte> LengthBits => [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

    private static ReadOnlySpan<byte> DistanceBits => [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];

    /// <summary>Starts new data at the input's position.</summary>
    public void Reset()
    {
        (_taken, _end, _isInBlock, _isLast) = (0, 0, false, false);
        State = InflateState.Going;
    }

    public void Consume(int count) => _taken += count;

    /// <summary>When all bytes were taken, decompresses until there is a buffer of them, or <see cref="State"/> changes.</summary>
    public void Inflate()
    {
        if (_end > Window)
        {
            _buffer.AsSpan(_end - Window, Window).CopyTo(_buffer);
            _taken = _end = Window;
        }

        while (State == InflateState.Going && _end <= BufferSize - LongestCopy)
        {
            var isGood = true;
            if (_isInBlock)
            {
                isGood = _isStored ? CopyStored() : Decode();
            }
            else if (_isLast)
            {
                State = InflateState.Ended;
            }
            else
            {
                isGood = BeginBlock();
            }

            State = isGood ? State : input.IsAtEnd ? InflateState.Cut : InflateState.Damaged;
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private bool BeginBlock()
    {
        if (!input.TryRead(1, out var isLast) || !input.TryRead(2, out var kind))
        {
            return false;
        }

        (_isLast, _isStored, _isInBlock) = (isLast == 1, kind == 0, true);
        switch (kind)
        {
            case 0:
                return BeginStored();
            case 1:
                _codes.UseFixed();
                return true;
            case 2:
                return _codes.TryRead(input);
            default:
                return false;
        }
    }

    /// <summary>§3.2.4: the length, and the same with all bits turned.</summary>
    private bool BeginStored()
    {
        input.Align();
        if (!input.TryRead(16, out var length) || !input.TryRead(16, out var turned) || (length ^ turned) != ushort.MaxValue)
        {
            return false;
        }

        _stored = (int)length;
        return true;
    }

    private bool CopyStored()
    {
        var wanted = Math.Min(_stored, BufferSize - _end);
        var got = input.Read(_buffer.AsSpan(_end, wanted));
        _end += got;
        _stored -= got;
        _isInBlock = _stored > 0;
        return got == wanted;
    }

    /// <summary>Decodes until the block ends or the buffer has no room for one more copy.</summary>
    private bool Decode()
    {
        while (_end <= BufferSize - LongestCopy)
        {
            // One filling is enough for a symbol of each code with all its bits: 15 + 5 + 15 + 13.
            input.Fill();
            var symbol = _codes.Literals.Decode(input);
            if (symbol is >= 0 and < BlockCodes.EndOfBlock)
            {
                _buffer[_end++] = (byte)symbol;
            }
            else if (symbol == BlockCodes.EndOfBlock)
            {
                _isInBlock = false;
                return true;
            }
            else if (symbol is < 0 or > LastLength || !Copy(symbol - FirstLength))
            {
                return false;
            }
        }

        return true;
    }

    private bool Copy(int symbol)
    {
        if (!TryRead(s_leastLength[symbol], LengthBits[symbol], out var length))
        {
            return false;
        }

        symbol = _codes.Distances.Decode(input);
        if (symbol is < 0 or > LastDistance || !TryRead(s_leastDistance[symbol], DistanceBits[symbol], out var distance) || distance > _end)
        {
            return false;
        }

        if (distance >= length)
        {
            _buffer.AsSpan(_end - distance, length).CopyTo(_buffer.AsSpan(_end));
        }
        else
        {
            // It copies its own output.
            for (var i = 0; i < length; i++)
            {
                _buffer[_end + i] = _buffer[_end + i - distance];
            }
        }

        _end += length;
        return true;
    }

    private bool TryRead(int least, int bits, out int value)
    {
        value = least + (int)input.Peek(bits);
        if (bits > input.Available)
        {
            return false;
        }

        input.Drop(bits);
        return true;
    }
}
