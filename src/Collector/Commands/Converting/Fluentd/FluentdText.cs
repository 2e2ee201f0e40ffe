using System.Text.RegularExpressions;

namespace Collector.Commands.Converting.Fluentd;

/// <summary>Reads the configuration of Fluentd and td-agent into elements. Includes are read from beside the file that names them.</summary>
internal sealed partial class FluentdText
{
    private readonly Stack<string> reading = [];

    /// <summary>The elements at the top.</summary>
    public static IReadOnlyList<FluentdElement> Read(string file)
    {
        var root = new FluentdElement("", "", new Spot(file, 0));
        new FluentdText().Include(file, root, root.At);
        return root.Elements.Count > 0 ? root.Elements : throw new ConvertException(file, "the file is empty: it has no source and no match");
    }

    private void Include(string file, FluentdElement into, Spot from)
    {
        var path = file == "-" ? file : Path.GetFullPath(file);
        if (reading.Contains(path))
            throw new ConvertException(from, $"the include of {file} leads back to itself");
        reading.Push(path);
        Parse(InputText.Read(file), file, into);
        reading.Pop();
    }

    private void Parse(string text, string file, FluentdElement root)
    {
        var open = new Stack<FluentdElement>([root]);
        foreach (var (index, raw) in text.Split('\n').Index())
        {
            var at = new Spot(file, index + 1);
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (End().Match(line) is { Success: true } end)
            {
                if (open.Count == 1 || open.Peek().Name != end.Groups[1].Value)
                    throw new ConvertException(at, open.Count == 1 ? $"{end.Value} ends nothing" : $"{end.Value} stands where <{open.Peek().Name}> of line {open.Peek().At.Line} is to be ended");
                open.Pop();
            }
            else if (Begin().Match(line) is { Success: true } begin)
            {
                var element = new FluentdElement(begin.Groups[1].Value, begin.Groups[2].Value.Trim(), at);
                open.Peek().Elements.Add(element);
                open.Push(element);
            }
            else if (line[0] == '<')
            {
                throw new ConvertException(at, $"'{line}' begins an element and has no '>' at its end");
            }
            else
            {
                Parameter(line, file, at, open.Peek(), isAtTop: open.Count == 1);
            }
        }

        if (open.Count > 1)
            throw new ConvertException(open.Peek().At, $"<{open.Peek().Name}> has no </{open.Peek().Name}>");
    }

    private void Parameter(string line, string file, Spot at, FluentdElement into, bool isAtTop)
    {
        var parts = line.Split((char[])[' ', '\t'], 2, StringSplitOptions.TrimEntries);
        var value = parts.Length > 1 ? Value(parts[1]) : "";
        if (parts[0] is "@include" or "include")
            IncludeAll(value, file, into, at);
        else if (isAtTop)
            throw new ConvertException(at, $"'{parts[0]}' stands outside of every element");
        else
            into.Parameters.Add(new InputKey(parts[0], value, at) { HasPlaceholder = parts.Length > 1 && parts[1].Contains("${", StringComparison.Ordinal) });
    }

    private void IncludeAll(string pattern, string file, FluentdElement into, Spot at)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(file == "-" ? "stdin" : file))!;
        var path = Path.Combine(directory, pattern);
        var isPattern = Path.GetFileName(path).Contains('*', StringComparison.Ordinal);
        var found = !isPattern ? [path]
            : Directory.Exists(Path.GetDirectoryName(path)) ? Directory.GetFiles(Path.GetDirectoryName(path)!, Path.GetFileName(path)).Order(StringComparer.Ordinal).ToArray() : [];
        // A pattern that matches no file is no error: many configurations include a directory for the user's own files, and it may
        // be empty.
        if (!isPattern && !File.Exists(path))
            throw new ConvertException(at, $"the included file {pattern} does not exist; put it beside {file}");
        foreach (var one in found)
            Include(one, into, at);
    }

    /// <summary>
    /// Without quotes and without the comment after it. Ruby's syntax for an environment variable becomes the collector's.
    /// </summary>
    private static string Value(string text)
    {
        var value = text[0] is '"' or '\'' && text.IndexOf(text[0], 1) is var end and > 0 && (end + 1 == text.Length || text[(end + 1)..].TrimStart().StartsWith('#'))
            ? text[1..end]
            : Comment().Replace(text, "");
        // In double quotes Ruby's strings have quotes of their own.
        if (text[0] == '"' && text.Contains("#{", StringComparison.Ordinal))
            value = text.Trim('"');
        return Environment().Replace(value, VariableOf);
    }

    /// <summary>A default that is a name of Ruby's stands for no value; one with a brace cannot be written in the collector's form.</summary>
    private static string VariableOf(Match found)
    {
        var otherwise = found.Groups["default"].Value;
        return otherwise is "" or "use_default" or "use_nil" or "nil" || otherwise.Contains('}', StringComparison.Ordinal) ? $"${{{found.Groups["name"].Value}}}" : $"${{{found.Groups["name"].Value}:-{otherwise}}}";
    }

    [GeneratedRegex("^</([a-z_]+)>$")]
    private static partial Regex End();

    [GeneratedRegex(@"^<([a-z_]+)(\s[^>]*)?>\s*(?:#.*)?$")]
    private static partial Regex Begin();

    [GeneratedRegex(@"\s#.*$")]
    private static partial Regex Comment();

    [GeneratedRegex("""#\{\s*ENV(?:\.fetch)?[\[(]\s*['"](?<name>[A-Za-z_][A-Za-z0-9_]*)['"]\s*(?:,\s*(?:'(?<default>[^']*)'|"(?<default>[^"]*)"|(?<default>[^'")]*?))\s*)?[\])]\s*(?:\|\|\s*(?:'(?<default>[^']*)'|"(?<default>[^"]*)"|(?<default>[^'"}]*?))\s*)?\}""", RegexOptions.ExplicitCapture)]
    private static partial Regex Environment();
}
