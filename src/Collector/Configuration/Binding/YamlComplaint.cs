using YamlDotNet.Core;

namespace Collector.Configuration.Binding;

/// <summary>Explains what is wrong with a text that is not YAML, at the place where a person would correct it.</summary>
internal static class YamlComplaint
{
    public static Mistake Of(string text, string file, YamlException error)
    {
        // The parser reports a tab only after it is lost because of it, some lines before or after.
        if (error.Message.Contains("tab", StringComparison.Ordinal) && LineWithTab(text, (int)error.Start.Line) is { } line)
            return new Mistake(file, line, "is not YAML: the line begins with a tab", "write spaces, YAML knows no other indentation");

        // The parser finds a missing end at the end of the text, but it must be corrected at the beginning of the value.
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
