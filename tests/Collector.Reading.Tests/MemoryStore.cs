using System.Collections.Concurrent;
using System.Text;
using Collector.ObjectStores;
using Collector.Pipeline.Buffer.Compressors;
using Collector.Pipeline.Records;

namespace Collector.Reading.Tests;

/// <summary>A store in memory that counts what it is asked, and can be as bad as stores are.</summary>
internal sealed class MemoryStore : IObjectReader
{
    public const int PageSize = 1000;

    private readonly SortedDictionary<string, (byte[] Body, DateTimeOffset Modified)> _objects = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private string[]? _keys;

    public ConcurrentQueue<string> Requests { get; } = new();

    public long BytesRead;

    /// <summary>What comes in the place of an answer, asked for each request.</summary>
    public Func<string, Exception?> Trouble { get; set; } = _ => null;

    /// <summary>So many bytes of a body arrive before it breaks off, by request.</summary>
    public Func<string, long?> BreaksAfter { get; set; } = _ => null;

    /// <summary>Bodies never come.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Lists come backwards and each key twice.</summary>
    public bool IsUnordered { get; set; }

    public string Description => "memory";

    public IReadOnlyList<string> Keys => [.. _objects.Keys];

    public void Put(string key, byte[] body, DateTimeOffset? modified = null)
    {
        lock (_lock)
        {
            _objects[key] = (body, modified ?? DateTimeOffset.UtcNow);
            _keys = null;
        }
    }

    public void Delete(string key)
    {
        lock (_lock)
        {
            _objects.Remove(key);
            _keys = null;
        }
    }

    public byte[] Body(string key) => _objects[key].Body;

    public Task<ObjectPage> ListAsync(ObjectQuery query, CancellationToken cancellationToken)
    {
        Ask($"LIST {query.Prefix}{(query.StartAfter.Length > 0 ? $" after {query.StartAfter}" : "")}{(query.Continuation is null ? "" : " …")}");
        lock (_lock)
        {
            _keys ??= [.. _objects.Keys];
            var after = query.Continuation ?? query.StartAfter;
            var start = Array.BinarySearch(_keys, string.CompareOrdinal(after, query.Prefix) > 0 ? after : query.Prefix, StringComparer.Ordinal);
            List<StoredObject> objects = [];
            List<string> directories = [];
            var last = "";
            for (var i = start < 0 ? ~start : start; i < _keys.Length && _keys[i].StartsWith(query.Prefix, StringComparison.Ordinal); i++)
            {
                if (string.CompareOrdinal(_keys[i], after) <= 0)
                    continue;
                var slash = query.IsByDirectory ? _keys[i].IndexOf('/', query.Prefix.Length) : -1;
                if (slash >= 0 && directories.Count > 0 && directories[^1] == _keys[i][..(slash + 1)])
                    continue;
                if (objects.Count + directories.Count == PageSize)
                    return Task.FromResult(Page(objects, directories, last));
                if (slash >= 0)
                    directories.Add(_keys[i][..(slash + 1)]);
                else
                    objects.Add(new StoredObject(_keys[i], _objects[_keys[i]].Body.Length, _objects[_keys[i]].Modified));
                last = slash >= 0 ? directories[^1] + char.MaxValue : _keys[i];
            }

            return Task.FromResult(Page(objects, directories, null));
        }
    }

    public Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken)
    {
        var request = $"GET {key} from {offset}";
        Ask(request);
        lock (_lock)
        {
            if (!_objects.TryGetValue(key, out var found))
                throw new StoreReadException(ReadTrouble.NotFound, "no such key");
            return Task.FromResult<Stream>(new CountedBody(this, found.Body.AsMemory((int)Math.Min(offset, found.Body.Length)), BreaksAfter(request)));
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ObjectPage Page(List<StoredObject> objects, List<string> directories, string? next) =>
        IsUnordered ? new ObjectPage([.. Enumerable.Reverse(objects), .. objects], directories, next) : new ObjectPage(objects, directories, next);

    private void Ask(string request)
    {
        Requests.Enqueue(request);
        if (Trouble(request) is { } trouble)
            throw trouble;
    }

    private sealed class CountedBody(MemoryStore store, ReadOnlyMemory<byte> bytes, long? breaksAfter) : MemoryStream(bytes.ToArray())
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            if (Position >= breaksAfter)
                throw new StoreReadException(ReadTrouble.Unavailable, "the line broke");
            var got = base.Read(buffer, offset, breaksAfter is { } end ? (int)Math.Min(count, end - Position) : count);
            Interlocked.Add(ref store.BytesRead, got);
            return got;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (store.IsSilent)
                return new ValueTask<int>(Task.Delay(Timeout.Infinite, cancellationToken).ContinueWith<int>(_ => throw new OperationCanceledException(cancellationToken), TaskScheduler.Default));
            var block = new byte[buffer.Length];
            var got = Read(block, 0, block.Length);
            block.AsSpan(0, got).CopyTo(buffer.Span);
            return ValueTask.FromResult(got);
        }
    }
}

/// <summary>Makes objects as the agent does.</summary>
internal static class Objects
{
    public static readonly DateTimeOffset Start = new(2026, 11, 20, 10, 0, 0, TimeSpan.Zero);

    public static string Key(string space, string pod, string container, DateTimeOffset opened, string node = "node-1", string extension = ".jsonl.gz", int chunk = 0) =>
        $"persisted-logs/namespace-{space}.pod-{pod}.cont-{container}/{opened.ToUnixTimeMilliseconds():D13}-{node}-{chunk:x12}0a1b2c3d{extension}";

    public static string Record(
        DateTimeOffset time, string text, string space = "shop", string pod = "cart-1", string container = "app", int restart = 0, string uid = "u1", string owner = "", string stream = "stdout", string labels = "") =>
        $$$"""{"time":"{{{time.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'}}}","stream":"{{{stream}}}","log":{{{System.Text.Json.JsonSerializer.Serialize(text)}}},"log_type":"application","hostname":"node-1","kubernetes":{"namespace_name":"{{{space}}}","pod_name":"{{{pod}}}","pod_id":"{{{uid}}}","container_name":"{{{container}}}","restart_count":{{{restart}}}"""
        + (owner.Length > 0 ? $",\"owner_kind\":\"Deployment\",\"owner_name\":\"{owner}\"" : "") + (labels.Length > 0 ? $",\"labels\":{labels}" : "") + "}}";

    public static byte[] Compress(Compression compression, string text) => Compress(compression, Encoding.UTF8.GetBytes(text));

    public static byte[] Compress(Compression compression, byte[] text)
    {
        using var to = new MemoryStream();
        using (var body = BodyCompressor.Open(compression, 0, to, text.Length))
            body.Write(text);
        return to.ToArray();
    }

    /// <summary>As the agent does it: records end behind each of these pieces.</summary>
    public static byte[] Compress(Compression compression, IReadOnlyCollection<string> records)
    {
        using var to = new MemoryStream();
        using (var body = BodyCompressor.Open(compression, 0, to, records.Sum(Encoding.UTF8.GetByteCount)))
        {
            foreach (var record in records)
            {
                body.Write(Encoding.UTF8.GetBytes(record));
                body.EndRecords();
            }
        }

        return to.ToArray();
    }

    /// <summary>gzip, lines joined by newlines.</summary>
    public static byte[] Body(params IEnumerable<string> lines) => Compress(Compression.Gzip, string.Concat(lines.Select(line => line + "\n")));
}
