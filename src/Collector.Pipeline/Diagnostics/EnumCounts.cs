using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Collector.Pipeline.Diagnostics;

/// <summary>
/// One count per value of an enumeration. All of them exist from the start, so a counter with such a label is exported as
/// 0 before anything happened and can never grow a value that is not in the code. Not thread safe.
/// </summary>
public sealed class EnumCounts<TKey>
    where TKey : struct, Enum
{
    private static readonly string[] Names =
        Array.ConvertAll(Enum.GetNames<TKey>(), JsonNamingPolicy.SnakeCaseLower.ConvertName);

    private readonly long[] _counts;

    public EnumCounts() => _counts = new long[Names.Length];

    private EnumCounts(long[] counts) => _counts = counts;

    public long this[TKey key]
    {
        get => _counts[Unsafe.BitCast<TKey, int>(key)];
        set => _counts[Unsafe.BitCast<TKey, int>(key)] = value;
    }

    /// <summary>The label's values, in the order of the enumeration.</summary>
    public IReadOnlyList<string> Labels => Names;

    /// <summary>The counts, in the order of <see cref="Labels"/>.</summary>
    public ReadOnlySpan<long> Values => _counts;

    public long Total
    {
        get
        {
            long total = 0;
            foreach (var count in _counts)
            {
                total += count;
            }

            return total;
        }
    }

    /// <summary>Sets the count of a label's value; unknown values are ignored.</summary>
    internal void TrySet(string label, long count)
    {
        if (Array.IndexOf(Names, label) is >= 0 and var i)
        {
            _counts[i] = count;
        }
    }

    internal void Add(EnumCounts<TKey> other)
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }
    }

    internal void Clear() => Array.Clear(_counts);

    internal EnumCounts<TKey> Copy() => new([.. _counts]);
}
