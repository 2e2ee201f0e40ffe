using System.Numerics;

namespace Collector.Pipeline.Positions;

/// <summary>
/// The first bytes of a generation, up to 1 KiB, as a ladder of FNV-1a hashes over its first 1, 2, 4 … bytes and over all of
/// them: enough to compare with the head of another file on the shorter of the two, without keeping the bytes (I10).
/// </summary>
public sealed class Fingerprint
{
    /// <summary>How much of a file's head counts.</summary>
    public const int MaxLength = 1024;

    private const ulong Offset = 14695981039346656037;
    private const ulong Prime = 1099511628211;
    private readonly ulong[] _rungs;

    private Fingerprint(int length, ulong[] rungs) => (Length, _rungs) = (length, rungs);

    public static Fingerprint Empty { get; } = Of([]);

    /// <summary>How many bytes it was made from.</summary>
    public int Length { get; }

    /// <summary>The hashes, shortest first; the last one is over all <see cref="Length"/> bytes.</summary>
    public ReadOnlySpan<ulong> Rungs => _rungs;

    /// <summary>How many hashes a fingerprint of that length has.</summary>
    public static int RungCount(int length) => length == 0 ? 0 : BitOperations.Log2((uint)length) + (BitOperations.IsPow2(length) ? 1 : 2);

    public static Fingerprint Of(ReadOnlySpan<byte> head)
    {
        head = head[..Math.Min(head.Length, MaxLength)];
        var rungs = new ulong[RungCount(head.Length)];
        var hash = Offset;
        var rung = 0;
        for (var i = 0; i < head.Length; i++)
        {
            hash = (hash ^ head[i]) * Prime;
            if (BitOperations.IsPow2(i + 1) || i == head.Length - 1)
            {
                rungs[rung++] = hash;
            }
        }

        return new Fingerprint(head.Length, rungs);
    }

    /// <summary>Restores a fingerprint from stored parts; null when the parts do not match.</summary>
    public static Fingerprint? FromStored(int length, ReadOnlySpan<ulong> rungs) =>
        length is >= 0 and <= MaxLength && rungs.Length == RungCount(length) ? new Fingerprint(length, rungs.ToArray()) : null;

    /// <summary>
    /// Compares with the head of a file (pass at least <see cref="MaxLength"/> bytes where the file has them).
    /// Returns over how many bytes they are known to be equal, or -1 when they differ.
    /// </summary>
    public int Compare(ReadOnlySpan<byte> head)
    {
        if (Length <= head.Length)
        {
            return Length == 0 || Hash(head[..Length]) == _rungs[^1] ? Length : -1;
        }

        if (head.Length == 0)
        {
            return 0;
        }

        var rung = BitOperations.Log2((uint)head.Length);
        return Hash(head[..(1 << rung)]) == _rungs[rung] ? 1 << rung : -1;
    }

    /// <summary>
    /// Compares the hashes of the longest common power of two of bytes, without hashing anything. False: the beginnings differ. True:
    /// <see cref="Compare"/> tells.
    /// </summary>
    public bool MayAgree(Fingerprint other)
    {
        var common = Math.Min(Length, other.Length);
        return common == 0 || _rungs[BitOperations.Log2((uint)common)] == other._rungs[BitOperations.Log2((uint)common)];
    }

    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = Offset;
        foreach (var value in bytes)
        {
            hash = (hash ^ value) * Prime;
        }

        return hash;
    }
}
