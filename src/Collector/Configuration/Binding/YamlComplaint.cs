using System.Text.RegularExpressions;
using YamlDotNet.Core;

namespace Collector.Configuration.Binding;

/// <summary>Explains what is wrong with a text that is not YAML, at the place where a person would correct it.</summary>
internal static partial class YamlComplaint
{
    public static Mistake Of(string text, string file, YamlException error)
    {
        // The parser reports a tab only after it is lost because of it, some lines before or after.
        if (error.Message.Contains("tab", StringComparison.Ordinal) && LineWithTab(text, (int)error.Start.Line) is { } tabbed)
            return new Mistake(file, tabbed, "is not YAML: the line begins with a tab", "write spaces, YAML knows no other indentation");

        // The parser finds a missing end at the end of the text, but it must be corrected at the beginning of the value.
        var lines = text.Split('\n');
        var isAtStart = Array.Exists(["end of stream", "quoted scalar"], part => error.Message.Contains(part, StringComparison.Ordinal));
        var line = (int)(isAtStart ? error.Start : error.End).Line;

        // A key without a blank behind its colon is a text to the parser, which stumbles at the next key.
        if (error.Message.Contains("multiline plain", StringComparison.Ordinal) && line > 1 && KeyWithoutBlank().IsMatch(lines[line - 2]))
            line--;
        return new Mistake(file, line, $"is not YAML: {error.Message.TrimEnd('.')}", Fix(error.Message, lines.ElementAtOrDefault(line - 1) ?? ""));
    }

    /// <summary>By the parser's words, which say where it stopped, and by the line, which says more often what the person meant.</summary>
    private static string Fix(string message, string line) => message switch
    {
        _ when message.Contains("escape", StringComparison.Ordinal) => "write \\\\ for a backslash, or single quotes around the text",
        _ when message.Contains("quoted scalar", StringComparison.Ordinal) => "close the quote that begins here",
        _ when message.Contains("second document", StringComparison.Ordinal) => "keep one document, and remove the --- between them",
        _ when message.Contains("anchor", StringComparison.Ordinal) => "write & and the name at the value that is meant, or quotes around a text that begins with *",
        _ when message.Contains("levels", StringComparison.Ordinal) => "write fewer levels",
        _ when message.Contains("a key must be", StringComparison.Ordinal) => "write a single text before the colon",
        _ when message.Contains("cannot start any token", StringComparison.Ordinal) => "put quotes around a text that begins with @, ` or %",
        _ when message.Contains("not allowed in this context", StringComparison.Ordinal) => "begin the list on a line of its own, below its key",
        _ when BracketsWithVariable().IsMatch(line) => "put quotes around ${…}: inside { } and [ ] its brace ends the value",
        _ when message.Contains("flow", StringComparison.Ordinal) || message.Contains("no end", StringComparison.Ordinal) => "close each { and [, and put commas between the items",
        _ when KeyWithoutBlank().IsMatch(line) => "write a blank after the colon, as in name: value",
        _ when message.Contains("invalid mapping", StringComparison.Ordinal) && line.Split(": ").Length > 2 => "put quotes around a value that has a colon and a blank in it",
        _ => "give the keys of one mapping, and the items of one list, the same indentation",
    };

    [GeneratedRegex(@"[{\[].*[^""']\$\{")]
    private static partial Regex BracketsWithVariable();

    [GeneratedRegex(@"^\s*(- +)*[A-Za-z][A-Za-z0-9_.-]*:[^\s]")]
    private static partial Regex KeyWithoutBlank();

    /// <summary>From 1; the first from a line on, else of all.</summary>
    private static int? LineWithTab(string text, int from)
    {
        var lines = text.Split('\n');
        var found = Enumerable.Range(1, lines.Length).Where(number => IsIndentedByTab(lines[number - 1])).ToList();
        return found.Count == 0 ? null : found.Find(number => number >= from) is > 0 and var near ? near : found[0];
    }

    private static bool IsIndentedByTab(string line) => line[..^line.TrimStart(' ', '\t').Length].Contains('\t');
}
