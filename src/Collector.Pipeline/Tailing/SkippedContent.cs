using Collector.Pipeline.Following;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// Identifies a file whose beginning was skipped unread: by a digest of the end of that beginning, and the guard there. The
/// skipped bytes are not read for this, because a node has gigabytes of old logs.
/// </summary>
internal static class SkippedContent
{
    /// <summary>More than a banner has, and 10,000 files are skipped in seconds.</summary>
    private const int Most = 64 * 1024;

    /// <summary>The digest up to <paramref name="end"/> and the guard before it; a known digest continues if it is near.</summary>
    public static (ContentDigest Digest, ResumeGuard Guard) Read(SourceFile file, ContentDigest known, long end)
    {
        var from = Math.Max(0, end - Most);
        var bytes = new byte[end - from];
        bytes = bytes[..file.Read(bytes, from)];
        var digest = known.End >= from && known.End > known.Origin ? known : ContentDigest.From(from);
        return (FirstLine.Append(digest, bytes, from), ResumeGuard.Of(bytes));
    }

    public static Fingerprint HeadOf(SourceFile file)
    {
        Span<byte> head = stackalloc byte[Fingerprint.MaxLength];
        return Fingerprint.Of(head[..file.Read(head, 0)]);
    }
}
