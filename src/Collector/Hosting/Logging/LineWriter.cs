using System.Globalization;
using System.Text;
using Collector.Pipeline.Records;

namespace Collector.Hosting.Logging;

/// <summary>
/// Builds one log line of at most <see cref="MaxLength"/> bytes. Whatever it is given, the line is one line of visible
/// text: names that pods choose end up here (S-122). Not thread safe; the owner disposes it.
/// </summary>
internal sealed class LineWriter : IDisposable
{
    /// <summary>Container runtimes split lines at 16 KiB; a split JSON line is no JSON.</summary>
    public const int MaxLength = 16 * 1024;

    // Space after the last text: quotes, the mark of a cut, braces, the newline.
    private const int Reserve = 64;

    // \ud83d\ude00, the longest escape.
    private const int LongestEscape = 12;

    private static ReadOnlySpan<byte> CutMark => "…"u8;

    private readonly ByteBuffer _bytes = new(MaxLength);

    public ReadOnlySpan<byte> Written => _bytes.Written;

    /// <summary>Bytes of text that still fit.</summary>
    public int Room => MaxLength - Reserve - _bytes.Length;

    public void Reset() => _bytes.Reset();

    /// <summary>Appends our own text unchanged.</summary>
    public void Raw(ReadOnlySpan<byte> bytes) => _bytes.Append(bytes);

    /// <summary>
    /// Appends foreign text: backslashes and invisible characters are escaped as in JSON, quotes too if <paramref name="quoted"/>;
    /// text beyond <paramref name="limit"/> bytes, or beyond the free space, is cut off.
    /// </summary>
    public void Escaped(ReadOnlySpan<char> text, int limit, bool quoted)
    {
        var end = _bytes.Length + Math.Min(limit, Room) - LongestEscape;
        while (!text.IsEmpty)
        {
            if (_bytes.Length > end)
            {
                _bytes.Append(CutMark);
                return;
            }

            // A lone surrogate decodes as U+FFFD, which is visible.
            Rune.DecodeFromUtf16(text, out var rune, out var consumed);
            Append(rune, text[..consumed], quoted);
            text = text[consumed..];
        }
    }

    public void Dispose() => _bytes.Dispose();

    private void Append(Rune rune, ReadOnlySpan<char> units, bool quoted)
    {
        switch (rune.Value)
        {
            case '\n':
                _bytes.Append("\\n"u8);
                break;
            case '\r':
                _bytes.Append("\\r"u8);
                break;
            case '\t':
                _bytes.Append("\\t"u8);
                break;
            case '\\':
                _bytes.Append("\\\\"u8);
                break;
            case '"' when quoted:
                _bytes.Append("\\\""u8);
                break;
            default:
                if (IsVisible(rune))
                {
                    _bytes.Advance(rune.EncodeToUtf8(_bytes.GetSpan(4)));
                }
                else
                {
                    EscapeUnits(units);
                }

                break;
        }
    }

    private void EscapeUnits(ReadOnlySpan<char> units)
    {
        Span<byte> escape = stackalloc byte[6];
        "\\u"u8.CopyTo(escape);
        foreach (var unit in units)
        {
            ((int)unit).TryFormat(escape[2..], out _, "x4", CultureInfo.InvariantCulture);
            _bytes.Append(escape);
        }
    }

    // Invisible characters: controls (terminal escapes), formats (text that runs backwards), line and paragraph separators (a new
    // line to some readers), blanks that look like a space, and characters without an agreed look.
    private static bool IsVisible(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.SpaceSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate);
}
