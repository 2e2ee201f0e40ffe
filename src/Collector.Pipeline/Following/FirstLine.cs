using Collector.Pipeline.Buffer.Format;
using Collector.Pipeline.Positions;

namespace Collector.Pipeline.Following;

/// <summary>
/// The end of a generation's first line is a checkpoint of its digest: a log whose every life begins with the same long text
/// has its time behind it (Docker's lines), so 1 KiB of equal head says nothing there.
/// </summary>
internal static class FirstLine
{
    /// <summary>A first line that is longer is not looked at to its end.</summary>
    public const int Longest = 64 * 1024;

    /// <summary>Whether the file still has the first line, or is too short to tell.</summary>
    public static bool Holds(in ContentDigest digest, IFileContent content)
    {
        if (digest.Origin != 0 || digest.Checkpoints.IsEmpty || digest.Checkpoints[0] is not { Offset: > Fingerprint.MaxLength and <= Longest } end)
        {
            return true;
        }

        var line = new byte[end.Offset];
        return content.Read(line, 0) < line.Length || Crc32C.Compute(line) == end.Crc;
    }
}
