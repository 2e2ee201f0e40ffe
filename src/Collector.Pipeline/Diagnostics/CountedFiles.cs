using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Collector.Pipeline.Diagnostics;

/// <summary>
/// Files that cannot be read, were counted as lost, and are still there: each run meets them, and only the first one counts them
/// (FORMAT.md, Losses). A file that no run has met for <see cref="Kept"/> is forgotten. Not thread safe.
/// </summary>
internal sealed class CountedFiles
{
    /// <summary>Pods may create such files without end: then the one that was met longest ago is forgotten.</summary>
    internal const int Most = 10_000;

    internal static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    /// <summary>A later meeting is noted only then, so that a run that counts nothing seldom writes.</summary>
    private static readonly TimeSpan Renewal = TimeSpan.FromDays(1);

    private readonly Dictionary<ulong, long> _metAt = [];

    /// <summary>Each file's hash, and when a run met it last (Unix ms).</summary>
    public IEnumerable<KeyValuePair<ulong, long>> All => _metAt;

    /// <summary>Takes over what earlier runs have counted.</summary>
    public void Add(IEnumerable<KeyValuePair<ulong, long>> earlier, DateTimeOffset now)
    {
        foreach (var (hash, metAt) in earlier.Where(e => now.ToUnixTimeMilliseconds() - e.Value <= Kept.TotalMilliseconds).Take(Most))
        {
            _metAt[hash] = metAt;
        }
    }

    /// <summary>A run meets the file that <paramref name="what"/> identifies over restarts.</summary>
    public Meeting Meet(string what, DateTimeOffset now)
    {
        var (hash, at) = (HashOf(what), now.ToUnixTimeMilliseconds());
        if (_metAt.TryGetValue(hash, out var before))
        {
            if (Math.Abs(at - before) <= Renewal.TotalMilliseconds)
            {
                return Meeting.Known;
            }

            _metAt[hash] = at;
            return Meeting.Renewed;
        }

        if (_metAt.Count >= Most)
        {
            _metAt.Remove(_metAt.MinBy(e => e.Value).Key);
        }

        _metAt[hash] = at;
        return Meeting.First;
    }

    private static ulong HashOf(string what) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(what)));
}

/// <summary>What it means that a run has met a file that cannot be read.</summary>
internal enum Meeting
{
    /// <summary>It is to be counted.</summary>
    First,

    /// <summary>It was counted, and nothing is to be noted.</summary>
    Known,

    /// <summary>It was counted, and it is to be noted that it is still there.</summary>
    Renewed,
}
