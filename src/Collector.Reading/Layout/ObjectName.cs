using System.Globalization;
using System.Text.RegularExpressions;
using Collector.Pipeline.Records;

namespace Collector.Reading.Layout;

/// <summary>The part of an object's key after the prefix (contract §4).</summary>
/// <param name="OpenedAt">When its chunk was opened, by the node's clock.</param>
/// <param name="Node">As in keys.</param>
/// <param name="Format">The format of the lines.</param>
/// <param name="Compression">The compression of the body.</param>
public sealed partial record ObjectName(DateTimeOffset OpenedAt, string Node, ObjectFormat Format, Compression Compression)
{
    /// <summary>The number that it has in its data dir; increasing. 0 when its chunk id is of another form than the agent's.</summary>
    public long Seq { get; private init; }

    /// <summary>The instance of the data dir, eight hexadecimal digits; empty if <see cref="Seq"/> is 0.</summary>
    public string Instance { get; private init; } = "";

    /// <summary>To match it at the end of a key's last segment. A node's name may have dashes, a chunk id has none.</summary>
    internal const string Pattern = @"(?<ms>[0-9]{13})-(?<node>[A-Za-z0-9\-_.]+)-(?<chunk>[A-Za-z0-9_]+)\.(?<format>jsonl|log)(?<compression>\.gz|\.zst|\.snappy|\.zz)?";

    /// <summary>
    /// The object name at the end of a key; null if the key does not end in one, so that the object is not the collector's.
    /// </summary>
    public static ObjectName? Find(string key) => Anywhere().Match(key) is { Success: true } match ? From(match) : null;

    private const int SeqDigits = 12;
    private const int InstanceDigits = 8;

    /// <summary>
    /// By its extension alone, for objects of other programs: lines of JSON, unless it ends in <c>.log</c> or <c>.txt</c>.
    /// </summary>
    public static (ObjectFormat Format, Compression Compression) OfAnyKey(string key)
    {
        var (compression, rest) = key switch
        {
            _ when key.EndsWith(".gz", StringComparison.Ordinal) => (Compression.Gzip, key[..^3]),
            _ when key.EndsWith(".zst", StringComparison.Ordinal) => (Compression.Zstd, key[..^4]),
            _ when key.EndsWith(".snappy", StringComparison.Ordinal) => (Compression.Snappy, key[..^7]),
            _ when key.EndsWith(".zz", StringComparison.Ordinal) => (Compression.Zlib, key[..^3]),
            _ => (Compression.None, key),
        };
        var isText = rest.EndsWith(".log", StringComparison.Ordinal) || rest.EndsWith(".txt", StringComparison.Ordinal);
        return (isText ? ObjectFormat.Text : ObjectFormat.Json, compression);
    }

    /// <summary>From a match of <see cref="Pattern"/>.</summary>
    internal static ObjectName From(Match match)
    {
        var chunk = match.Groups["chunk"].ValueSpan;
        var isOurs = chunk.Length == SeqDigits + InstanceDigits && long.TryParse(chunk[..SeqDigits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _);
        var name = Basic(match);
        return isOurs
            ? name with { Seq = long.Parse(chunk[..SeqDigits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), Instance = chunk[SeqDigits..].ToString() }
            : name;
    }

    private static ObjectName Basic(Match match) => new(
        DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(match.Groups["ms"].ValueSpan, CultureInfo.InvariantCulture)),
        match.Groups["node"].Value,
        match.Groups["format"].ValueSpan is "jsonl" ? ObjectFormat.Json : ObjectFormat.Text,
        OfAnyKey(match.Value).Compression);

    [GeneratedRegex("(?:^|[^0-9])" + Pattern + "$", RegexOptions.CultureInvariant)]
    private static partial Regex Anywhere();
}
