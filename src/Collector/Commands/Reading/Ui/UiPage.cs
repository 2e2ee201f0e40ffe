using System.Collections.Frozen;

namespace Collector.Commands.Reading.Ui;

/// <summary>The page's files, which are in the program.</summary>
internal static class UiPage
{
    private static readonly FrozenDictionary<string, (string Type, byte[] Body)> Files = new Dictionary<string, (string, byte[])>(StringComparer.Ordinal)
    {
        ["/"] = ("text/html; charset=utf-8", Read("ui.html")),
        ["/ui.css"] = ("text/css; charset=utf-8", Read("ui.css")),
        ["/ui.js"] = ("text/javascript; charset=utf-8", Read("ui.js")),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Null for any other path.</summary>
    public static (string Type, byte[] Body)? Find(string path) => Files.TryGetValue(path, out var file) ? file : null;

    /// <summary>By the names that the project file gives them.</summary>
    private static byte[] Read(string name)
    {
        using var from = typeof(UiPage).Assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[from.Length];
        from.ReadExactly(bytes);
        return bytes;
    }
}
