using System.Text;

namespace Collector.Pipeline.Records;

/// <summary>
/// Finds bytes that are not UTF-8. Each maximal part of a broken sequence counts once and becomes one U+FFFD, as the Unicode
/// standard (§3.9, "Best Practices for Using U+FFFD") and .NET's own decoder have it.
/// </summary>
internal static class Utf8Repair
{
    public static ReadOnlySpan<byte> ReplacementCharacter => "\uFFFD"u8;

    /// <summary>How many bytes at the start are UTF-8, and how many after those are one broken sequence (0: none).</summary>
    public static int MeasureValid(ReadOnlySpan<byte> bytes, out int broken)
    {
        var at = 0;
        broken = 0;
        while (true)
        {
            var plain = bytes[at..].IndexOfAnyExceptInRange((byte)0, (byte)0x7F);
            if (plain < 0)
                return bytes.Length;
            at += plain;
            if (Rune.DecodeFromUtf8(bytes[at..], out _, out var length) != System.Buffers.OperationStatus.Done)
            {
                broken = length;
                return at;
            }

            at += length;
        }
    }

    /// <summary>Appends <paramref name="bytes"/> with every broken sequence replaced.</summary>
    public static void Append(ByteBuffer to, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var valid = MeasureValid(bytes, out var broken);
            to.Append(bytes[..valid]);
            if (broken > 0)
                to.Append(ReplacementCharacter);
            bytes = bytes[(valid + broken)..];
        }
    }
}
