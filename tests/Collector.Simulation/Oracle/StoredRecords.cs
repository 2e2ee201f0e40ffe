using System.Text;
using System.Text.Json;
using Collector.Simulation.Agent;

namespace Collector.Simulation.Oracle;

/// <summary>A record as a store has it.</summary>
internal sealed record StoredRecord(string Prefix, string Text);

/// <summary>What one store has, in the order of its keys.</summary>
internal static class StoredRecords
{
    public static List<StoredRecord> Of(MemoryStore store, List<Finding> findings)
    {
        var all = new List<StoredRecord>();
        foreach (var (key, body) in store.Objects)
        {
            var prefix = key[..(key.LastIndexOf('/') + 1)];
            foreach (var line in Encoding.UTF8.GetString(body).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                if (TextOf(line) is { } text)
                {
                    all.Add(new StoredRecord(prefix, text));
                }
                else
                {
                    findings.Add(new Finding(FailureKind.Damaged, $"{key} holds no record: {line}"));
                }
            }
        }

        return all;
    }

    private static string? TextOf(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.GetProperty("log").GetString();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException)
        {
            return null;
        }
    }
}
