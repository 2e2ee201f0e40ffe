using Collector.Pipeline.Positions;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Following;

/// <summary>Whether a file is a generation's copy.</summary>
internal enum CopyAnswer : byte
{
    Different,

    /// <summary>Equal over all of the shorter of position and file.</summary>
    Equal,

    /// <summary>Equal so far; the rest is compared in the next looks.</summary>
    NotYet,

    /// <summary>
    /// A compressed file that cannot be read to its end, and is equal up to there as far as that can be told: it is still being
    /// written, or damaged.
    /// </summary>
    Cut,
}

/// <summary>
/// Compares files with the content that was read of generations (R2), in steps, because comparing means reading and other files
/// must be read meanwhile. Remembers its progress, and since when a candidate is undecided. Owned by the tail worker.
/// </summary>
/// <param name="budget">Bytes read in one look.</param>
internal sealed class CopyComparisons(long budget)
{
    private const int Piece = 64 * 1024;

    /// <summary>
    /// An equal beginning of this length is not just a banner: the rest of a copy that ended a little shorter need not be proven.
    /// </summary>
    private const long Convincing = ContentDigest.Block;

    private readonly Dictionary<(GenerationId, ulong Device, ulong Inode), Progress> _progress = [];
    private readonly Dictionary<(ulong Device, ulong Inode), Doubt> _doubts = [];
    private byte[]? _pieces;
    private long _left;

    /// <param name="At">Up to where a file was read.</param>
    /// <param name="End">Where a compressed file was found to end sooner than it says.</param>
    private sealed record Progress(Checkpoint At, long End = long.MaxValue);

    /// <param name="Since">When it was met.</param>
    /// <param name="Size">As last seen.</param>
    /// <param name="StillSince">When it was first seen with that size.</param>
    /// <param name="Whole">The greatest size at which it was as long as its original; 0: it never was.</param>
    private sealed record Doubt(long Since, long Size, long StillSince, long Whole = 0);

    /// <summary>Begins a look.</summary>
    public void Begin() => _left = budget;

    /// <summary>Compares a file with a generation that has lost its bytes: only the digest of its read content is known.</summary>
    public CopyAnswer CompareWithDigest(KnownFile known, SeenFile seen)
    {
        if (!HasEqualHead(known, seen))
        {
            return CopyAnswer.Different;
        }

        if (IsCompressedForm(known, seen))
        {
            return CopyAnswer.Equal;
        }

        var (answer, agreed, length) = Walk(known, seen);
        return answer == CopyAnswer.NotYet || (answer == CopyAnswer.Equal && IsProven(known, seen, agreed.Offset, length)) ? answer
            : known.WasReadToEnd && IsDamagedForm(known, seen, known.SeenSize) ? CopyAnswer.Equal
            : answer == CopyAnswer.Equal && length < seen.KnownLength ? CopyAnswer.Cut
            : CopyAnswer.Different;
    }

    /// <summary>
    /// Compares a file with a generation whose file is whole: a copy has the same length, or is still growing to it.
    /// </summary>
    /// <param name="known">The generation.</param>
    /// <param name="original">Its bytes.</param>
    /// <param name="originalLength">How many there are now.</param>
    /// <param name="seen">A possible copy under way.</param>
    /// <param name="proven">Up to where the two are equal, and the checksum there.</param>
    public CopyAnswer CompareWithOriginal(KnownFile known, IFileContent original, long originalLength, SeenFile seen, out Checkpoint proven)
    {
        proven = default;
        if (seen.KnownLength > originalLength || !HasEqualHead(known, seen))
        {
            return CopyAnswer.Different;
        }

        (var answer, proven, _) = Walk(known, seen);
        if (answer == CopyAnswer.Different)
        {
            return IsDamagedForm(known, seen, originalLength) ? CopyAnswer.Equal : answer;
        }

        while (answer == CopyAnswer.Equal && proven.Offset < originalLength)
        {
            var pieces = _pieces ??= new byte[2 * Piece];
            var got = seen.Content!.Read(pieces.AsSpan(0, (int)Math.Min(Piece, originalLength - proven.Offset)), proven.Offset);
            var theirs = pieces.AsSpan(Piece, got);
            if (got == 0 || original.Read(theirs, proven.Offset) < got)
            {
                break;
            }

            if (!pieces.AsSpan(0, got).SequenceEqual(theirs))
            {
                return IsDamagedForm(known, seen, originalLength) ? CopyAnswer.Equal : CopyAnswer.Different;
            }

            proven = new Checkpoint(proven.Offset + got, Crc32C.Append(proven.Crc, theirs));
            _left -= got;
            if (_left <= 0)
            {
                _progress[KeyOf(known, seen)] = new Progress(proven);
                return CopyAnswer.NotYet;
            }
        }

        return answer;
    }

