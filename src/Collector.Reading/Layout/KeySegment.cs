using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using Collector.Pipeline.Records;

namespace Collector.Reading.Layout;

/// <summary>A piece of a segment of a key template.</summary>
internal readonly record struct KeyToken
{
    /// <summary>Literal text; empty for the others.</summary>
    public string Text { get; private init; }

    /// <summary>A field, by the path of its first alternative, joined with dots; else empty.</summary>
    public string Field { get; private init; }

    /// <summary>A date code; else <c>\0</c>.</summary>
    public char Date { get; private init; }

    public static KeyToken OfText(string text) => new() { Text = text, Field = "" };

    public static KeyToken OfField(string path) => new() { Text = "", Field = path };

    public static KeyToken OfDate(char code) => new() { Text = "", Field = "", Date = code };
}

/// <summary>The part of a key template between two slashes.</summary>
/// <param name="tokens">In order.</param>
/// <param name="isName">The last segment, which continues with the object's name.</param>
internal sealed class KeySegment(IReadOnlyList<KeyToken> tokens, bool isName)
{
    /// <summary>A segment that was cut ends in a hash of this form, and has exactly this length (KeyText.Limit).</summary>
    private const string CutEnd = "-[0-9a-f]{16}$";

    /// <summary>The same before an object's name.</summary>
    private const string CutName = "^(.{78}-[0-9a-f]{16})[0-9]{13}-";

    /// <summary>Cached: a server answers many questions, and each pattern takes tens of kilobytes.</summary>
    private const int MostPatterns = 32;

    /// <summary>One for each question and place, because prefixes are listed in parallel.</summary>
    private readonly ConcurrentDictionary<string, Regex> _patterns = new(StringComparer.Ordinal);

    /// <summary>The text before the first token that the question leaves open, and whether that is all of it.</summary>
    public (string Head, bool IsAll) HeadOf(KnownValues known)
    {
        var head = new StringBuilder();
        foreach (var token in tokens)
        {
            if (known.Of(token) is not { } value)
            {
                head.Append(known.BeginningOf(token));
                return (Cut(head.ToString()), false);
            }

            head.Append(value);
        }

        return (KeyText.Limit(head.ToString(), Limit), true);
    }

    private int Limit => isName ? KeyText.MaxOpenSegment : KeyText.MaxSegment;

    /// <summary>The remaining part of a head if the whole segment may have been cut.</summary>
    private string Cut(string head) => head.Length <= Limit - CutLength ? head : head[..(Limit - CutLength)];

    private static int CutLength => 17;

    /// <summary>Adds the segment's values, if the question fixes all its parts.</summary>
    public PrefixValues Known(KnownValues known, PrefixValues before) =>
        tokens.Aggregate(before, (values, token) => With(values, token, known.Of(token)!));

    /// <summary>Parses a directory of a key; null if it does not match this template, or not the question.</summary>
    /// <param name="text">Between two slashes.</param>
    /// <param name="known">The values that the question fixes.</param>
    /// <param name="before">The values of the segments before.</param>
    public PrefixValues? Match(string text, KnownValues known, PrefixValues before)
    {
        var match = PatternFor(known).Match(text);
        if (!match.Success)
            return text.Length == KeyText.MaxSegment && Regex.IsMatch(text, CutEnd) ? before : null;
        var values = Read(match, known, before);
        return known.Allow(values) ? values : null;
    }

    /// <summary>The same for the last segment, with the object's name and where it begins.</summary>
    public (PrefixValues Values, ObjectName Name, int Start)? MatchName(string text, KnownValues known, PrefixValues before)
    {
        var match = PatternFor(known).Match(text);
        if (!match.Success)
            return ObjectName.Find(text) is not null && tokens.Count > 0 && Regex.Match(text, CutName) is { Success: true } cut
                ? (before, ObjectName.Find(text)!, cut.Groups[1].Length) : null;
        var values = Read(match, known, before);
        return known.Allow(values) ? (values, ObjectName.From(match), match.Groups["ms"].Index) : null;
    }

    private static PrefixValues With(PrefixValues values, KeyToken token, string value) =>
        token.Date != '\0' ? values with { Dates = values.Dates.With(token.Date, value) }
        : token.Field.Length > 0 ? values.With(token.Field, value)
        : values;

    private PrefixValues Read(Match match, KnownValues known, PrefixValues values)
    {
        for (var i = 0; i < tokens.Count; i++)
            values = With(values, tokens[i], known.Of(tokens[i]) ?? match.Groups[$"t{i}"].Value);
        return values;
    }

    /// <summary>Built for the known values, so that a value which looks like the template's own text does not mislead.</summary>
    private Regex PatternFor(KnownValues known)
    {
        var pattern = new StringBuilder("^");
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            pattern.Append(known.Of(token) is { } value ? Regex.Escape(value)
                : token.Date != '\0' ? $"(?<t{i}>{DateParts.PatternOf(token.Date)})"
                : $"(?<t{i}>{Regex.Escape(known.BeginningOf(token))}[A-Za-z0-9\\-_.]*?)");
        }

        pattern.Append(isName ? ObjectName.Pattern : "").Append('$');
        var text = pattern.ToString();
        if (_patterns.TryGetValue(text, out var made))
            return made;
        if (_patterns.Count >= MostPatterns)
            _patterns.Clear();
        return _patterns[text] = new Regex(text, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
    }
}
