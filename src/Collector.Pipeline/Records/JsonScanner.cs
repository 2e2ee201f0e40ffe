namespace Collector.Pipeline.Records;

/// <summary>
/// Reads the members of one JSON object (RFC 8259) and checks that it is one. Log lines that only look like JSON are ordinary, so
/// malformed input is a result and not an exception as in <c>Utf8JsonReader</c>; nothing is allocated. Bytes from 0x80 on are not
/// checked for UTF-8: they are accepted inside strings only, where they can be repaired.
/// </summary>
internal ref struct JsonScanner(ReadOnlySpan<byte> json)
{
    /// <summary>Deepest allowed nesting, including the outermost object: the default of System.Text.Json and others.</summary>
    public const int MaxDepth = 64;

    private readonly ReadOnlySpan<byte> _json = json;
    private int _at;
    private bool _first = true;

    /// <summary>Whether the text is one object and nothing else but white space.</summary>
    public static bool IsObject(ReadOnlySpan<byte> text)
    {
        var scanner = new JsonScanner(text);
        scanner.SkipWhiteSpace();
        return scanner.Peek() == '{' && scanner.TrySkipValue(MaxDepth) && scanner.IsAtEnd();
    }

    /// <summary>Moves to after the brace that opens the object.</summary>
    public bool TryEnterObject() => TryConsume('{');

    /// <summary>
    /// Reads the next member of the object that was entered. <see cref="JsonRead.End"/> says that the object is closed and
    /// nothing follows it: only then is everything read before part of a well-formed object.
    /// </summary>
    public JsonRead ReadMember(out JsonMember member)
    {
        member = default;
        if (TryConsume('}'))
            return IsAtEnd() ? JsonRead.End : JsonRead.Malformed;
        if (!_first && !TryConsume(','))
            return JsonRead.Malformed;
        _first = false;

        SkipWhiteSpace();
        var nameAt = _at + 1;
        if (!TrySkipName(out var nameLength))
            return JsonRead.Malformed;
        SkipWhiteSpace();
        var valueAt = _at;
        var kind = KindOf(Peek());
        if (kind >= JsonKind.Array ? !TrySkipValue(MaxDepth - 1) : !TrySkipScalar(Peek()))
            return JsonRead.Malformed;
        member = new JsonMember(_json.Slice(nameAt, nameLength), kind, _json[valueAt.._at]);
        return JsonRead.Member;
    }

    private static JsonKind KindOf(byte first) => first switch
    {
        (byte)'"' => JsonKind.String,
        (byte)'{' => JsonKind.Object,
        (byte)'[' => JsonKind.Array,
        (byte)'t' or (byte)'f' or (byte)'n' => JsonKind.Literal,
        _ => JsonKind.Number,
    };

    /// <summary>The byte at hand; 0, which begins nothing in JSON, at the end.</summary>
    private readonly byte Peek() => _at < _json.Length ? _json[_at] : (byte)0;

    private void SkipWhiteSpace()
    {
        while (_at < _json.Length && _json[_at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            _at++;
    }

    private bool IsAtEnd()
    {
        SkipWhiteSpace();
        return _at == _json.Length;
    }

    private bool TryConsume(char expected)
    {
        SkipWhiteSpace();
        if (Peek() != expected)
            return false;
        _at++;
        return true;
    }

    /// <summary>Skips one value and everything in it; open arrays and objects are a stack of bits, so no text can overflow ours.</summary>
    private bool TrySkipValue(int depthLeft)
    {
        var stack = new JsonNesting(depthLeft);
        while (true)
        {
            SkipWhiteSpace();
            var open = Peek();
            if (open is (byte)'{' or (byte)'[')
            {
                _at++;
                if (!stack.TryPush(open == '{'))
                    return false;
                if (!TryConsume(stack.Close))
                {
                    if (stack.InObject && !TrySkipName(out _))
                        return false;
                    continue;
                }

                stack.Pop();
            }
            else if (!TrySkipScalar(open))
            {
                return false;
            }

            while (!stack.IsEmpty && TryConsume(stack.Close))
                stack.Pop();
            if (stack.IsEmpty)
                return true;
            if (!TryConsume(',') || (stack.InObject && !TrySkipName(out _)))
                return false;
        }
    }

    /// <summary>A name and its colon.</summary>
    private bool TrySkipName(out int length)
    {
        SkipWhiteSpace();
        var start = _at;
        length = 0;
        if (Peek() != '"' || !TrySkipString())
            return false;
        length = _at - start - 2;
        return TryConsume(':');
    }

    private bool TrySkipScalar(byte first) => first switch
    {
        (byte)'"' => TrySkipString(),
        (byte)'t' => TrySkipLiteral("true"u8),
        (byte)'f' => TrySkipLiteral("false"u8),
        (byte)'n' => TrySkipLiteral("null"u8),
        _ => TrySkipNumber(),
    };

    private bool TrySkipLiteral(ReadOnlySpan<byte> literal)
    {
        if (!_json[_at..].StartsWith(literal))
            return false;
        _at += literal.Length;
        return true;
    }

    private bool TrySkipString()
    {
        _at++;
        while (true)
        {
            var end = JsonText.IndexOfSpecial(_json[_at..]);
            if (end < 0)
                return false;
            _at += end + 1;
            var found = _json[_at - 1];
            if (found == '"')
                return true;
            if (found != '\\' || !TrySkipEscape())
                return false;
        }
    }

    private bool TrySkipEscape()
    {
        var kind = Peek();
        _at++;
        if (kind != 'u')
            return kind is (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t';
        if (_json.Length - _at < 4)
            return false;
        foreach (var digit in _json.Slice(_at, 4))
        {
            if (!char.IsAsciiHexDigit((char)digit))
                return false;
        }

        _at += 4;
        return true;
    }

    private bool TrySkipNumber()
    {
        // -?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?
        if (Peek() == '-')
            _at++;
        if (Peek() == '0')
            _at++;
        else if (!TrySkipDigits())
            return false;
        if (Peek() == '.')
        {
            _at++;
            if (!TrySkipDigits())
                return false;
        }

        if (Peek() is not ((byte)'e' or (byte)'E'))
            return true;
        _at++;
        if (Peek() is (byte)'+' or (byte)'-')
            _at++;
        return TrySkipDigits();
    }

    private bool TrySkipDigits()
    {
        var start = _at;
        while (Rfc3339.IsDigit(Peek()))
            _at++;
        return _at > start;
    }
}
