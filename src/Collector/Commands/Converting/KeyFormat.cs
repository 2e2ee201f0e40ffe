using System.Text;
using System.Text.RegularExpressions;
using Collector.Pipeline.Records;

namespace Collector.Commands.Converting;

/// <summary>
/// Builds a <c>keyPrefix</c> from what the other agents write: text, dates of strftime, fields. The collector appends its own
/// object name (contract §4), so the parts that make their names unique are left out.
/// </summary>
internal sealed partial class KeyFormat
{
    private readonly StringBuilder prefix = new();
    private readonly List<string> lost = [];

    /// <summary>The prefix up to here ends in a directory, or in text that theirs began names with.</summary>
    public string Text => Merged().Replace(prefix.ToString().TrimStart('/'), "$1");

    /// <summary>Parts that say where an object is and have no counterpart.</summary>
    public IReadOnlyList<string> Lost => lost;

    public KeyFormat AddField(string template)
    {
        prefix.Append(template);
        return this;
    }

    /// <summary>Notes that a part of the key has no counterpart; a word takes its place.</summary>
    public KeyFormat AddLost(string what)
    {
        lost.Add(what);
        return this;
    }

    /// <summary>Adds text with dates in it.</summary>
    public KeyFormat AddStrftime(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (Variable().Match(text, i) is { Success: true } variable && variable.Index == i)
            {
                prefix.Append(variable.Value);
                i += variable.Length - 1;
            }
            else if (text[i] == '%' && i + 1 < text.Length)
            {
                AddDate(text[++i]);
            }
            else
            {
                AddCharacter(text[i]);
            }
        }

        return this;
    }

    /// <summary>
    /// The prefix ends before the part that makes their names unique: only the directories before it, and the beginning of the
    /// name, are kept.
    /// </summary>
    public static string UpToName(string format, IReadOnlyList<string> unique)
    {
        var name = format.LastIndexOf('/') + 1;
        var end = unique.Select(u => format.IndexOf(u, name, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(format.Length).Min();
        return format[..end];
    }

    private void AddDate(char code)
    {
        if (code == '%')
            return;
        var template = $"{{\"%{code}\"}}";
        if (KeyTemplate.TryParse(template, out _, out _))
            prefix.Append(template);
        else if (code is 'T' && KeyTemplate.TryParse("{\"%S\"}", out _, out _))
            prefix.Append("{\"%H\"}-{\"%M\"}-{\"%S\"}");
        else
            lost.Add($"%{code}");
    }

    private void AddCharacter(char c)
    {
        if (char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '=')
            prefix.Append(c);
        else if (c != '/')
            prefix.Append('_');
        else if (prefix.Length > 0 && prefix[^1] != '/')
            prefix.Append('/');
        if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.' or '=' or '/'))
            lost.Add($"'{c}'");
    }

    /// <summary>One of the environment, which stays.</summary>
    [GeneratedRegex(@"\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}")]
    private static partial Regex Variable();

    /// <summary><c>{"%Y"}/{"%m"}</c> is <c>{"%Y/%m"}</c>.</summary>
    [GeneratedRegex("""(?<=%[A-Za-z])"\}([A-Za-z0-9_./=-]*)\{"(?=%)""")]
    private static partial Regex Merged();
}
