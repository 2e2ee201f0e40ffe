using System.Globalization;
using System.Text;
using Collector.Pipeline.Diagnostics;

namespace Collector.ObjectStores.Http;

/// <summary>
/// Makes text of servers fit for a line of a log or of a terminal: no secret, one line, and nothing that a terminal obeys.
/// </summary>
public static class ServerWords
{
    /// <summary>Enough for every documented error.</summary>
    private const int Most = 400;

    /// <summary>
    /// The part that is searched for secrets: longer than the shown part, so that no secret is cut in two, and short enough to be
    /// cheap.
    /// </summary>
    public static string Beginning(string text)
    {
        var beginning = text.AsSpan().TrimStart();
        return new string(beginning[..Math.Min(beginning.Length, 5 * Most)]);
    }

    /// <summary>The first line, without anything that looks like a secret, and without characters that a terminal obeys.</summary>
    public static string FirstLine(string text)
    {
        var line = WithoutSecrets.In(Beginning(text)).AsSpan().Trim();
        var end = line.IndexOfAny('\r', '\n');
        line = end < 0 ? line : line[..end];
        return Visible(line[..Math.Min(line.Length, Most)]);
    }

    /// <summary>Controls, and characters that turn the direction of the text, become their code.</summary>
    private static string Visible(ReadOnlySpan<char> line)
    {
        StringBuilder? safe = null;
        for (var i = 0; i < line.Length; i++)
        {
            var isObeyed = char.IsControl(line[i]) || char.GetUnicodeCategory(line[i]) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            if (isObeyed)
            {
                safe ??= new StringBuilder().Append(line[..i]);
                safe.Append(CultureInfo.InvariantCulture, $"<{(int)line[i]:X2}>");
            }
            else
            {
                safe?.Append(line[i]);
            }
        }

        return safe?.ToString() ?? new string(line);
    }
}
