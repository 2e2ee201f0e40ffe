namespace Collector.Pipeline.Sources.Files.Gzip;

/// <summary>
/// A prefix code, given by the lengths of its codes (RFC 1951 §3.2.2). Short codes are looked up, because a table of all would not
/// fit into the first cache; long codes, which are rare by nature, are counted out bit by bit.
/// </summary>
internal sealed class HuffmanCode
{
    public const int LongestCode = 15;

    /// <summary>Nearly all symbols of text have codes of at most this many bits.</summary>
    private const int ShortBits = 10;

    private const int LengthBits = 4;
    private const int LengthMask = (1 << LengthBits) - 1;

    private readonly ushort[] _short = new ushort[1 << ShortBits];
    private readonly ushort[] _counts = new ushort[LongestCode + 1];
    private readonly ushort[] _symbols = new ushort[288];

    /// <summary>Sets the code whose symbols have these lengths, 0: the symbol has none. False when that is not a code.</summary>
    public bool TryBuild(ReadOnlySpan<byte> lengths)
    {
        Array.Clear(_short);
        Array.Clear(_counts);
        foreach (var length in lengths)
        {
            _counts[length]++;
        }

        _counts[0] = 0;
        if (!IsCode())
        {
            return false;
        }

        Span<int> code = stackalloc int[LongestCode + 1];
        Span<int> place = stackalloc int[LongestCode + 1];
        for (var length = 1; length <= LongestCode; length++)
        {
            code[length] = (code[length - 1] + _counts[length - 1]) << 1;
            place[length] = place[length - 1] + _counts[length - 1];
        }

        for (var symbol = 0; symbol < lengths.Length; symbol++)
        {
            var length = lengths[symbol];
            if (length > 0)
            {
                _symbols[place[length]++] = (ushort)symbol;
                AddShort(symbol, code[length]++, length);
            }
        }

        return true;
    }

    /// <summary>Reads the next symbol from a filled input; -1: there is no such code, or the file ends in it.</summary>
    public int Decode(BitInput input)
    {
        var entry = _short[input.Peek(ShortBits)];
        if (entry == 0)
        {
            return DecodeLong(input);
        }

        var length = entry & LengthMask;
        if (length > input.Available)
        {
            return -1;
        }

        input.Drop(length);
        return entry >> LengthBits;
    }

    /// <summary>Whether every sequence of bits is a code. Allowed exceptions: one single code of one bit, or no code (§3.2.7).</summary>
    private bool IsCode()
    {
        int left = 1, codes = 0;
        for (var length = 1; length <= LongestCode; length++)
        {
            left = (left << 1) - _counts[length];
            codes += _counts[length];
            if (left < 0)
            {
                return false;
            }
        }

        return left == 0 || codes == 0 || (codes == 1 && _counts[1] == 1);
    }

    private void AddShort(int symbol, int code, int length)
    {
        if (length > ShortBits)
        {
            return;
        }

        // Codes come with their highest bit first, all else in a stream with its lowest.
        var reversed = 0;
        for (var i = 0; i < length; i++)
        {
            reversed |= ((code >> i) & 1) << (length - 1 - i);
        }

        for (var at = reversed; at < _short.Length; at += 1 << length)
        {
            _short[at] = (ushort)((symbol << LengthBits) | length);
        }
    }

    private int DecodeLong(BitInput input)
    {
        var bits = input.Peek(LongestCode);
        int code = 0, first = 0, place = 0;
        for (var length = 1; length <= Math.Min(LongestCode, input.Available); length++)
        {
            code |= (int)(bits >> (length - 1)) & 1;
            var count = _counts[length];
            if (code - first < count)
            {
                input.Drop(length);
                return _symbols[place + code - first];
            }

            place += count;
            first = (first + count) << 1;
            code <<= 1;
        }

        return -1;
    }
}
