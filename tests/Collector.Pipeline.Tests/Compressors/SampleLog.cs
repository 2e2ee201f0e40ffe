using System.Text;

namespace Collector.Pipeline.Tests.Compressors;

/// <summary>Text that compresses as logs do, the same every time.</summary>
internal static class SampleLog
{
    /// <summary>About the bytes of a commit.</summary>
    public const int Piece = 200_000;

    /// <summary>Whole lines of about so many bytes.</summary>
    public static byte[] Lines(int length)
    {
        var bytes = Bytes(length);
        return bytes[..(bytes.AsSpan().LastIndexOf((byte)'\n') + 1)];
    }

    public static byte[] Bytes(int length)
    {
        var random = new Random(42);
        var text = new StringBuilder(length + 200);
        while (text.Length < length)
            text.Append("2026-11-20T10:00:").Append(random.Next(60)).Append("Z INFO request ").Append(random.Next()).Append(" took ").Append(random.Next(5000)).Append(" ms\n");

        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }
}
