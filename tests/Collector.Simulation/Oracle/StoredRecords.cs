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
        foreach (var (key, body) in store.Objects.Where(o => !CatalogJudgement.IsCatalogs(o.Key)))
        {
            var prefix = key[..(key.LastIndexOf('/') + 1)];
            foreach (var range in body.AsSpan().Split((byte)'\n'))
            {
                var line = body.AsSpan()[range];
                if (line.Length == 0)
                {
                    continue;
                }

                if (TextOf(line) is { } text)
                {
                    all.Add(new StoredRecord(prefix, text));
                }
                else
                {
                    findings.Add(new Finding(FailureKind.Damaged, $"{key} holds no record: {Encoding.UTF8.GetString(line)}"));
                }
            }
        }

        return all;
    }

    /// <summary>The line is one JSON object, to its end, with a text.</summary>
    private static string? TextOf(ReadOnlySpan<byte> line)
    {
        try
        {
            string? text = null;
            var json = new Utf8JsonReader(line);
            while (json.Read())
            {
                if (json.CurrentDepth == 1 && json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("log"u8))
                {
                    json.Read();
                    text = json.GetString();
                }
            }

            return text;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
