using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace Collector.Reading.Search;

/// <summary>
/// A regular expression over log lines that takes time in proportion to the line, whatever the expression
/// (<see cref="RegexOptions.NonBacktracking"/>). A plain text is searched in the raw bytes. Thread safe.
/// </summary>
public sealed partial class TextPattern
{
    private readonly Regex _regex;
    private readonly byte[]? _plain;

    /// <summary>
    /// Letters, digits and marks that every JSON writer leaves unescaped; some escape slashes, quotes, and characters that HTML
    /// reserves.
    /// </summary>
    private static readonly SearchValues<char> Safe = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _-.,:;=");

    /// <summary>A text that each matching record contains; empty: none is known.</summary>
    private readonly byte[] _required;

    private TextPattern(Regex regex, string? plain, string required)
    {
        _regex = regex;
        _plain = plain is null ? null : Encoding.UTF8.GetBytes(plain);
        _required = Encoding.ASCII.GetBytes(required);
    }

    /// <summary>Null with what is wrong when it is not an expression, or needs an unsupported feature.</summary>
    public static TextPattern? Parse(string text, bool ignoreCase, out string error)
    {
        try
        {
            error = "";
            var options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None);
            var isPlain = text.Length > 0 && !ignoreCase && Regex.Escape(text) == text;
            return new TextPattern(new Regex(text, options), isPlain ? text : null, ignoreCase ? "" : RequiredLiteral.Of(text, Safe.Contains));
        }
        catch (NotSupportedException)
        {
            error = Backtracking().IsMatch(text)
                ? $"'{text}' uses backreferences or look-around, which are not supported because they may take for ever; write it without them"
                : $"'{text}' is too large a regular expression; repeat less in it";
            return null;
        }
        catch (RegexParseException e)
        {
            error = $"'{text}' is not a regular expression: {Words(e.Error)} (at character {Math.Max(1, e.Offset)}); write a character of these that stands for itself with a \\ before it";
            return null;
        }
    }

    private static string Words(RegexParseError error) => error switch
    {
        RegexParseError.InsufficientClosingParentheses => "a ) is missing",
        RegexParseError.InsufficientOpeningParentheses => "a ( is missing",
        RegexParseError.UnterminatedBracket => "a ] is missing",
        RegexParseError.QuantifierAfterNothing => "nothing stands before *, +, ? or {",
        RegexParseError.NestedQuantifiersNotParenthesized => "two of *, +, ? and { follow each other",
        RegexParseError.UnescapedEndingBackslash => "nothing stands behind its last \\",
        RegexParseError.ReversedCharacterRange or RegexParseError.ReversedQuantifierRange => "a range ends before it begins",
        _ => "it cannot be understood",
    };

    /// <summary>What only a search that goes back can find: a group's number or name, look-around, and groups that are kept or chosen.</summary>
    [GeneratedRegex(@"\\[1-9k]|\(\?(?:[=!>(]|<[=!])", RegexOptions.CultureInvariant)]
    private static partial Regex Backtracking();

    /// <summary>
    /// Whether a stored record cannot have matching text: its bytes lack the text, and no JSON writer escapes it.
    /// </summary>
    internal bool Excludes(ReadOnlySpan<byte> stored) => _required.Length > 0 && stored.IndexOf(_required) < 0;

    public bool IsMatch(ReadOnlySpan<byte> line)
    {
        if (_plain is not null)
            return line.IndexOf(_plain) >= 0;
        var characters = ArrayPool<char>.Shared.Rent(line.Length);
        try
        {
            return _regex.IsMatch(characters.AsSpan(0, Encoding.UTF8.GetChars(line, characters)));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(characters);
        }
    }

    /// <summary>Where it matches, for colours.</summary>
    public IEnumerable<(int Start, int Length)> Find(string line) => _regex.Matches(line).Select(match => (match.Index, match.Length));
}
