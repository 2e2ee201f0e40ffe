using Collector.Pipeline.Buffer;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Catalog;

/// <summary>The first record of a chunk, whose metadata the catalog takes for all of them.</summary>
internal static class FirstRecord
{
    /// <summary>A longer first record is not parsed: its object's catalog line has no pod.</summary>
    private const int Longest = 256 * 1024;

    private const int Piece = 4096;

    /// <summary>Its <c>kubernetes</c>, as JSON; empty: it has none, or is not JSON. It has not been checked.</summary>
    /// <param name="file">The chunk.</param>
    /// <param name="at">Where its first frame begins.</param>
    public static string KubernetesOf(IStorageFile file, long at)
    {
        if (!FrameHeader.TryRead(file, at, out var frame))
        {
            return "";
        }

        using var line = new ByteBuffer();
        var records = Math.Min(frame.Records, Longest);
        while (line.Length < records)
        {
            var piece = line.GetSpan(Piece)[..(int)Math.Min(Piece, records - line.Length)];
            var got = file.Read(piece, at + Frame.HeaderLength + line.Length);
            var end = piece[..got].IndexOf((byte)'\n');
            line.Advance(end < 0 ? got : end);
            if (end >= 0)
            {
                return KubernetesOf(line.Written);
            }

            if (got == 0)
            {
                break;
            }
        }

        return "";
    }

    private static string KubernetesOf(ReadOnlySpan<byte> record)
    {
        var scanner = new JsonScanner(record);
        for (var isInside = scanner.TryEnterObject(); isInside && scanner.ReadMember(out var member) == JsonRead.Member;)
        {
            if (member.Kind == JsonKind.Object && member.Name.SequenceEqual("kubernetes"u8))
            {
                return System.Text.Encoding.UTF8.GetString(member.Raw);
            }
        }

        return "";
    }
}
