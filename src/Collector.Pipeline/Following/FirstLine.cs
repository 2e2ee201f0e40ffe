using Collector.Pipeline.Positions;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Following;

/// <summary>
/// The end of a generation's first line is a checkpoint of its digest. It identifies more than the head of 1 KiB does: a log that
/// always begins with the same long text (Docker's time comes after it), and a log that lost its tail in a power failure within
/// that head, and was written again.
/// </summary>
internal static class FirstLine
{
    /// <summary>A longer first line is not searched to its end.</summary>
    public const int Longest = 64 * 1024;

    /// <summary>Adds bytes that were read at an offset, with a checkpoint where the first line ends.</summary>
    public static ContentDigest Append(ContentDigest digest, ReadOnlySpan<byte> bytes, long offset)
    {
        if (digest is { Origin: 0, End: < Longest, Checkpoints.IsEmpty: true } && offset <= digest.End && offset + bytes.Length > digest.End)
        {
            var rest = bytes[(int)(digest.End - offset)..];
            var end = rest[..(int)Math.Min(rest.Length, Longest - digest.End)].IndexOf((byte)'\n');
            digest = end < 0 ? digest : digest.Append(rest[..(end + 1)], digest.End).Mark();
        }

        return digest.Append(bytes, offset);
    }

    /// <summary>Whether the file still begins with the first line; null: unknown, or the file is too short to tell.</summary>
    public static bool? Holds(in ContentDigest digest, IFileContent content)
    {
        if (digest.Origin != 0 || digest.Checkpoints.IsEmpty || digest.Checkpoints[0] is not { Offset: <= Longest } end)
        {
            return null;
        }

        var line = new byte[end.Offset];
        return content.Read(line, 0) < line.Length ? null : Crc32C.Compute(line) == end.Crc;
    }
}
