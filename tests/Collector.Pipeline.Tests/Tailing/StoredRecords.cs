using System.Text;
using System.Text.Json;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>A record as it was stored, with the parts that tests look at.</summary>
internal sealed record StoredRecord(string Prefix, string Json, string Log, string Stream, string Time)
{
    public string Uid { get; init; } = "";

    public string Container { get; init; } = "";

    public bool IsTruncated { get; init; }

    public bool IsPartial { get; init; }

    public bool IsUnparsed { get; init; }

    public int Restart { get; init; }

    public string ContainerId { get; init; } = "";
}

/// <summary>All records of one output in the order of its objects; no two, under whatever prefixes, have the same container, stream and text.</summary>
internal sealed class StoredRecords
{
    public required List<StoredRecord> All { get; init; }

    /// <summary>Texts of both streams, in order.</summary>
    public List<string> Logs => All.ConvertAll(r => r.Log);

    public static StoredRecords Parse(IEnumerable<(string Prefix, byte[] Body)> bodies)
    {
        var all = new List<StoredRecord>();
        foreach (var (prefix, body) in bodies)
        {
            all.AddRange(ParseBody(prefix, body));
        }

        var twice = all.GroupBy(r => (r.Uid, r.Container, r.Stream, r.Log)).Where(g => g.Count() > 1).ToList();
        Assert.True(twice.Count == 0, $"stored twice: {string.Join("; ", twice.Take(5).Select(g => $"{string.Join(" and ", g.Select(r => r.Prefix).Distinct())} {g.Key.Stream} {g.Key.Log[..Math.Min(g.Key.Log.Length, 40)]}"))}");
        return new StoredRecords { All = all };
    }

    public static IEnumerable<StoredRecord> ParseBody(string prefix, byte[] body) =>
        Encoding.UTF8.GetString(body).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Parse(prefix, line));

    public List<string> Of(KubeletLog log) => All.Where(r => r.Prefix == log.Prefix).Select(r => r.Log).ToList();

    public List<string> Of(KubeletLog log, string stream) => All.Where(r => r.Prefix == log.Prefix && r.Stream == stream).Select(r => r.Log).ToList();

    public StoredRecord Single(string log) => Assert.Single(All, r => r.Log == log);

    private static StoredRecord Parse(string prefix, string line)
    {
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        var kubernetes = root.TryGetProperty("kubernetes", out var k) ? k : default;
        return new StoredRecord(prefix, line, Text(root, "log"), Text(root, "stream"), Text(root, "time"))
        {
            Uid = Text(kubernetes, "pod_id"),
            Container = Text(kubernetes, "container_name"),
            IsTruncated = root.TryGetProperty("truncated", out _),
            IsPartial = root.TryGetProperty("partial", out _),
            IsUnparsed = root.TryGetProperty("unparsed", out _),
            Restart = kubernetes.ValueKind == JsonValueKind.Object && kubernetes.TryGetProperty("restart_count", out var restart) ? restart.GetInt32() : 0,
            ContainerId = Text(kubernetes, "docker_id"),
        };
    }

    private static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value.ToString() : "";
}
