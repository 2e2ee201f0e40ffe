using System.IO.Compression;
using System.Text;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Records;

namespace Collector.Pipeline.Tests.Buffer.Model;

/// <summary>The object store of one output: takes a key once, and looks at every attempt.</summary>
internal sealed class ModelStore(Compression compression, long maxSize)
{
    private readonly SortedDictionary<string, byte[]> _objects = new(StringComparer.Ordinal);
    private readonly HashSet<string> _folded = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _keyOfChunk = new(StringComparer.Ordinal);

    public int Count => _objects.Count;

    /// <summary>Creates an object if it is absent; a bug of the sender is an exception.</summary>
    public void Put(ObjectHeader header, byte[] body, bool attemptedBefore)
    {
        Require(!_folded.Contains(header.Key), $"{header.Key} is sent again, and was durably known to be stored");
        Require(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(body)) == header.Metadata["sha256"], $"the sha256 of {header.Key}");
        var chunk = ChunkHeader.FormatId(header.Seq, header.Instance);
        Require(_keyOfChunk.TryAdd(chunk, header.Key) || _keyOfChunk[chunk] == header.Key, $"I3: {chunk} had the key {_keyOfChunk[chunk]}, now {header.Key}");
        if (_objects.TryGetValue(header.Key, out var there))
        {
            Require(attemptedBefore, $"I3: {header.Key} is there before it was ever sent");
            Require(there.AsSpan().SequenceEqual(body), $"I2: {header.Key} was sent with other bytes");
            return;
        }

        var last = _objects.Keys.Where(key => PrefixOf(key) == header.Prefix).Max(StringComparer.Ordinal);
        Require(last is null || string.CompareOrdinal(last, header.Key) < 0, $"{header.Key} appears behind {last}");
        CheckHeader(header, body);
        _objects.Add(header.Key, body);
    }

    /// <summary>The collector has it durably that the store has it.</summary>
    public void Folded(ObjectHeader header) => _folded.Add(header.Key);

    /// <summary>All records, by prefix, in key order and within an object in its order.</summary>
    public IEnumerable<(string Prefix, string Record)> Records() =>
        _objects.SelectMany(item => Lines(item.Value).Select(line => (PrefixOf(item.Key), line.Split(' ')[0])));

    private static string PrefixOf(string key) => key[..(key.LastIndexOf('/') + 1)];

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new ModelException(what);
        }
    }

    private void CheckHeader(ObjectHeader header, byte[] body)
    {
        var lines = Lines(body);
        Require(lines.Length == header.Records, $"{header.Key} says {header.Records} records and has {lines.Length}");
        Require(lines.Sum(line => line.Length + 1) == header.Bytes, $"{header.Key} says {header.Bytes} bytes");
        Require(header.Bytes <= maxSize, $"{header.Key} has {header.Bytes} bytes");
        Require(lines[0].Split(' ')[1] == header.FirstTime, $"{header.Key}: firsttime");
        Require(lines[^1].Split(' ')[1] == header.LastTime, $"{header.Key}: lasttime");
    }

    private string[] Lines(byte[] body)
    {
        using Stream raw = new MemoryStream(body);
        using var stream = compression == Compression.Gzip ? new GZipStream(raw, CompressionMode.Decompress) : raw;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}

/// <summary>Something that must hold does not.</summary>
internal sealed class ModelException(string message) : Exception(message);
