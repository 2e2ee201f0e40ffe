using System.Diagnostics.CodeAnalysis;

namespace Collector.Reading.Lines;

/// <summary>
/// A label selector as kubectl accepts it: <c>a=b</c>, <c>a!=b</c>, <c>a</c>, <c>!a</c>, <c>a in (b,c)</c>, <c>a notin (b,c)</c>;
/// all parts must hold.
/// </summary>
public sealed class LabelSelector
{
    private readonly IReadOnlyList<Requirement> _all;

    private LabelSelector(IReadOnlyList<Requirement> all) => _all = all;

    /// <summary>Selects nothing.</summary>
    public static LabelSelector Any { get; } = new([]);

    public bool IsGiven => _all.Count > 0;

    /// <summary>Each of its parts wants one value of a label.</summary>
    internal bool HasOnlyEqualities => _all.All(one => one is { IsWanted: true, Values.Length: 1 });

    /// <summary>The labels that must have one value.</summary>
    internal IEnumerable<(string Label, string Value)> Equalities => _all.Where(one => one is { IsWanted: true, Values.Length: 1 }).Select(one => (one.Label, one.Values[0]));

    /// <summary>The labels that are asked for.</summary>
    internal IEnumerable<string> Names => _all.Select(one => one.Label);

    public static bool TryParse(string text, [NotNullWhen(true)] out LabelSelector? selector, out string error)
    {
        List<Requirement> all = [];
        (selector, error) = (null, "");
        foreach (var part in Split(text))
        {
            if (!TryParseOne(part.Trim(), out var one))
            {
                error = $"'{part.Trim()}' is not a label requirement; write a=b, a!=b, a, !a, 'a in (b,c)' or 'a notin (b,c)'";
                return false;
            }

            all.Add(one);
        }

        selector = new LabelSelector(all);
        return true;
    }

    internal bool Fits(IReadOnlyDictionary<string, string> labels)
    {
        foreach (var one in _all)
        {
            var isThere = labels.TryGetValue(one.Label, out var value);
            var holds = one.Values.Length == 0 ? isThere : isThere && one.Values.Contains(value, StringComparer.Ordinal);
            if (holds != one.IsWanted)
                return false;
        }

        return true;
    }

    private static bool TryParseOne(string text, out Requirement one)
    {
        one = default;
        if (text.Split('(', 2) is [var before, var behind])
        {
            // As kubectl takes them: a in (b), a in(b).
            var words = before.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words is not [var label, "in" or "notin"] || behind.Length < 2 || behind[^1] != ')')
                return false;
            one = new Requirement(label, words[1] == "in", behind[..^1].Split(',', StringSplitOptions.TrimEntries));
            return IsName(one.Label);
        }

        if (text.Split("!=") is [var unlike, var other])
            one = new Requirement(unlike.Trim(), false, [other.Trim()]);
        else if (text.Split("==") is [var twice, var same])
            one = new Requirement(twice.Trim(), true, [same.Trim()]);
        else if (text.Split('=') is [var equal, var value])
            one = new Requirement(equal.Trim(), true, [value.Trim()]);
        else
            one = new Requirement(text.TrimStart('!').Trim(), !text.StartsWith('!'), []);
        return IsName(one.Label);
    }

    private static bool IsName(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '/');

    /// <summary>At the commas that are not in parentheses.</summary>
    private static IEnumerable<string> Split(string text)
    {
        var (start, depth) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
            if (text[i] == ',' && depth == 0)
            {
                yield return text[start..i];
                start = i + 1;
            }
        }

        yield return text[start..];
    }

    /// <param name="Label">Its key.</param>
    /// <param name="IsWanted">True: it must hold; false: it must not.</param>
    /// <param name="Values">One of these values; none: the label must exist.</param>
    private readonly record struct Requirement(string Label, bool IsWanted, string[] Values);
}
