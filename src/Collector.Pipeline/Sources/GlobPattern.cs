using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;

namespace Collector.Pipeline.Sources;

/// <summary>
/// The wildcards of a <see cref="PathGlob"/>, as a regular expression. As in a shell: <c>*</c> and <c>?</c> match no slash;
/// <c>[…]</c> is one character, <c>[!…]</c> or <c>[^…]</c> any other, a <c>]</c> at its beginning is one of them; <c>{a,b}</c> is
/// one of several texts. A bracket without its end, and a brace without a comma, stand for themselves.
/// </summary>
internal sealed class GlobPattern
{
    /// <summary>A pair of surrogates is one character; a lone one, which stands for a byte that is not UTF-8, is another.</summary>
    private const string AnyCharacter = @"(?:[\uD800-\uDBFF][\uDC00-\uDFFF]|[^/])";

    /// <summary>
    /// Cached: compiling takes milliseconds, and the check and the use of a pattern ask for the same. There are as many as the
    /// configuration has.
    /// </summary>
    private static readonly ConcurrentDictionary<string, Regex> s_made = new(StringComparer.Ordinal);

    private readonly string _glob;
    private readonly StringBuilder _regex = new("^");

    private GlobPattern(string glob)
    {
        _glob = glob;
        Append(0, glob.Length, isInBraces: false);
        _regex.Append(@"\z");
    }

    /// <summary>Throws <see cref="FormatException"/> with what is wrong.</summary>
    public static Regex ToRegex(string glob) => s_made.GetOrAdd(glob, static glob =>
        new(new GlobPattern(glob)._regex.ToString(), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.Singleline));

    /// <summary>The first bracket or brace without an end, which stands for itself; most likely its end was forgotten. Null: none.</summary>
    public static char? FindUnclosed(string glob)
    {
        for (var at = 0; at < glob.Length; at++)
        {
            var from = glob[at] switch { '{' => at, '[' when at + 1 < glob.Length && glob[at + 1] is '!' or '^' => at + 3, '[' => at + 2, _ => -1 };
            if (from < 0)
            {
                continue;
            }

            var end = from < glob.Length ? glob.IndexOf(glob[at] == '{' ? '}' : ']', from) : -1;
            if (end < 0)
            {
                return glob[at];
            }

            at = end;
        }

        return null;
    }

    /// <summary>Whether a part of a path has wildcards.</summary>
    public static bool IsLiteral(string part) => part.AsSpan().IndexOfAny("*?[{") < 0;

    private void Append(int from, int to, bool isInBraces)
    {
        for (var at = from; at < to;)
        {
            at = _glob[at] switch
            {
                '*' => AppendStars(at, to),
                '?' => AppendRaw(AnyCharacter, at + 1),
                '[' when EndOfSet(_glob, at, to) is > 0 and var end => AppendSet(at, end),
                '{' when EndOfChoice(at, to, isInBraces) is > 0 and var end => AppendChoice(at, end),
                _ => AppendCharacter(_glob[at], at + 1),
            };
        }
    }

    private int AppendRaw(string regex, int next)
    {
        _regex.Append(regex);
        return next;
    }

    /// <summary>As a number, which is never special, in a class or outside.</summary>
    private int AppendCharacter(char character, int next)
    {
        _regex.Append($"\\u{(int)character:X4}");
        return next;
    }

    /// <summary>Two stars that are a part of their own are any number of parts; all others stay within one.</summary>
    private int AppendStars(int at, int to)
    {
        var end = at;
        while (end < to && _glob[end] == '*')
        {
            end++;
        }

        var isPart = end - at == 2 && (at == 0 || _glob[at - 1] == '/') && (end == _glob.Length || _glob[end] == '/');
        return !isPart ? AppendRaw("[^/]*", end)
            : end == _glob.Length ? AppendRaw(".*", end)
            : AppendRaw("(?:.*/)?", end + 1);
    }

    /// <summary>The place of the bracket that ends the set at <paramref name="at"/>; negative: none does before <paramref name="to"/>.</summary>
    internal static int EndOfSet(string glob, int at, int to)
    {
        var first = at + 1 < to && glob[at + 1] is '!' or '^' ? at + 2 : at + 1;
        return first + 1 < to ? glob.IndexOf(']', first + 1, to - first - 1) : -1;
    }

    private int AppendSet(int at, int end)
    {
        var text = _glob[at..(end + 1)];
        if (text.Contains('/'))
        {
            throw new FormatException($"{text} has a slash in brackets or braces; a slash cannot be part of a name");
        }

        if (text.IndexOf("[:", 1, StringComparison.Ordinal) > 0 && text.EndsWith(":]", StringComparison.Ordinal))
        {
            throw new FormatException($"{text} names a class of characters, which is not supported; write the characters, for example [a-zA-Z]");
        }

        var isOther = _glob[at + 1] is '!' or '^';
        _regex.Append(isOther ? "[^/" : "[");
        for (var i = at + (isOther ? 2 : 1); i < end; i++)
        {
            var isRange = i + 2 < end && _glob[i + 1] == '-';
            if (isRange && _glob[i] > _glob[i + 2])
            {
                throw new FormatException($"{text} has a range in reverse order, {_glob[i..(i + 3)]}");
            }

            AppendCharacter(_glob[i], i);
            if (isRange)
            {
                _regex.Append('-');
                AppendCharacter(_glob[i + 2], i);
                i += 2;
            }
        }

        return AppendRaw("]", end + 1);
    }

    private int EndOfChoice(int at, int to, bool isInBraces)
    {
        var end = _glob.IndexOf('}', at, to - at);
        var text = end < 0 ? "" : _glob[at..(end + 1)];
        if (!text.Contains(','))
        {
            return -1;
        }

        if (isInBraces || text.LastIndexOf('{') > 0)
        {
            throw new FormatException($"{text} has nested braces, which are not supported");
        }

        if (text.Contains('/'))
        {
            throw new FormatException($"{text} has a slash in braces; braces can list names, but not paths");
        }

        return end;
    }

    private int AppendChoice(int at, int end)
    {
        _regex.Append("(?:");
        var from = at + 1;
        for (var comma = from; comma >= 0 && from <= end; from = comma + 1)
        {
            comma = _glob.IndexOf(',', from, end - from);
            comma = comma < 0 ? end : comma;
            Append(from, comma, isInBraces: true);
            _regex.Append(comma < end ? "|" : ")");
        }

        return end + 1;
    }
}
