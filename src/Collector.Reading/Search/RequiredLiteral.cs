namespace Collector.Reading.Search;

/// <summary>
/// The longest text that every match of an expression contains: a line without it need not be parsed. It is found in simple cases;
/// an expression without it costs time, but loses no line.
/// </summary>
internal static class RequiredLiteral
{
    /// <summary>Empty: unknown.</summary>
    /// <param name="pattern">A regular expression without options that change the meaning of its letters.</param>
    /// <param name="isSafe">Whether a character may be in the text.</param>
    public static string Of(string pattern, Func<char, bool> isSafe)
    {
        // A pattern with alternatives requires no literal: either side may match. Options and look-around begin with (? and are not analysed.
        if (pattern.Contains('|', StringComparison.Ordinal) || pattern.Contains("(?", StringComparison.Ordinal))
            return "";

        var (longest, run) = ("", "");
        for (var i = 0; i < pattern.Length; i = EndOf(pattern, i))
        {
            var next = EndOf(pattern, i);
            var quantifier = next < pattern.Length ? pattern[next] : '\0';
            if (next - i > 1 || !isSafe(pattern[i]) || IsSpecial(pattern[i]) || quantifier is '?' or '*' or '{')
            {
                // An optional item, or one that is not a letter, requires nothing; the letters after it do not adjoin those before
                // it.
                run = "";
                continue;
            }

            run += pattern[i];
            longest = run.Length > longest.Length ? run : longest;
            run = quantifier == '+' ? "" : run;
        }

        return longest;
    }

    private static bool IsSpecial(char c) => c is '.' or '^' or '$' or '*' or '+' or '?' or '{' or '}' or '(' or ')' or '[' or ']' or '\\';

    /// <summary>The position after one item: a letter, an escape, a set, a group, or a quantifier's braces.</summary>
    private static int EndOf(string pattern, int at) => pattern[at] switch
    {
        '\\' => Math.Min(pattern.Length, at + 2),
        '[' => Behind(pattern, at, '[', ']', firstIsLetter: true),
        '(' => Behind(pattern, at, '(', ')', firstIsLetter: false),
        '{' => Behind(pattern, at, '\0', '}', firstIsLetter: false),
        _ => at + 1,
    };

    private static int Behind(string pattern, int at, char opens, char closes, bool firstIsLetter)
    {
        // []a] and [^]a] hold a bracket.
        var i = at + 1;
        if (firstIsLetter)
            i += i < pattern.Length && pattern[i] == '^' ? 2 : 1;
        for (var depth = 1; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\')
            {
                i++;
            }
            else if (opens == '(' && pattern[i] == '[')
            {
                i = Behind(pattern, i, '[', ']', firstIsLetter: true) - 1;
            }
            else if (pattern[i] == closes && --depth == 0)
            {
                return i + 1;
            }
            else if (pattern[i] == opens && opens != '[')
            {
                depth++;
            }
        }

        return pattern.Length;
    }
}
