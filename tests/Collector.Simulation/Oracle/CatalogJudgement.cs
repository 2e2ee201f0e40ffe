using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Collector.Simulation.Agent;

namespace Collector.Simulation.Oracle;

/// <summary>
/// What a catalog says equals what is there: every object has one line, every line its object, numbers without a gap, each
/// catalog object the hash of the one before it, and no byte of a source is left out without a line that says why. Reads the objects as a stranger would, with nothing of the product.
/// </summary>
internal sealed class CatalogJudgement(MemoryStore store, string output, List<Finding> findings)
{
    public const string Prefix = "_catalog/";

    private readonly Dictionary<long, string> _keys = [];
    private readonly Dictionary<string, List<(long From, long To)>> _intervals = new(StringComparer.Ordinal);

    /// <summary>Dropped, skipped or lost.</summary>
    private readonly Dictionary<string, List<(long From, long To)>> _explained = new(StringComparer.Ordinal);

    public static bool IsCatalogs(string key) => key.StartsWith(Prefix, StringComparison.Ordinal);

    public void Run()
    {
        var hashes = new Dictionary<long, string>();
        foreach (var (key, body) in store.Objects.Where(o => IsCatalogs(o.Key)).OrderBy(o => o.Key, StringComparer.Ordinal))
        {
            var lines = TextOf(body).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            using var head = JsonDocument.Parse(lines[0]);
            var number = head.RootElement.GetProperty("catalog").GetInt64();
            var previous = head.RootElement.GetProperty("previous").GetString();
            if (!hashes.TryAdd(number, Convert.ToHexStringLower(SHA256.HashData(body))))
            {
                Find(FailureKind.Twice, $"{key} is catalog object {number} once more");
            }

            if (previous != hashes.GetValueOrDefault(number - 1))
            {
                Find(FailureKind.Damaged, $"{key} does not name the catalog object before it");
            }

            foreach (var line in lines.Skip(1))
            {
                Take(key, line);
            }
        }

        for (var number = 0; number < _keys.Count; number++)
        {
            if (!_keys.ContainsKey(number))
            {
                Find(FailureKind.Lost, $"line {number} of {_keys.Count} in the catalog");
            }
        }

        foreach (var key in store.Objects.Keys.Where(k => !IsCatalogs(k)).Except(_keys.Values, StringComparer.Ordinal))
        {
            Find(FailureKind.Lost, $"no line of the catalog tells of {key}");
        }

        foreach (var (generation, intervals) in _intervals)
        {
            intervals.Sort();
            for (var i = 1; i < intervals.Count; i++)
            {
                if (intervals[i].From < intervals[i - 1].To)
                {
                    Find(FailureKind.Twice, $"the catalog has bytes {intervals[i].From} to {intervals[i - 1].To} of generation {generation} in two objects");
                }
            }

            FindGaps(generation, intervals);
        }
    }

    private void FindGaps(string generation, List<(long From, long To)> delivered)
    {
        long at = 0;
        foreach (var (from, to) in delivered.Concat(_explained.GetValueOrDefault(generation, [])).Order())
        {
            if (from > at)
            {
                Find(FailureKind.Lost, $"no line of the catalog has bytes {at} to {from} of generation {generation}");
            }

            at = Math.Max(at, to);
        }
    }

    private static void Add(Dictionary<string, List<(long From, long To)>> to, JsonElement line)
    {
        foreach (var source in line.GetProperty("sources").EnumerateArray())
        {
            var generation = source.GetProperty("generation").GetString()!;
            if (!to.TryGetValue(generation, out var intervals))
            {
                to.Add(generation, intervals = []);
            }

            intervals.AddRange(source.GetProperty("intervals").EnumerateArray().Select(i => (i[0].GetInt64(), i[1].GetInt64())));
        }
    }

    private static string TextOf(byte[] body)
    {
        using var text = new StreamReader(new GZipStream(new MemoryStream(body), CompressionMode.Decompress));
        return text.ReadToEnd();
    }

    private void Take(string catalog, string text)
    {
        using var line = JsonDocument.Parse(text);
        var number = line.RootElement.GetProperty("line").GetInt64();
        var key = line.RootElement.TryGetProperty("key", out var named) ? named.GetString()! : "";
        if (!_keys.TryAdd(number, key))
        {
            Find(FailureKind.Twice, $"line {number} of the catalog, in {catalog}");
        }

        if (line.RootElement.TryGetProperty("ended", out _) || line.RootElement.TryGetProperty("lost_files", out _))
        {
            return;
        }

        if (key.Length == 0 || line.RootElement.TryGetProperty("dropped", out _))
        {
            Add(_explained, line.RootElement);
            return;
        }

        if (!store.Objects.TryGetValue(key, out var body))
        {
            Find(FailureKind.Lost, $"{key}, of which line {number} of the catalog tells, is not there");
            return;
        }

        var records = body.AsSpan().Count((byte)'\n');
        if (records != line.RootElement.GetProperty("records").GetInt64() || body.Length != line.RootElement.GetProperty("stored_bytes").GetInt64())
        {
            Find(FailureKind.Damaged, $"{key} has {records} records in {body.Length} bytes, and the catalog says: {text}");
        }

        foreach (var stream in (string[])["stdout", "stderr"])
        {
            var isTold = line.RootElement.TryGetProperty("streams", out var streams) && streams.EnumerateArray().Any(s => s.GetString() == stream);
            if (isTold != (body.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes($"\"stream\":\"{stream}\"")) >= 0))
            {
                Find(FailureKind.Damaged, $"{key} has records of {stream} or has none, and the catalog says otherwise: {text}");
            }
        }

        if (line.RootElement.GetProperty("members").EnumerateArray().First().GetProperty("offset").GetInt64() != 0)
        {
            Find(FailureKind.Damaged, $"{key} begins with its first member, and the catalog says otherwise: {text}");
        }

        if (line.RootElement.GetProperty("crc32c").GetString() != Crc32COf(body))
        {
            Find(FailureKind.Damaged, $"{key} has another checksum than the catalog says");
        }

        Add(_intervals, line.RootElement);
    }

    /// <summary>Castagnoli's polynomial, bit by bit: another way than the product's.</summary>
    private static string Crc32COf(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
            }
        }

        return (~crc).ToString("x8");
    }

    private void Find(FailureKind kind, string what) => findings.Add(new Finding(kind, $"{output}: {what}"));
}
