using System.Diagnostics.CodeAnalysis;

namespace Collector.Pipeline.Records;

/// <summary>
/// Parses a key template:
/// <code>
/// template = { text | "{" date "}" | "{" field "||" { field "||" } fallback "}" }
/// date     = '"' { text | "%" ("F"|"Y"|"m"|"d"|"H"|"M"|"S"|"s") } '"'
/// field    = "." segment { "." segment }      segment = name | '"' any '"'
/// fallback = '"' value '"'
/// </code>
/// The first mistake ends it. A field may be one that no record has (<see cref="RecordFields"/>).
/// </summary>
internal sealed class KeyTemplateParser(string text)
{
    private readonly List<KeyPart> _parts = [];
    private int _at;

    public bool TryParse([NotNullWhen(true)] out KeyTemplate? template, out string error)
    {
        template = null;
        error = ParseParts() ?? CheckSegments() ?? "";
        if (error.Length > 0)
            return false;
        template = new KeyTemplate(text, _parts);
        return true;
    }

    private bool AtEnd => _at == text.Length;

    private string? ParseParts()
    {
        while (!AtEnd)
        {
            var error = text[_at] == '{' ? ParseBraces() : ParseText();
            if (error is not null)
                return error;
        }

        return null;
    }

    private string? ParseText()
    {
        var start = _at;
        while (!AtEnd && text[_at] != '{')
        {
            if (!KeyText.IsTextCharacter(text[_at]))
                return $"'{text[_at]}' at character {_at + 1} is not allowed in a key; write only A-Z a-z 0-9 - _ . / = outside of {{…}}";
            _at++;
        }

        _parts.Add(new KeyPart.Text(text[start.._at]));
        return null;
    }

    private string? ParseBraces()
    {
        var start = _at++;
        if (TryConsume("\""))
            return ParseDate();

        var paths = new List<string[]>();
        while (TryConsume("."))
        {
            if (ParsePath(out var path) is { } error)
                return error;
            paths.Add(path);
            if (!TryConsume("||"))
                return $"the field at character {start + 1} has no fallback; write {{.{string.Join('.', path)}||\"none\"}}";
        }

        if (paths.Count == 0)
            return $"'{{' at character {start + 1} does not begin a field or a date; write {{.field||\"fallback\"}} or {{\"%Y/%m/%d\"}}";
        if (!TryConsume("\"") || !TryReadQuoted(out var fallback))
            return $"the field at character {start + 1} does not end in a quoted fallback; write {{.field||\"none\"}}";
        if (!TryConsume("}"))
            return $"the fallback before character {_at + 1} must end its field; write '}}' after it";
        if (!fallback.All(KeyText.IsValueCharacter) || KeyText.Sanitise(fallback) is null)
            return $"the fallback \"{fallback}\" is not allowed in a key; write a word of A-Z a-z 0-9 - _ . that is not empty, . or ..";
        _parts.Add(new KeyPart.Field(paths, fallback));
        return null;
    }

    private string? ParsePath(out string[] path)
    {
        var segments = new List<string>();
        path = [];
        do
        {
            var start = _at;
            var quoted = TryConsume("\"");
            if (quoted && !TryReadQuoted(out _))
                return $"the quote at character {start + 1} is not closed; write '\"' after the name";
            while (!quoted && !AtEnd && IsNameCharacter(text[_at]))
                _at++;
            var segment = quoted ? text[(start + 1)..(_at - 1)] : text[start.._at];
            if (segment.Length == 0)
                return $"a field's name is missing at character {start + 1}; write {RecordFields.Known}";
            segments.Add(segment);
        }
        while (TryConsume("."));

        path = [.. segments];
        return null;
    }

    private string? ParseDate()
    {
        var start = _at;
        if (!TryReadQuoted(out var format))
            return $"the quote at character {start} is not closed; write '\"}}' after the date";
        if (!TryConsume("}"))
            return $"the date at character {start} is not closed; write '}}' after its quote";

        var hasCode = false;
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] == '%')
            {
                if (++i == format.Length || !KeyDate.IsCode(format[i]))
                    return $"the date \"{format}\" has an unknown code; write %F %Y %m %d %H %M %S or %s";
                hasCode = true;
            }
            else if (!KeyText.IsTextCharacter(format[i]))
            {
                return $"'{format[i]}' in the date \"{format}\" is not allowed in a key; write only A-Z a-z 0-9 - _ . / = between the codes";
            }
        }

        _parts.Add(new KeyPart.Date(format));
        return hasCode ? null : $"\"{format}\" alone in braces has no date code; write %Y, or leave the braces and quotes out";
    }

    /// <summary>No value and no fallback is <c>.</c> or <c>..</c>, so looking at the text alone proves every rendered segment.</summary>
    private string? CheckSegments()
    {
        const char Value = '*';
        var outline = string.Concat(_parts.Select(part => part switch
        {
            KeyPart.Text plain => plain.Value,
            KeyPart.Date date => date.Format,
            _ => Value.ToString(),
        }));
        var segments = outline.Split('/');
        if (segments.Any(segment => segment is "." or ".."))
            return "a path segment is '.' or '..'; write a name";
        if (outline.StartsWith('/'))
            return "the key begins with '/'; remove the slash";
        return segments.SkipLast(1).Any(segment => segment.Length == 0) ? "a path segment is empty; write a single '/'" : null;
    }

    /// <summary>Reads from after an opening quote to after the closing one.</summary>
    private bool TryReadQuoted(out string inside)
    {
        var end = text.IndexOf('"', _at);
        inside = end < 0 ? "" : text[_at..end];
        _at = end < 0 ? _at : end + 1;
        return end >= 0;
    }

    private bool TryConsume(string expected)
    {
        if (string.CompareOrdinal(text, _at, expected, 0, expected.Length) != 0)
            return false;
        _at += expected.Length;
        return true;
    }

    private static bool IsNameCharacter(char value) => char.IsAsciiLetterOrDigit(value) || value is '_' or '-';
}
