using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Collector.ObjectStores;
using Collector.Reading.Layout;

namespace Collector.Reading.Catalog;

/// <summary>A catalog object as it was found: whole, or different from what its key says.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Name">The name in its key.</param>
/// <param name="Sha256">Of its stored bytes, in hexadecimal.</param>
public sealed record CatalogObject(string Key, ObjectName Name, string Sha256)
{
    /// <summary>Null when it is damaged.</summary>
    public CatalogHead? Head { get; private init; }

    /// <summary>In the order of their numbers.</summary>
    public IReadOnlyList<CatalogEntry> Entries { get; private init; } = [];

    /// <summary>What is wrong with it; empty: nothing that the object alone can show.</summary>
    public string Damage { get; private init; } = "";

    /// <summary>A catalog object is closed after a MiB of lines, but its last line may be long: it lists all sources of an object.</summary>
    private const int MostBytes = 16 << 20;

    /// <summary>Fetched ahead: a bucket has thousands.</summary>
    private const int Ahead = 8;

    /// <summary>The catalog objects below a prefix, in the order of their keys, which on one node is the order in which they were made.</summary>
    /// <param name="reader">The store.</param>
    /// <param name="prefix">The catalog's prefix.</param>
    /// <param name="since">Only objects that were made then or later; null: all.</param>
    /// <param name="foreign">Receives keys that do not belong to a catalog.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async IAsyncEnumerable<CatalogObject> ReadAllAsync(
        IObjectReader reader, string prefix, DateTimeOffset? since, Action<string> foreign, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var last = "";
        var ahead = new Queue<Task<CatalogObject>>();
        await foreach (var page in reader.PagesAsync(QueryOf(prefix, since), cancellation).ConfigureAwait(false))
        {
            foreach (var stored in page.Objects.OrderBy(stored => stored.Key, StringComparer.Ordinal))
            {
                // Pages may overlap, and a key that is listed twice is one object.
                if (string.CompareOrdinal(stored.Key, last) <= 0)
                    continue;
                last = stored.Key;
                if (ObjectName.Find(stored.Key) is { Instance.Length: > 0 } name)
                    ahead.Enqueue(Task.Run(() => ReadAsync(reader, stored, name, cancellation), cancellation));
                else
                    foreign(stored.Key);
                if (ahead.Count == Ahead)
                    yield return await ahead.Dequeue().ConfigureAwait(false);
            }
        }

        while (ahead.TryDequeue(out var next))
            yield return await next.ConfigureAwait(false);
    }

    /// <summary>The number of catalog objects; null if there are more than <paramref name="most"/>.</summary>
    internal static async Task<int?> CountAsync(IObjectReader reader, string prefix, DateTimeOffset? since, int most, CancellationToken cancellation)
    {
        var count = 0;
        await foreach (var page in reader.PagesAsync(QueryOf(prefix, since), cancellation).ConfigureAwait(false))
        {
            count += page.Objects.Count;
            if (count > most)
                return null;
        }

        return count;
    }

    private static ObjectQuery QueryOf(string prefix, DateTimeOffset? since) => new(prefix)
    {
        StartAfter = since is { } time ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{prefix}{time.UtcDateTime:yyyy-MM-dd}/{time.ToUnixTimeMilliseconds():D13}") : "",
    };

    private static async Task<CatalogObject> ReadAsync(IObjectReader reader, StoredObject stored, ObjectName name, CancellationToken cancellation)
    {
        if (stored.Length > MostBytes)
            return new CatalogObject(stored.Key, name, "") { Damage = "it is too large for a catalog object" };
        using var body = new MemoryStream();
        await using (var from = await reader.OpenAsync(stored.Key, 0, cancellation).ConfigureAwait(false))
            await from.CopyToAsync(body, cancellation).ConfigureAwait(false);
        var bytes = body.GetBuffer().AsMemory(0, (int)body.Length);
        var found = new CatalogObject(stored.Key, name, Convert.ToHexStringLower(SHA256.HashData(bytes.Span)));
        try
        {
            return found.Parse(Decode(body));
        }
        catch (InvalidDataException e)
        {
            return found with { Damage = e.Message };
        }
    }

    private static byte[] Decode(MemoryStream body)
    {
        body.Position = 0;
        using var text = new MemoryStream();
        using var gzip = new GZipStream(body, CompressionMode.Decompress);
        var block = new byte[64 * 1024];
        for (int got; (got = Read(gzip, block)) > 0;)
        {
            text.Write(block, 0, got);
            if (text.Length > MostBytes)
                throw new InvalidDataException("it is too large for a catalog object");
        }

        return text.ToArray();
    }

    private static int Read(GZipStream gzip, byte[] block)
    {
        try
        {
            return gzip.Read(block);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException("it is not gzip, or its compressed bytes are damaged", e);
        }
    }

    /// <param name="number">Of the line in its object, from 1.</param>
    /// <param name="line">The line.</param>
    /// <param name="parse">Throws the JSON reader's exceptions.</param>
    private static T ParseLine<T>(int number, ReadOnlyMemory<byte> line, Func<ReadOnlyMemory<byte>, T> parse)
    {
        try
        {
            return parse(line);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException or IndexOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException($"its line {number} is not what the collector writes there", e);
        }
    }

    private CatalogObject Parse(byte[] text)
    {
        List<ReadOnlyMemory<byte>> lines = [];
        for (int at = 0, end; at < text.Length; at = end + 1)
        {
            end = Array.IndexOf(text, (byte)'\n', at);
            if (end < 0)
                throw new InvalidDataException("its last line has no end");
            lines.Add(text.AsMemory(at, end - at));
        }

        if (lines.Count == 0)
            throw new InvalidDataException("it is empty");
        var head = ParseLine(1, lines[0], CatalogHead.Parse);
        List<CatalogEntry> entries = [.. lines.Skip(1).Select((line, i) => ParseLine(i + 2, line, CatalogEntry.Parse))];
        if (entries.Count != head.To - head.From || entries.Where((entry, i) => entry.Number != head.From + i).Any())
            throw new InvalidDataException($"it lacks some of the lines {head.From} to {head.To}");
        if (head.Instance != Name.Instance || head.Made != Name.OpenedAt)
            throw new InvalidDataException($"it is catalog object {head.Number} of node {head.Node}, made at {head.Made:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}, but its key names another one");
        return this with { Head = head, Entries = entries };
    }
}
