using System.Globalization;
using System.Text.Json;
using Collector.Reading.Lines;

namespace Collector.Reading.Search;

/// <summary>
/// A condition on the fields of a line that is a JSON object:
/// <code>
/// or         = and { "or" and }
/// and        = not { "and" not }
/// not        = "not" not | "(" or ")" | comparison
/// comparison = field [ ("=" | "!=" | "&gt;" | "&gt;=" | "&lt;" | "&lt;=" | "~") value ]
/// </code>
/// A field may go deeper with dots; alone it asks whether it is there. A value is a word, or quoted. Two numbers are compared
/// as numbers, integers by all their digits, all else as text. A line without the field satisfies <c>!=</c> and <c>not</c> alone.
/// </summary>
public sealed class FieldCondition
{
    private static readonly string[] Operators = [">=", "<=", "!=", "==", "=", ">", "<", "~"];

    private static readonly string[] Words = ["and", "or", "not"];

    private readonly Func<JsonElement, bool> _holds;

    private FieldCondition(Func<JsonElement, bool> holds) => _holds = holds;

    /// <summary>Null with what is wrong.</summary>
    public static FieldCondition? Parse(string text, out string error)
    {
        try
        {
            var tokens = Tokens(text);
            var at = 0;
            var holds = Or(tokens, ref at);
            if (at < tokens.Count)
                throw new FormatException($"'{tokens[at].Text}' is not expected there; write and, or, or a comparison like level=error");
            error = "";
            return new FieldCondition(holds);
        }
        catch (FormatException e)
        {
            error = $"'{text}': {e.Message}";
            return null;
        }
    }

    /// <summary>False for a line that is not a JSON object.</summary>
    public bool Holds(ReadOnlySpan<byte> line)
    {
        if (line.TrimStart(RecordJson.Spaces) is not [(byte)'{', ..])
            return false;
        try
        {
            var reader = new Utf8JsonReader(line);
            using var document = JsonDocument.ParseValue(ref reader);
            return document.RootElement.ValueKind == JsonValueKind.Object && _holds(document.RootElement);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static Func<JsonElement, bool> Or(List<Token> tokens, ref int at)
    {
        var left = And(tokens, ref at);
        while (Takes(tokens, ref at, "or"))
        {
            var (one, other) = (left, And(tokens, ref at));
            left = line => one(line) || other(line);
        }

        return left;
    }

    private static Func<JsonElement, bool> And(List<Token> tokens, ref int at)
    {
        var left = Not(tokens, ref at);
        while (Takes(tokens, ref at, "and"))
        {
            var (one, other) = (left, Not(tokens, ref at));
            left = line => one(line) && other(line);
        }

        return left;
    }

    private static Func<JsonElement, bool> Not(List<Token> tokens, ref int at)
    {
        if (Takes(tokens, ref at, "not"))
        {
            var inner = Not(tokens, ref at);
            return line => !inner(line);
        }

        if (!Takes(tokens, ref at, "("))
            return Comparison(tokens, ref at);
        var grouped = Or(tokens, ref at);
        return Takes(tokens, ref at, ")") ? grouped : throw new FormatException("a ')' is missing");
    }

    private static Func<JsonElement, bool> Comparison(List<Token> tokens, ref int at)
    {
        if (at == tokens.Count)
            throw new FormatException("a comparison is missing at the end; write one like level=error");
        if (tokens[at].IsOperator || (!tokens[at].IsQuoted && Words.Contains(tokens[at].Text, StringComparer.OrdinalIgnoreCase)))
            throw new FormatException($"a field is missing before '{tokens[at].Text}'");

        var path = tokens[at++].Text.Split('.');
        if (at == tokens.Count || !tokens[at].IsOperator || tokens[at].Text is "(" or ")")
            return line => Find(line, path) is not null;

        var comparison = tokens[at++].Text;
        if (at == tokens.Count || tokens[at].IsOperator)
            throw new FormatException($"a value is missing after '{comparison}'");
        var value = tokens[at++].Text;
        if (comparison == "~")
        {
            var pattern = TextPattern.Parse(value, ignoreCase: false, out var error) ?? throw new FormatException(error);
            return line => Find(line, path) is { } text && pattern.IsMatch(System.Text.Encoding.UTF8.GetBytes(text));
        }

        return line => Find(line, path) is { } text ? Compare(text, value, comparison) : comparison == "!=";
    }

    private static bool Compare(string text, string value, string comparison)
    {
        var order = CompareIntegers(text, value) is { } exactly ? exactly
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var one) && double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var other)
            ? one.CompareTo(other)
            : string.CompareOrdinal(text, value);
        return comparison switch
        {
            "=" or "==" => order == 0,
            "!=" => order != 0,
            ">" => order > 0,
            ">=" => order >= 0,
            "<" => order < 0,
            _ => order <= 0,
        };
    }

