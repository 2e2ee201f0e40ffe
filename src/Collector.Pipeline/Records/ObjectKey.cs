using System.Globalization;

namespace Collector.Pipeline.Records;

/// <summary>Names objects (contract §4): the key is made once, when a chunk is opened, and holds for every attempt.</summary>
public static class ObjectKey
{
    /// <summary>Longest node in a key: with the rest of the name within <see cref="KeyText.MaxObjectName"/>.</summary>
    private const int MaxNode = 63;

    /// <summary>
    /// <c>&lt;prefix&gt;&lt;openedAt&gt;-&lt;node&gt;-&lt;chunk id&gt;.&lt;ext&gt;</c>: keys of one prefix and node sort by
    /// their opening.
    /// </summary>
    /// <param name="prefix">As <see cref="PartitionTemplate.Render"/> gave it.</param>
    /// <param name="openedAtUnixMs">When the chunk was opened; 13 digits.</param>
    /// <param name="node">The node's name; made fit for a key here.</param>
    /// <param name="chunkId">Fixed width, of the characters of a value; at most 64.</param>
    /// <param name="format">Decides the extension.</param>
    /// <param name="compression">Decides the second extension.</param>
    public static string Format(
        string prefix, long openedAtUnixMs, string node, string chunkId, ObjectFormat format, Compression compression)
    {
        var time = openedAtUnixMs.ToString("D13", CultureInfo.InvariantCulture);
        var fitNode = KeyText.Limit(KeyText.Sanitise(node) ?? "unknown", MaxNode);
        return $"{prefix}{time}-{fitNode}-{chunkId}{Extension(format, compression)}";
    }

    /// <summary>From <c>.jsonl</c> to <c>.log.snappy</c>.</summary>
    public static string Extension(ObjectFormat format, Compression compression)
    {
        var kind = format == ObjectFormat.Json ? ".jsonl" : ".log";
        return kind + compression switch
        {
            Compression.None => "",
            Compression.Gzip => ".gz",
            Compression.Zstd => ".zst",
            Compression.Snappy => ".snappy",
            Compression.Zlib => ".zz",
            _ => throw new ArgumentOutOfRangeException(nameof(compression), compression, null),
        };
    }
}
