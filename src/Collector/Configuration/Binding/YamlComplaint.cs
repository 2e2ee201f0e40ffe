using YamlDotNet.Core;

namespace Collector.Configuration.Binding;

/// <summary>What is wrong with a text that is no YAML, where a person finds it.</summary>
internal static class YamlComplaint
{
    public static Mistake Of(string text, string file, YamlException error)
    {
        // The parser notices a tab when it has lost its way because of it, lines before or behind.
        if (error.Message.Contains("tab", StringComparison.Ordinal) && LineWithTab(text, (int)error.Start.Line) is { } line)
            return new Mistake(file, line, "is not YAML: the line begins with a tab", "write spaces, YAML knows no other indentation");

        // What is not ended is found at the end, and is to be mended where it begins.
        var at = error.Message.Contains("end of stream", StringComparison.Ordinal) ? error.Start : error.End;
        return new Mistake(file, (int)at.Line, $"is not YAML: {error.Message.TrimEnd('.')}", "write valid YAML, with quotes around ${…} inside { }");
    }

    /// <summary>From 1; the first from a line on, else of all.</summary>
    private static int? LineWithTab(string text, int from)
    {
        var lines = text.Split('\n');
        var found = Enumerable.Range(1, lines.Length).Where(number => IsIndentedByTab(lines[number - 1])).ToList();
        return found.Count == 0 ? null : found.Find(number => number >= from) is > 0 and var near ? near : found[0];
    }

    private static bool IsIndentedByTab(string line) => line[..^line.TrimStart(' ', '\t').Length].Contains('\t');
}
