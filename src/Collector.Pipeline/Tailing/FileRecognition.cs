using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Tailing.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>Whether a file is the one that a generation was read from: by inode, fingerprint and resume guard (I10). Owned by the tail worker.</summary>
internal sealed class FileRecognition
{
    /// <summary>Equal over so many bytes, two heads of timestamped lines are one file's.</summary>
    private const int ConvincingLength = 64;

    /// <summary>Of one container no two lines have the same time: equal over a time of nanoseconds and the stream is enough.</summary>
    private const int TimestampLength = 38;

    private readonly byte[] _head = new byte[Fingerprint.MaxLength];
    private readonly byte[] _before = new byte[ResumeGuard.MaxLength];

    public static bool IsSameInode(Generation known, FileStatus status) =>
        !known.IsReplaced && known.Identity.Inode == status.Inode &&
        (known.Identity.BirthTime == 0 || status.BirthTime == 0 || known.Identity.BirthTime == status.BirthTime) &&
        (known.Identity.Device == status.Device || (!known.IsVerified && known.Identity.Fingerprint.Length > 0));

    /// <summary>A container's file that is shorter lost its tail, unless it is empty; any other was truncated, be it read or not.</summary>
    public static bool IsTruncated(Chain chain, Generation known, FileStatus status) =>
        !known.IsGzip && (chain.IsKubelets ? status.Size == 0 && known.Position > 0 : status.Size < known.Size);

    /// <summary>Whether an open file that may be rewritten in place is another one by now (S-33). A container's never is.</summary>
    public bool IsRewritten(Chain chain, Generation known, FileStatus status)
    {
        if (chain.IsKubelets || known.IsGzip || known.File is not { } file || (status.Size == known.Size && status.ModificationTime == known.ModifiedAt))
        {
            return false;
        }

        var head = HeadOf(file);
        return known.Identity.Fingerprint.Compare(head) < 0 || (status.Size >= known.GuardAt && !GuardHolds(known, file, mayBeEmpty: false));
    }

    /// <summary>Takes up a longer fingerprint, when the file has become longer.</summary>
    public void UpdateFingerprint(Generation known)
    {
        if (known.File is { } file && !known.IsGzip && known.Identity.Fingerprint.Length < Fingerprint.MaxLength)
        {
            var head = HeadOf(file);
            if (head.Length > known.Identity.Fingerprint.Length && known.Identity.Fingerprint.Compare(head) >= 0)
            {
                known.Identity = known.Identity with { Fingerprint = Fingerprint.Of(head) };
                known.FirstTime = FirstTimeOf(head);
            }
        }
    }

    public Fingerprint FingerprintOf(SourceFile file) => Fingerprint.Of(HeadOf(file));

    /// <summary>Whether the bytes before the highest known position are still the same ones.</summary>
    public bool GuardHolds(Generation known, SourceFile file, bool mayBeEmpty)
    {
        if (known.Guard.Length == 0)
        {
            return true;
        }

        var before = _before.AsSpan(0, known.Guard.Length);
        var got = file.Read(before, known.GuardAt - known.Guard.Length);
        return ResumeGuard.Of(before[..got]) == known.Guard || (mayBeEmpty && got > 0 && before[..got].IndexOfAnyExcept((byte)0) < 0);
    }

    /// <summary>Whether two heads that agree are one file's, and not only alike.</summary>
    public static bool IsConvincing(Chain chain, Generation known, ReadOnlySpan<byte> head)
    {
        var equal = known.Identity.Fingerprint.Compare(head);
        return equal >= ConvincingLength || (equal > 0 && equal == known.Identity.Fingerprint.Length && (equal == head.Length || (chain.IsKubelets && equal >= TimestampLength)));
    }

    /// <summary>Whether it is as long as what was read of the generation.</summary>
    public bool ReachesPosition(Generation known, Candidate candidate)
    {
        var position = known.Position;
        return position == 0 || (candidate.Name.IsGzip ? candidate.File.Read(_before.AsSpan(0, 1), position - 1) == 1 : candidate.Status.Size >= position);
    }

    /// <summary>The first bytes, valid until the next call. Throws what reading throws.</summary>
    public ReadOnlySpan<byte> HeadOf(SourceFile file) => _head.AsSpan(0, file.Read(_head, 0));

    /// <summary>The time of the first line in Unix ns; 0: none.</summary>
    public static long FirstTimeOf(ReadOnlySpan<byte> head) =>
        RecordTime.TryParse(head[..Math.Max(0, head.IndexOf((byte)' '))], out var time) ? time.UnixNanoseconds : 0;
}
