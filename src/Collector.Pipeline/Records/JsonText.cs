using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Unicode;

namespace Collector.Pipeline.Records;

/// <summary>
/// Text as the inside of a JSON string (RFC 8259 §7): <c>"</c>, <c>\</c> and control characters are escaped, all else stays; bytes
/// that are not UTF-8 become U+FFFD.
/// </summary>
public static class JsonText
{
    /// <summary>Bytes searched and copied at a time; a width that every 64-bit machine has.</summary>
    private const int Block = 16;

    /// <summary>The longest escape, <c>\u00XX</c>.</summary>
    private const int MaxEscape = 6;

    /// <summary>The most that a step writes: a block of escapes, and a block copied after the last one.</summary>
    private const int MaxStep = (Block * MaxEscape) + Block;

    private static readonly SearchValues<byte> s_special = SearchValues.Create(
        [(byte)'"', (byte)'\\', .. Enumerable.Range(0, ' ').Select(control => (byte)control)]);

    /// <summary>White space between tokens (RFC 8259 §2).</summary>
    internal static ReadOnlySpan<byte> WhiteSpace => " \t\r\n"u8;

    private static ReadOnlySpan<byte> HexDigits => "0123456789abcdef"u8;

    /// <summary>Appends <paramref name="text"/> escaped, without quotes. Returns whether bytes had to be repaired.</summary>
    public static bool Append(ByteBuffer to, ReadOnlySpan<byte> text)
    {
        if (Utf8.IsValid(text))
        {
            AppendValid(to, text);
            return false;
        }

        while (!text.IsEmpty)
        {
            var valid = Utf8Repair.MeasureValid(text, out var broken);
            AppendValid(to, text[..valid]);
            if (broken > 0)
                to.Append(Utf8Repair.ReplacementCharacter);
            text = text[(valid + broken)..];
        }

        return true;
    }

    /// <summary>
    /// Appends JSON that is known to be well formed, on one line: its line breaks, which can only be between tokens, become spaces.
    /// </summary>
    /// <param name="to">Where to.</param>
    /// <param name="json">One value, or a part that starts and ends between tokens.</param>
    /// <param name="repair">It has bytes that are not UTF-8 (which can only be in strings): replace them by U+FFFD.</param>
    internal static void AppendJson(ByteBuffer to, ReadOnlySpan<byte> json, bool repair)
    {
        while (true)
        {
            var lineBreak = json.IndexOfAny((byte)'\r', (byte)'\n');
            var part = lineBreak < 0 ? json : json[..lineBreak];
            if (repair)
                Utf8Repair.Append(to, part);
            else
                to.Append(part);
            if (lineBreak < 0)
                return;
            to.Append((byte)' ');
            json = json[(lineBreak + 1)..];
        }
    }

    private static void AppendValid(ByteBuffer to, ReadOnlySpan<byte> text)
    {
        // Room for a text without escapes; one that has many comes back here for more.
        while (!text.IsEmpty)
        {
            var read = Escape(text, to.GetSpan(text.Length + MaxStep), out var written);
            to.Advance(written);
            text = text[read..];
        }
    }

    /// <summary>Escapes until the text or the room is at its end; returns how many bytes of the text are done.</summary>
    private static int Escape(ReadOnlySpan<byte> text, Span<byte> room, out int written)
    {
        ref var source = ref MemoryMarshal.GetReference(text);
        ref var target = ref MemoryMarshal.GetReference(room);
        int read = 0, put = 0;

        // Every step below writes less than MaxStep after put, so one comparison in each step guards the room.
        var lastPut = room.Length - MaxStep;
        while (read <= text.Length - Block && put <= lastPut)
        {
            var block = Vector128.LoadUnsafe(ref source, (nuint)read);
            block.StoreUnsafe(ref target, (nuint)put);
            var special = FindSpecial(block);
            if (special == Vector128<byte>.Zero)
            {
                read += Block;
                put += Block;
                continue;
            }

            // One search finds all escapes of a block. After each escape the rest of the block is copied again. This copy reads up
            // to a block beyond it, so near the end of the text only the first escape is handled here.
            var found = special.ExtractMostSignificantBits();
            var isLast = read > text.Length - (2 * Block);
            var done = 0;
            do
            {
                var at = BitOperations.TrailingZeroCount(found);
                put += at - done;
                put += WriteEscape(text[read + at], room[put..]);
                done = at + 1;
                if (isLast)
                    break;
                Vector128.LoadUnsafe(ref source, (nuint)(read + done)).StoreUnsafe(ref target, (nuint)put);
                found &= found - 1;
            }
            while (found != 0);

            put += isLast ? 0 : Block - done;
            read += isLast ? done : Block;
        }

        while (read < text.Length && put <= lastPut)
        {
            var value = text[read++];
            if (IsSpecial(value))
                put += WriteEscape(value, room[put..]);
            else
                room[put++] = value;
        }

        written = put;
        return read;
    }

    /// <summary>
    /// The position of the first byte that a JSON string must escape; -1 if there is none. JSON has one every few bytes, so the
    /// first block is searched here and not in a call.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int IndexOfSpecial(ReadOnlySpan<byte> text)
    {
        if (text.Length >= Block)
        {
            var special = FindSpecial(Vector128.Create(text));
            if (special != Vector128<byte>.Zero)
                return BitOperations.TrailingZeroCount(special.ExtractMostSignificantBits());
        }

        return text.IndexOfAny(s_special);
    }

    private static Vector128<byte> FindSpecial(Vector128<byte> block) =>
        Vector128.LessThan(block, Vector128.Create((byte)' '))
        | Vector128.Equals(block, Vector128.Create((byte)'"'))
        | Vector128.Equals(block, Vector128.Create((byte)'\\'));

    private static bool IsSpecial(byte value) => value is < (byte)' ' or (byte)'"' or (byte)'\\';

    private static int WriteEscape(byte value, Span<byte> room)
    {
        room[0] = (byte)'\\';
        if (value >= ' ')
        {
            room[1] = value;
            return 2;
        }

        room[1] = value switch
        {
            (byte)'\n' => (byte)'n',
            (byte)'\r' => (byte)'r',
            (byte)'\t' => (byte)'t',
            (byte)'\b' => (byte)'b',
            (byte)'\f' => (byte)'f',
            _ => (byte)'u',
        };
        if (room[1] != 'u')
            return 2;
        room[2] = room[3] = (byte)'0';
        room[4] = HexDigits[value >> 4];
        room[5] = HexDigits[value & 0xF];
        return MaxEscape;
    }
}
