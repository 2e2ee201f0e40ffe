using Collector.Pipeline.Positions;

namespace Collector.Pipeline.Following;

/// <summary>R1 and R4: whether a known inode still holds the content that was read (DESIGN.md beside this file, step 1).</summary>
internal static class KnownInode
{
    /// <summary>
    /// What a file with a known generation's inode is: (a) that generation, (b) with its tail or (c) a range of its head lost, or
    /// (d) new content written in its place.
    /// </summary>
    public static (Verdict Verdict, long At, LossCause Cause) Tell(KnownFile known, SeenFile seen)
    {
        if (known.IsCompressed)
        {
            return IsSameForm(known, seen) ? (Verdict.Same, 0, default) : (Verdict.New, 0, LossCause.Rewritten);
        }

        if (seen.IsGzip)
        {
            return (Verdict.New, 0, LossCause.Rewritten);
        }

        var size = seen.Status.Size;
        var isUntouched = known.IsVerified && size == known.SeenSize && seen.Status.ModificationTime == known.ModifiedAt;
        if (isUntouched)
        {
            return (Verdict.Same, 0, default);
        }

        if ((known.Open ?? seen.Content) is not { } content)
        {
            return (Verdict.Unreadable, 0, default);
        }

        if (size >= known.Position)
        {
            return IsAsBefore(known, content, size) ? (size < known.SeenSize ? (Verdict.Shrunk, known.Position, default) : (Verdict.Same, 0, default))
                : FindCollapsed(known, content, size) is >= 0 and var moved ? (Verdict.Collapsed, moved, default)
                : (Verdict.New, 0, size < known.SeenSize ? LossCause.Truncated : LossCause.Rewritten);
        }

        return known.Shrink == ShrinkRule.GoOnAtEnd && size > 0 && known.Fingerprint.Length > 0 && HasHead(known, content) ? (Verdict.Shrunk, size, default)
            : FindCollapsed(known, content, size) is >= 0 and var at ? (Verdict.Collapsed, at, default)
            : (Verdict.New, 0, LossCause.Truncated);
    }

    /// <summary>The number and the birth time, if known: a number is reused.</summary>
    public static bool IsOfInode(KnownFile one, SeenFile file) =>
        one.Inode == file.Status.Inode && (one.BirthTime == 0 || file.Status.BirthTime == 0 || one.BirthTime == file.Status.BirthTime);

    /// <summary>
    /// Device numbers may change over a reboot: an inode on another device counts until it was compared once, and only with an
    /// equal head. A different birth time means another file; where there are none, an empty closed file with another name
    /// cannot be distinguished from a new one.
    /// </summary>
    public static bool IsSameInode(KnownFile one, SeenFile file) =>
        IsOfInode(one, file) && (one.BirthTime != 0 || one.Fingerprint.Length > 0 || one.Position > 0 || one.Open is not null || one.Path == file.Path) &&
        (one.Device == file.Status.Device || (!one.IsVerified && one.Fingerprint.Length > 0 && one.Fingerprint.Compare(file.Head) >= 0));

    /// <summary>A compressed file, maybe damaged. If there is no birth time, the inode number may have been reused.</summary>
    private static bool IsSameForm(KnownFile known, SeenFile seen) =>
        seen.IsGzip == known.IsGzip &&
        (known.BirthTime != 0 || (known.IsVerified && seen.Status.ModificationTime == known.ModifiedAt) || known.Fingerprint.Compare(seen.Head) >= 0);

    /// <summary>
    /// By the guard; where nothing is guarded yet, by the head and the length: unread bytes of a shorter file are lost.
    /// </summary>
    private static bool IsAsBefore(KnownFile known, IFileContent content, long size) =>
        known.Position > 0 && known.Guard.Length > 0 ? FileGuard.Holds(known, content)
        : (size >= known.SeenSize || (known.Shrink == ShrinkRule.GoOnAtEnd && size > 0)) && HasHead(known, content);

    /// <summary>The first line is the known one; if that is unknown or incomplete, the first bytes are.</summary>
    private static bool HasHead(KnownFile known, IFileContent content)
    {
        Span<byte> head = stackalloc byte[Fingerprint.MaxLength];
        head = head[..content.Read(head, 0)];
        return FirstLine.Holds(known.Digest, content) ?? ((known.Fingerprint.Length == 0 || !head.IsEmpty) && known.Fingerprint.Compare(head) >= 0);
    }

    private static long FindCollapsed(KnownFile known, IFileContent content, long size)
    {
        Span<byte> head = stackalloc byte[Fingerprint.MaxLength];
        head = head[..content.Read(head, 0)];
        return known.Fingerprint.Compare(head) < 0 ? FileGuard.FindCollapsed(known, content, size) : -1;
    }
}
