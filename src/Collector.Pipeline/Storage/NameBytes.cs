using System.Text;
using System.Text.Unicode;

namespace Collector.Pipeline.Storage;

/// <summary>
/// File names as strings. To the kernel a name is bytes, mostly but not always UTF-8. A byte that is not part of UTF-8 is a lone
/// surrogate in the string, U+DC80 to U+DCFF, like Python's <c>surrogateescape</c>: so every name converts back to its bytes, and
/// no two names are one string. Encoding such a string as UTF-8 gives U+FFFD.
/// </summary>
internal static class NameBytes
{
    private const int EscapeBase = 0xDC00;
    private const char FirstEscape = '\uDC80';
    private const char LastEscape = '\uDCFF';

    /// <summary>The most bytes that a UTF-16 unit of a name becomes.</summary>
    private const int MostBytesAUnit = 3;

    public static int GetMaxByteCount(int length) => length * MostBytesAUnit;

    /// <summary>How many bytes <see cref="Encode"/> writes.</summary>
    public static int GetByteCount(ReadOnlySpan<char> name)
    {
        var count = Encoding.UTF8.GetByteCount(name);
        for (var at = name.IndexOfAnyInRange(FirstEscape, LastEscape); at >= 0 && at < name.Length; at++)
        {
            var isEscape = name[at] is >= FirstEscape and <= LastEscape && (at == 0 || !char.IsHighSurrogate(name[at - 1]));
            count -= isEscape ? MostBytesAUnit - 1 : 0;
        }

        return count;
    }

    public static string Decode(ReadOnlySpan<byte> name)
    {
        if (Utf8.IsValid(name))
        {
            return Encoding.UTF8.GetString(name);
        }

        var text = new StringBuilder(name.Length);
        Span<char> units = stackalloc char[2];
        while (!name.IsEmpty)
        {
            // Bytes that are not UTF-8 are converted one by one, so that none is lost.
            var isValid = Rune.DecodeFromUtf8(name, out var rune, out var length) == System.Buffers.OperationStatus.Done;
            if (isValid)
            {
                text.Append(units[..rune.EncodeToUtf16(units)]);
            }

            for (var i = 0; i < length && !isValid; i++)
            {
                text.Append((char)(EscapeBase + name[i]));
            }

            name = name[length..];
        }

        return text.ToString();
    }

    /// <summary>Writes the bytes that <paramref name="name"/> was decoded from; returns how many. Room: <see cref="GetMaxByteCount"/>.</summary>
    public static int Encode(ReadOnlySpan<char> name, Span<byte> to)
    {
        var written = 0;
        while (!name.IsEmpty)
        {
            var plain = name.IndexOfAnyInRange(FirstEscape, LastEscape);
            if (plain != 0)
            {
                // The second half of a pair may be in the range of the escapes, but never without the first half.
                plain = plain > 0 && char.IsHighSurrogate(name[plain - 1]) ? plain + 1 : plain;
                var part = plain < 0 ? name : name[..plain];
                written += Encoding.UTF8.GetBytes(part, to[written..]);
                name = name[part.Length..];
                continue;
            }

            to[written++] = (byte)(name[0] - EscapeBase);
            name = name[1..];
        }

        return written;
    }
}
