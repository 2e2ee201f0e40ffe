using System.Buffers;

namespace Collector.Testing.Mix;

/// <summary>How the container runtime writes a line.</summary>
public enum RuntimeFormat
{
    /// <summary>containerd and CRI-O: <c>time stream P|F text</c>.</summary>
    Cri,

    /// <summary>Docker's json-file: a message that goes on has no <c>\n</c> in its <c>log</c>.</summary>
    DockerJson,
}

/// <summary>Writes runtime lines, newline included.</summary>
internal static class RuntimeLineFormat
{
    // A byte of a JSON string may become six (\u0000).
    private const int LongestEscape = 6;
    private const int LongestFrame = 160;

    public static void Write(IBufferWriter<byte> output, RuntimeFormat format, ReadOnlySpan<byte> time, RuntimeStream stream, bool partial, ReadOnlySpan<byte> text)
    {
        if (format == RuntimeFormat.Cri) WriteCri(output, time, stream, partial, text);
        else WriteDocker(output, time, stream, partial, text);
    }

    private static ReadOnlySpan<byte> Name(RuntimeStream stream) => stream == RuntimeStream.Stdout ? "stdout"u8 : "stderr"u8;

    private static void WriteCri(IBufferWriter<byte> output, ReadOnlySpan<byte> time, RuntimeStream stream, bool partial, ReadOnlySpan<byte> text)
    {
        Span<byte> line = output.GetSpan(LongestFrame + text.Length);
        int length = 0;
        Append(line, ref length, time);
        Append(line, ref length, " "u8);
        Append(line, ref length, Name(stream));
        Append(line, ref length, partial ? " P "u8 : " F "u8);
        Append(line, ref length, text);
        Append(line, ref length, "\n"u8);
        output.Advance(length);
    }

    private static void WriteDocker(IBufferWriter<byte> output, ReadOnlySpan<byte> time, RuntimeStream stream, bool partial, ReadOnlySpan<byte> text)
    {
        Span<byte> line = output.GetSpan(LongestFrame + (LongestEscape * text.Length));
        int length = 0;
        Append(line, ref length, "{\"log\":\""u8);
        foreach (byte b in text) AppendEscaped(line, ref length, b);
        Append(line, ref length, partial ? "\",\"stream\":\""u8 : "\\n\",\"stream\":\""u8);
        Append(line, ref length, Name(stream));
        Append(line, ref length, "\",\"time\":\""u8);
        Append(line, ref length, time);
        Append(line, ref length, "\"}\n"u8);
        output.Advance(length);
    }

    private static void Append(Span<byte> line, ref int length, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(line[length..]);
        length += bytes.Length;
    }

    private static void AppendEscaped(Span<byte> line, ref int length, byte b)
    {
        switch (b)
        {
            case (byte)'"': Append(line, ref length, "\\\""u8); break;
            case (byte)'\\': Append(line, ref length, "\\\\"u8); break;
            case (byte)'\t': Append(line, ref length, "\\t"u8); break;
            case < 0x20 or (byte)'<' or (byte)'>' or (byte)'&':
                // As Go's encoder does, which json-file is written with.
                Append(line, ref length, "\\u00"u8);
                line[length++] = "0123456789abcdef"u8[b >> 4];
                line[length++] = "0123456789abcdef"u8[b & 15];
                break;
            default: line[length++] = b; break;
        }
    }
}