    /// <summary>
    /// Whether to keep waiting for a candidate that equals a whole original, because a copy may be under way. No longer after a
    /// minute, nor when the original grows while the candidate is still.
    /// </summary>
    public bool IsToBeWaitedFor(SeenFile seen, long originalLength, long now, in FollowingTimes times)
    {
        var key = (seen.Status.Device, seen.Status.Inode);
        var doubt = _doubts.GetValueOrDefault(key) ?? new Doubt(now, seen.Status.Size, now);
        doubt = doubt.Size == seen.Status.Size ? doubt : doubt with { Size = seen.Status.Size, StillSince = now };
        doubt = originalLength > 0 && seen.KnownLength == originalLength ? doubt with { Whole = originalLength } : doubt;
        _doubts[key] = doubt;
        var goesOn = originalLength > seen.KnownLength && now - doubt.StillSince >= times.Still;
        return now - doubt.Since < times.Doubt && !goesOn;
    }

    /// <summary>
    /// An undecided file was as long as its original, and somebody has written more into it since: nobody does that to a copy. Bytes that
    /// were read of the original behind that length would tell otherwise.
    /// </summary>
    public bool WasWrittenOn(SeenFile seen, long position) =>
        !seen.IsGzip && _doubts.GetValueOrDefault((seen.Status.Device, seen.Status.Inode)) is { Whole: > 0 and var whole } && seen.Status.Size > whole && position <= whole;

    /// <summary>A look holds: forgets the files that it decided.</summary>
    public void Settle(LookResult look)
    {
        var undecided = look.Files.Where(f => f.Verdict == Verdict.Undecided).Select(f => f.File.Status.Identity).ToHashSet();
        foreach (var (file, verdict, _, _) in look.Files)
        {
            if (verdict != Verdict.Same && !undecided.Contains(file.Status.Identity))
            {
                Forget(file);
            }
        }
    }

    private void Forget(SeenFile seen)
    {
        _doubts.Remove((seen.Status.Device, seen.Status.Inode));
        if (_progress.Count > 0)
        {
            foreach (var key in _progress.Keys.Where(k => k.Device == seen.Status.Device && k.Inode == seen.Status.Inode).ToList())
            {
                _progress.Remove(key);
            }
        }
    }

    private static bool HasEqualHead(KnownFile known, SeenFile seen) =>
        known.Fingerprint.Length > 0 && seen.Head.Length > 0 && known.Fingerprint.MayAgree(seen.HeadPrint) && known.Fingerprint.Compare(seen.Head) >= 0;

    /// <summary><c>x.gz</c> of an <c>x</c> that had been read to its end: head and trailer decide.</summary>
    private static bool IsCompressedForm(KnownFile known, SeenFile seen) =>
        seen.IsGzip && !known.IsCompressed && known.WasReadToEnd && seen.Path.Length == known.Path.Length + 3 &&
        seen.Path.StartsWith(known.Path, StringComparison.Ordinal) && seen.Content!.EndsWithLength(known.SeenSize);

