using System.Text.Encodings.Web;
using System.Text.Json;
using Collector.Testing.Oracle;

namespace Collector.Torture;

/// <summary>Shows a person what lies in the store.</summary>
internal static class Showcase
{
    private const int ShownPrefixes = 6, ShownObjects = 2, ShownRecords = 2, ShownLog = 200;

    private static readonly JsonSerializerOptions Pretty = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The first objects of the first prefixes, as a tree.</summary>
    public static void PrintTree(string objects)
    {
        var prefixes = Directory.EnumerateFiles(objects, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetFileName(f)[0] != '.')
            .GroupBy(f => Path.GetRelativePath(objects, Path.GetDirectoryName(f)!), StringComparer.Ordinal)
            .OrderBy(g => g.Key, StringComparer.Ordinal).ToList();
        Console.WriteLine("\nobjects/");
        foreach (var prefix in prefixes.Take(ShownPrefixes))
        {
            Console.WriteLine($"  {prefix.Key}/");
            foreach (string file in prefix.Order(StringComparer.Ordinal).Take(ShownObjects))
                Console.WriteLine($"    {Path.GetFileName(file)}  {new FileInfo(file).Length:N0} bytes");
            if (prefix.Count() > ShownObjects) Console.WriteLine($"    … {prefix.Count() - ShownObjects} more");
        }

        if (prefixes.Count > ShownPrefixes) Console.WriteLine($"  … {prefixes.Count - ShownPrefixes} more prefixes");
    }

    /// <summary>The first records of an object, decoded and indented.</summary>
    public static void PrintObject(string objects, string key)
    {
        if (!ObjectKey.TryParse(key, out ObjectKey? parsed)) return;
        Console.WriteLine($"\n{parsed!.Name}:");
        using Stream body = ObjectBody.Open(Path.Combine(objects, key), parsed.Compression);
        using var lines = new StreamReader(body);
        for (int i = 0; i < ShownRecords && lines.ReadLine() is { } line; i++)
        {
            string shown = JsonSerializer.Serialize(JsonDocument.Parse(line), Pretty);
            foreach (string row in shown.Split('\n')) Console.WriteLine(row.Length > ShownLog ? $"  {row[..ShownLog]}…" : $"  {row}");
        }
    }
}
