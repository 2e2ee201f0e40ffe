namespace Collector.Pipeline.Sources.Files.Gzip;

/// <summary>The two codes of a deflate block: of literals and lengths, and of distances (RFC 1951 §3.2.5 to §3.2.7).</summary>
internal sealed class BlockCodes
{
    public const int EndOfBlock = 256;

    private const int MostLiterals = 286;
    private const int MostDistances = 30;
    private const int LengthSymbols = 19;

    private readonly HuffmanCode _lengths = new();
    private readonly byte[] _all = new byte[MostLiterals + MostDistances];

    /// <summary>The order in which the lengths of the code of code lengths are stored.</summary>
    private static ReadOnlySpan<byte> LengthOrder => [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    public HuffmanCode Literals { get; } = new();

    public HuffmanCode Distances { get; } = new();

    /// <summary>The codes that are always the same (§3.2.6).</summary>
    public void UseFixed()
    {
        Span<byte> literals = stackalloc byte[288];
        literals[..144].Fill(8);
        literals[144..256].Fill(9);
        literals[256..280].Fill(7);
        literals[280..].Fill(8);
        Literals.TryBuild(literals);
        Span<byte> distances = stackalloc byte[32];
        distances.Fill(5);
        Distances.TryBuild(distances);
    }

    /// <summary>The codes that a block contains (§3.2.7). False when they are invalid, or the file ends in them.</summary>
    public bool TryRead(BitInput input)
    {
        if (!input.TryRead(5, out var moreLiterals) || !input.TryRead(5, out var moreDistances) || !input.TryRead(4, out var moreLengths))
        {
            return false;
        }

        var (literals, distances) = ((int)moreLiterals + 257, (int)moreDistances + 1);
        if (literals > MostLiterals || distances > MostDistances || !TryReadLengthCode(input, (int)moreLengths + 4))
        {
            return false;
        }

        var all = _all.AsSpan(0, literals + distances);
        return TryReadLengths(input, all) && all[EndOfBlock] != 0 && Literals.TryBuild(all[..literals]) && Distances.TryBuild(all[literals..]);
    }

    private bool TryReadLengthCode(BitInput input, int count)
    {
        Span<byte> lengths = stackalloc byte[LengthSymbols];
        lengths.Clear();
        for (var i = 0; i < count; i++)
        {
            if (!input.TryRead(3, out var length))
            {
                return false;
            }

            lengths[LengthOrder[i]] = (byte)length;
        }

        return _lengths.TryBuild(lengths);
    }

    /// <summary>The lengths of both codes are one sequence: 16 repeats the last, 17 and 18 are runs of zeros.</summary>
    private bool TryReadLengths(BitInput input, Span<byte> all)
    {
        for (var at = 0; at < all.Length;)
        {
            input.Fill();
            var symbol = _lengths.Decode(input);
            if (symbol is >= 0 and < 16)
            {
                all[at++] = (byte)symbol;
                continue;
            }

            var (bits, least) = symbol switch { 16 => (2, 3), 17 => (3, 3), _ => (7, 11) };
            if (symbol < 0 || (symbol == 16 && at == 0) || !input.TryRead(bits, out var more) || least + (int)more > all.Length - at)
            {
                return false;
            }

            all.Slice(at, least + (int)more).Fill(symbol == 16 ? all[at - 1] : (byte)0);
            at += least + (int)more;
        }

        return true;
    }
}
