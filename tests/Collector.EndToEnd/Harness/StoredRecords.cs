using System.Text;
using System.Text.Json;
using Collector.Testing.Oracle;

namespace Collector.EndToEnd.Harness;

/// <summary>Reads what is stored, for tests that look at single records.</summary>
internal static class StoredRecords
{
    /// <summary>The objects with records under a directory, in key order, relative to it.</summary>
    public static IReadOnlyList<string> Keys(string objects) => [.. AllKeys(objects).Where(key => !IsCatalogs(key))];

    /// <summary>The objects that say what was delivered.</summary>
    public static IReadOnlyList<string> CatalogKeys(string objects) => [.. AllKeys(objects).Where(IsCatalogs)];

    /// <summary>The decoded lines of all objects, in key order.</summary>
    public static IReadOnlyList<string> Lines(string objects) => [.. Keys(objects).SelectMany(key => LinesOf(objects, key))];

    /// <summary>The decoded lines of one object; every one ends in a newline.</summary>
    public static IReadOnlyList<string> LinesOf(string objects, string key) => LinesOfFile(Path.Combine(objects, key), key);

    /// <summary>The decoded lines of the object of a key, whose file may have another name.</summary>
    public static IReadOnlyList<string> LinesOfFile(string file, string key)
    {
        string text = Encoding.UTF8.GetString(BodyOfFile(file, key));
        return text.EndsWith('\n') ? text.Split('\n')[..^1] : throw new InvalidDataException($"{key} does not end in a newline.");
    }

    public static byte[] Body(string objects, string key) => BodyOfFile(Path.Combine(objects, key), key);

    /// <summary>All records of format json.</summary>
    public static IReadOnlyList<JsonElement> All(string objects) => [.. Lines(objects).Select(l => JsonSerializer.Deserialize<JsonElement>(l))];

    /// <summary>Their <c>log</c>s.</summary>
    public static IReadOnlyList<string> Texts(string objects) => [.. Lines(objects).Select(TextOf)];

    /// <summary>The <c>log</c> of a record of format json.</summary>
    public static string TextOf(string line) => JsonSerializer.Deserialize<JsonElement>(line).GetProperty("log").GetString()!;

    private static bool IsCatalogs(string key) => key.Contains("_catalog/", StringComparison.Ordinal);

    private static IEnumerable<string> AllKeys(string objects) =>
        Directory.EnumerateFiles(objects, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetFileName(f)[0] != '.')
            .Select(f => Path.GetRelativePath(objects, f))
            .Order(StringComparer.Ordinal);

    private static byte[] BodyOfFile(string file, string key)
    {
        string extension = Path.GetExtension(key).TrimStart('.');
        using Stream body = ObjectBody.Open(file, extension is "jsonl" or "log" ? "" : extension);
        using var copy = new MemoryStream();
        body.CopyTo(copy);
        return copy.ToArray();
    }
}
