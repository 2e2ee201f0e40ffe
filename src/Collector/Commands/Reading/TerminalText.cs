using System.Text;
using System.Text.RegularExpressions;

namespace Collector.Commands.Reading;

/// <summary>Foreign text on a terminal: colours pass, sequences that move, clear or query are shown as text.</summary>
internal static partial class TerminalText
{
    /// <summary>Like <see cref="Of"/>, on one line and without colours.</summary>
    public static string OneLine(string text) => Of(text.Replace("\e", "\\x1b", StringComparison.Ordinal)).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\t", " ", StringComparison.Ordinal);

    public static string Of(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u007f', '\u009f') && !text.AsSpan().ContainsAnyInRange('\0', '\u001f'))
            return text;

        var safe = new StringBuilder(text.Length + 16);
        for (var at = 0; at < text.Length; at++)
        {
            var character = text[at];
            if (character == '\e' && Color().Match(text, at) is { Success: true } color)
            {
                safe.Append(color.Value);
                at += color.Length - 1;
            }
            else if (character is '\t' or '\n' || !char.IsControl(character))
            {
                safe.Append(character);
            }
            else
            {
                safe.Append("\\x").Append(((int)character).ToString("x2"));
            }
        }

        return safe.ToString();
    }

    [GeneratedRegex(@"\G\e\[[0-9;]*m")]
    private static partial Regex Color();
}
