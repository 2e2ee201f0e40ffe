using System.Text.RegularExpressions;
using Collector.Testing.Node;

namespace Collector.Testing.Oracle;

/// <summary>An object's key, taken apart by the rules of contract §4.</summary>
/// <param name="Prefix">The rendered key prefix.</param>
/// <param name="Name">What follows it: the file's name.</param>
/// <param name="OpenedAt">Unix epoch milliseconds.</param>
/// <param name="Compression">The last extension without its dot: <c>gz</c>, <c>zst</c>, <c>snappy</c>, <c>zz</c> or nothing.</param>
public sealed partial record ObjectKey(string Prefix, string Name, long OpenedAt, string Node, string ChunkId, string Format, string Compression)
{
    private const int LongestKey = 1024, LongestSegment = 200;

    /// <summary>Takes a key apart; false when contract §4 does not allow it.</summary>
    /// <remarks>A node's name may hold dashes; a chunk id may not.</remarks>
    public static bool TryParse(string key, out ObjectKey? parsed)
    {
        parsed = null;
        Match m = Syntax().Match(key);
        if (!m.Success || key.Length > LongestKey) return false;
        string[] segments = key.Split('/');
        if (segments[..^1].Any(s => s.Length is 0 or > LongestSegment || s is "." or "..")) return false;
        string prefix = key[..m.Groups["ms"].Index];
        parsed = new ObjectKey(prefix, key[prefix.Length..], long.Parse(m.Groups["ms"].Value), m.Groups["node"].Value,
            m.Groups["chunk"].Value, m.Groups["format"].Value, m.Groups["compression"].Value);
        return true;
    }

    /// <summary>The default key prefix of contract §2 for a container.</summary>
    public static string DefaultPrefix(ContainerIdentity identity) =>
        $"persisted-logs/namespace-{identity.Namespace}.pod-{identity.Pod}.cont-{identity.Container}/";

    [GeneratedRegex(@"^(?:[A-Za-z0-9\-_./=]*?[A-Za-z\-_./=])?(?<ms>\d{13})-(?<node>[A-Za-z0-9\-_.]+)-(?<chunk>[A-Za-z0-9_]+)\.(?<format>jsonl|log)(?:\.(?<compression>gz|zst|snappy|zz))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Syntax();
}
