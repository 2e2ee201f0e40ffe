using System.Buffers.Text;
using System.Text;

namespace Collector.Pipeline.Records;

/// <summary>The inside of JSON strings that <see cref="JsonScanner"/> found well formed.</summary>
internal static class JsonString
{
    private const int UnicodeEscapeLength = 6;

    /// <summary>
    /// Writes the meaning of <paramref name="raw"/> (without its quotes). <paramref name="destination"/> must have its length,
    /// because no escape is shorter than its meaning. An unpaired surrogate becomes U+FFFD.
    /// </summary>
    /// <returns>Bytes written.</returns>
    public static int Unescape(ReadOnlySpan<byte> raw, Span<byte> destination)
    {
        var written = 0;
        while (true)
        {
            var escape = raw.IndexOf((byte)'\\');
            var plain = escape < 0 ? raw : raw[..escape];
            plain.CopyTo(destination[written..]);
            written += plain.Length;
            if (escape < 0)
                return written;

            raw = raw[escape..];
            written += WriteEscaped(raw, destination[written..], out var consumed);
            raw = raw[consumed..];
        }
    }

    private static int WriteEscaped(ReadOnlySpan<byte> raw, Span<byte> destination, out int consumed)
    {
        if (raw[1] == 'u')
            return ReadRune(raw, out consumed).EncodeToUtf8(destination);
        consumed = 2;
        destination[0] = raw[1] switch
        {
            (byte)'b' => (byte)'\b',
            (byte)'f' => (byte)'\f',
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'t' => (byte)'\t',
            var itself => itself,
        };
        return 1;
    }

    private static Rune ReadRune(ReadOnlySpan<byte> raw, out int consumed)
    {
        var unit = ReadCodeUnit(raw);
        consumed = UnicodeEscapeLength;
        if (Rune.TryCreate(unit, out var rune))
            return rune;
        var next = raw[UnicodeEscapeLength..];
        if (!next.StartsWith("\\u"u8) || !Rune.TryCreate(unit, ReadCodeUnit(next), out rune))
            return Rune.ReplacementChar;
        consumed += UnicodeEscapeLength;
        return rune;
    }

    private static char ReadCodeUnit(ReadOnlySpan<byte> raw)
    {
        Utf8Parser.TryParse(raw[2..UnicodeEscapeLength], out ushort unit, out _, 'x');
        return (char)unit;
    }
}
