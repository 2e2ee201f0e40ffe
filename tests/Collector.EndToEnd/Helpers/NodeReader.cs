using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace Collector.EndToEnd.Helpers;

/// <summary>A record as a plain reading of a node's directories gives it.</summary>
internal sealed record NodeRecord(string Namespace, string Pod, string Uid, string Container, string Time, string Stream, string Log, bool Partial);

/// <summary>
/// Reads what a resting node tree holds, the slow and obvious way: every generation of every run in order, split lines joined.
/// </summary>
internal static partial class NodeReader
{
    public static IEnumerable<NodeRecord> ReadAll(string pods) =>
        Directory.GetDirectories(pods).Order(StringComparer.Ordinal)
            .SelectMany(Directory.GetDirectories)
            .SelectMany(ReadContainer);

    /// <summary>The generations of a run, oldest first; a plain file goes before its <c>.gz</c>, a <c>.tmp</c> is none.</summary>
    public static List<string> Generations(string directory, int run) =>
    [
        .. Directory.GetFiles(directory)
            .Where(f => Path.GetFileName(f).StartsWith($"{run}.log.", StringComparison.Ordinal))
            .Where(f => !f.EndsWith(".tmp", StringComparison.Ordinal))
            .Where(f => !f.EndsWith(".gz", StringComparison.Ordinal) || !File.Exists(f[..^3]))
            .Order(StringComparer.Ordinal),
        Path.Combine(directory, $"{run}.log"),
    ];

    public static IEnumerable<string> ReadLines(string file)
    {
        Stream stream = File.OpenRead(file);
        if (file.EndsWith(".gz", StringComparison.Ordinal)) stream = new GZipStream(stream, CompressionMode.Decompress);
        // Latin-1 keeps every byte, so that a character split between two lines survives the joining.
        using var reader = new StreamReader(stream, Encoding.Latin1);
        while (reader.ReadLine() is { } line) yield return line;
    }

    /// <summary>CRI: <c>time stream tag text</c>.</summary>
    [GeneratedRegex(@"^(?<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{0,8}[1-9])?Z) (?<stream>stdout|stderr) (?<tag>P|F) (?<text>.*)$", RegexOptions.ExplicitCapture | RegexOptions.Singleline)]
    public static partial Regex Cri();

    private static IEnumerable<NodeRecord> ReadContainer(string directory)
    {
        string[] pod = Path.GetFileName(Path.GetDirectoryName(directory)!).Split('_');
        string container = Path.GetFileName(directory);
        IEnumerable<int> runs = Directory.GetFiles(directory).Select(f => int.Parse(Path.GetFileName(f).Split('.')[0])).Distinct().Order();
        return runs.SelectMany(run => ReadRun(Generations(directory, run).SelectMany(ReadLines)))
            .Select(r => new NodeRecord(pod[0], pod[1], pod[2], container, r.Time, r.Stream, r.Log, r.Partial));
    }

    private static IEnumerable<(string Time, string Stream, string Log, bool Partial)> ReadRun(IEnumerable<string> lines)
    {
        var pending = new Dictionary<string, (string Time, StringBuilder Text)>(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            Match m = Cri().Match(line);
            if (!m.Success) throw new InvalidDataException($"Not a CRI line: {line}");
            string stream = m.Groups["stream"].Value;
            (string time, StringBuilder text) = pending.Remove(stream, out var begun) ? begun : (m.Groups["time"].Value, new StringBuilder());
            text.Append(m.Groups["text"].Value);
            if (m.Groups["tag"].Value == "P") pending.Add(stream, (time, text));
            else yield return (time, stream, Decode(text), false);
        }

        foreach ((string stream, (string time, StringBuilder text)) in pending) yield return (time, stream, Decode(text), true);
    }

    private static string Decode(StringBuilder latin) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(latin.ToString()));
}
