using System.Text;
using System.Text.Json;
using Collector.Testing.Oracle;

namespace Collector.EndToEnd.Harness;

/// <summary>Reads what is stored, for tests that look at single records.</summary>
internal static class StoredRecords
{
    /// <summary>The objects under a directory, in key order, relative to it.</summary>
    public static IReadOnlyList<string> Keys(string objects) =>
    [
        .. Directory.EnumerateFiles(objects, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetFileName(f)[0] != '.')
            .Select(f => Path.GetRelativePath(objects, f))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The decoded lines of all objects, in key order.</summary>
    public static IReadOnlyList<string> Lines(string objects) => [.. Keys(objects).SelectMany(key => LinesOf(objects, key))];

    /// <summary>The decoded lines of one object; every one ends in a newline.</summary>
    public static IReadOnlyList<string> LinesOf(string objects, string key)
    {
        string text = Encoding.UTF8.GetString(Body(objects, key));
        return text.EndsWith('\n') ? text.Split('\n')[..^1] : throw new InvalidDataException($"{key} does not end in a newline.");
    }

    public static byte[] Body(string objects, string key)
    {
        string extension = Path.GetExtension(key).TrimStart('.');
        using Stream body = ObjectBody.Open(Path.Combine(objects, key), extension is "jsonl" or "log" ? "" : extension);
        using var copy = new MemoryStream();
        body.CopyTo(copy);
        return copy.ToArray();
    }

    /// <summary>All records of format json.</summary>
    public static IReadOnlyList<JsonElement> All(string objects) => [.. Lines(objects).Select(l => JsonSerializer.Deserialize<JsonElement>(l))];

    /// <summary>Their <c>log</c>s.</summary>
    public static IReadOnlyList<string> Texts(string objects) => [.. All(objects).Select(r => r.GetProperty("log").GetString()!)];
}