    /// <summary>By their digits, because a double has only 15 to 17 of them. Null: not both are integers.</summary>
    private static int? CompareIntegers(string one, string other)
    {
        if (!IsInteger(one) || !IsInteger(other))
            return null;
        var isNegative = one[0] == '-';
        var left = one.AsSpan().TrimStart('-').TrimStart('0');
        var right = other.AsSpan().TrimStart('-').TrimStart('0');
        if (left.IsEmpty && right.IsEmpty)
            return 0;
        if (isNegative != (other[0] == '-'))
            return isNegative ? -1 : 1;
        var order = left.Length != right.Length ? left.Length.CompareTo(right.Length) : left.SequenceCompareTo(right);
        return isNegative ? -order : order;
    }

    private static bool IsInteger(string text)
    {
        var digits = text.StartsWith('-') ? text.AsSpan(1) : text;
        return !digits.IsEmpty && !digits.ContainsAnyExceptInRange('0', '9');
    }

    /// <summary>A field with the whole name precedes a nested one.</summary>
    private static string? Find(JsonElement line, ReadOnlySpan<string> path)
    {
        for (var length = path.Length; length > 0; length--)
        {
            if (line.ValueKind != JsonValueKind.Object || !line.TryGetProperty(string.Join('.', path[..length]!), out var value))
                continue;
            if (length < path.Length)
                return Find(value, path[length..]);
            return value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();
        }

        return null;
    }

    private static bool Takes(List<Token> tokens, ref int at, string word)
    {
        if (at == tokens.Count || tokens[at].IsQuoted || !tokens[at].Text.Equals(word, StringComparison.OrdinalIgnoreCase))
            return false;
        at++;
        return true;
    }

    private static List<Token> Tokens(string text)
    {
        List<Token> tokens = [];
        for (var at = 0; at < text.Length;)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
            }
            else if (text[at] is '(' or ')')
            {
                tokens.Add(new Token(text[at++].ToString(), IsOperator: true, IsQuoted: false));
            }
            else if (Array.Find(Operators, known => text.AsSpan(at).StartsWith(known, StringComparison.Ordinal)) is { } found)
            {
                tokens.Add(new Token(found, IsOperator: true, IsQuoted: false));
                at += found.Length;
            }
            else if (text[at] is '"' or '\'')
            {
                var end = text.IndexOf(text[at], at + 1);
                if (end < 0)
                    throw new FormatException($"the quote at character {at + 1} is not closed");
                tokens.Add(new Token(text[(at + 1)..end], IsOperator: false, IsQuoted: true));
                at = end + 1;
            }
            else
            {
                var start = at;
                while (at < text.Length && !char.IsWhiteSpace(text[at]) && !"()=!<>~".Contains(text[at], StringComparison.Ordinal))
                    at++;
                if (at == start)
                    throw new FormatException($"'{text[at]}' at character {at + 1} is not allowed there");
                tokens.Add(new Token(text[start..at], IsOperator: false, IsQuoted: false));
            }
        }

        return tokens;
    }

    private readonly record struct Token(string Text, bool IsOperator, bool IsQuoted);
}