    /// <summary>
    /// A damaged compressed file with the beginning and the length of a generation of which nothing more is to be read from it: what
    /// stands behind the damage may be wrong, and is not missed.
    /// </summary>
    private bool IsDamagedForm(KnownFile known, SeenFile seen, long size)
    {
        if (!seen.IsGzip || known.IsCompressed || !seen.Content!.EndsWithLength(size))
        {
            return false;
        }

        // Whether the checksum is right is known when more than there is was asked for. Damage may have added bytes.
        seen.Content.Read(_pieces ??= new byte[2 * Piece], size);
        return seen.Content.IsDamaged;
    }

    /// <summary>
    /// Whether the equal part is all of the shorter of position and file; the guard replaces what the digest of an older version
    /// lacks.
    /// </summary>
    private static bool IsProven(KnownFile known, SeenFile seen, long agreed, long length)
    {
        var isGuarded = known.Guard.Length > 0 && known.GuardAt >= known.Position && known.GuardAt <= length;
        if (isGuarded && !FileGuard.Holds(known, seen.Content!))
        {
            return false;
        }

        return agreed >= Math.Min(known.Position, length) || (isGuarded && known.Digest.End < known.Position) || agreed - known.Digest.Origin >= Convincing ||
            IsExcludedRest(known, agreed, length);
    }

    /// <summary>
    /// For a container's log that was excluded in the end, the digest covers only the part that was read before. The time in its
    /// first line distinguishes it from every other log.
    /// </summary>
    private static bool IsExcludedRest(KnownFile known, long agreed, long length) =>
        known is { Shrink: ShrinkRule.GoOnAtEnd, GuardAt: 0, Digest: { Origin: 0, End: > 0 } digest } && digest.End < known.Position && agreed >= Math.Min(digest.End, length);

    private static (GenerationId, ulong, ulong) KeyOf(KnownFile known, SeenFile seen) => (known.Id, seen.Status.Device, seen.Status.Inode);

    /// <summary>Compares up to the farthest checkpoint that the file reaches.</summary>
    private (CopyAnswer Answer, Checkpoint Agreed, long Length) Walk(KnownFile known, SeenFile seen)
    {
        var origin = new Checkpoint(known.Digest.Origin, 0);

        // May be beyond the goal: compared with the original itself in an earlier look.
        var (at, end) = _progress.GetValueOrDefault(KeyOf(known, seen)) ?? new Progress(origin);
        var length = Math.Min(end, seen.KnownLength);
        var goal = known.Digest.LastWithin(length);
        while (at.Offset < goal.Offset && _left > 0)
        {
            var piece = (_pieces ??= new byte[2 * Piece]).AsSpan(0, (int)Math.Min(Piece, goal.Offset - at.Offset));
            var got = seen.Content!.Read(piece, at.Offset);
            if (got == 0)
            {
                // A compressed file that ends sooner than it says: it is compared anew, up to the last checkpoint within it.
                length = end = at.Offset;
                goal = known.Digest.LastWithin(length);
                at = goal.Offset == at.Offset ? at : origin;
                continue;
            }

            at = new Checkpoint(at.Offset + got, Crc32C.Append(at.Crc, piece[..got]));
            _left -= got;
        }

        if (at.Offset < goal.Offset)
        {
            _progress[KeyOf(known, seen)] = new Progress(at, end);
            return (CopyAnswer.NotYet, at, length);
        }

        _progress.Remove(KeyOf(known, seen));
        return (at.Offset > goal.Offset || at.Offset == origin.Offset || at.Crc == goal.Crc ? CopyAnswer.Equal : CopyAnswer.Different, at, length);
    }
}

/// <summary>How long doubts last, in units of the clock's timestamps.</summary>
/// <param name="Doubt">After this time a candidate that equals a whole original is a file of its own.</param>
/// <param name="Still">… or when the original grows while the candidate has been still for that long.</param>
internal readonly record struct FollowingTimes(long Doubt, long Still);
