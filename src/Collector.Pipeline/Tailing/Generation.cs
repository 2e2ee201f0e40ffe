using Collector.Pipeline.Following;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>One log file generation. Owned by the tail worker.</summary>
internal sealed class Generation(GenerationIdentity identity, int outputs, Chain? chain = null) : IDisposable
{
    /// <summary>Beyond the end of any skipped compressed file, whose decompressed length is unknown.</summary>
    public const long AnySize = 1L << 60;

    /// <summary>Nanoseconds; twice the longest tick of the kernel's clock (10 ms at HZ=100).</summary>
    private const long ClockTick = 20_000_000;

    public GenerationIdentity Identity { get; set; } = identity;

    /// <summary>The chain whose reading order it is in. Set when its chain is found.</summary>
    public Chain Chain { get; set; } = chain!;

    /// <summary>For messages: the path that leads to it, or did so last.</summary>
    public string Location => Chain.Folder.Root.Locate(Chain.PathOf(Name?.Name ?? Identity.Name));

    /// <summary>Its bytes so far, which distinguish a copy from a file with only the same beginning (R2).</summary>
    public ContentDigest Digest { get; set; } = ContentDigest.From(0);

    /// <summary>The name that leads to it now; null: none does.</summary>
    public SiblingName? Name { get; set; }

    /// <summary>The name of a compressed form or a copy, while the descriptor of the deleted file is read: its place in the order.</summary>
    public SiblingName? FormName { get; set; }

    /// <summary>Its container's restart number; 0 for <c>file</c> sources.</summary>
    public int Restart { get; set; }

    /// <summary>Its container, if its restart number was reused for another container; null: the newest one.</summary>
    public string? ContainerId { get; set; }

    /// <summary>The open file; null while closed.</summary>
    public SourceFile? File { get; set; }

    public bool IsGzip { get; set; }

    /// <summary>Its compression is not supported, and it was skipped beyond any end.</summary>
    public bool IsNoText => !IsGzip && Position >= AnySize;

    /// <summary>
    /// Its size in bytes. For a compressed file it is unknown, and <see cref="long.MaxValue"/>, until its end was read.
    /// </summary>
    public long Size { get; set; }

    /// <summary>For a compressed file: the size in its trailer; 0: unknown.</summary>
    public long ToldSize { get; set; }

    /// <summary>Number of its names. 0 with an open file: deleted.</summary>
    public uint Links { get; set; } = 1;

    /// <summary>When it was last seen to grow, monotonic.</summary>
    public long GrownAt { get; set; }

    /// <summary>When it was first seen not to be empty, monotonic; 0: not yet.</summary>
    public long FilledAt { get; set; }

    /// <summary>Unix nanoseconds of the last write that was seen; 0: so young that another write may leave the same time.</summary>
    public long ModifiedAt { get; private set; }

    /// <summary>When it was first seen in this process, monotonic.</summary>
    public long SeenAt { get; init; }

    /// <summary>Found in this process and compared; before that it is only known from the positions.</summary>
    public bool IsVerified { get; set; }

    /// <summary>
    /// It was the last of its chain that was still there when the last run of the collector ended: more may have been written to it since.
    /// </summary>
    public bool WasNewest { get; set; }

    /// <summary>Its inode has been truncated or given to another file: only a copy can be it.</summary>
    public bool HasLostBytes { get; set; }

    /// <summary>When it lost its bytes, or when that was noticed (Unix ns): what was created later is no copy of it; 0: it has not.</summary>
    public long LostAt { get; set; }

    /// <summary>Files that nobody knew, and that were there when the loss was noticed: any of them may be its copy.</summary>
    public IReadOnlyList<FileBirth> FoundBeside { get; private set; } = [];

    /// <summary>As which generation, and where, it goes on, while not every output has noted that.</summary>
    public Continuation? GoesOn { get; set; }

    /// <summary>It has ended: nothing more of it is to be read.</summary>
    public bool HasEnded { get; set; }

    /// <summary>It ended because its file went, not because its container did: an older file of its log may still have been written to.</summary>
    public bool WasSeenToGo => HasEnded && LostAt != 0;

    /// <summary>Monotonic, when <see cref="HasEnded"/> was set, or found.</summary>
    public long EndedAt { get; set; }

    /// <summary>Since when no name leads to it, monotonic; counts only while <see cref="Name"/> is null.</summary>
    public long MissingSince { get; set; }

    /// <summary>The time of its first line in Unix ns; 0: not known.</summary>
    public long FirstTime { get; set; }

    /// <summary>It does not decompress to its end, and that was counted.</summary>
    public bool IsDamaged { get; set; }

    /// <summary>No name of this chain leads to it.</summary>
    public bool IsGone => Name is null || Links == 0;

    /// <summary>Each output's coverage, durable or in its buffer.</summary>
    public IntervalSet[] Covered { get; } = NewSets(outputs);

    /// <summary>Each output's skips without a record since its last frame of this generation.</summary>
    public IntervalSet[] Unrecorded { get; } = NewSets(outputs);

    /// <summary>The size that each output's positions have of it, as far as this process has written it there.</summary>
    public long[] NotedSizes { get; } = new long[outputs];

    /// <summary>Bytes that were read, and counted, without a matching output.</summary>
    public IntervalSet Unwanted { get; } = new();

    /// <summary>The part of <see cref="Unwanted"/> that is not on disk.</summary>
    public IntervalSet UnwantedSinceFold { get; } = new();

    /// <summary>Some output has covered part of it, so missing bytes count as lost.</summary>
    public bool IsWanted => Array.Exists(Covered, covered => !covered.IsEmpty);

    /// <summary>Bytes that were counted as read in this process, kept only where several outputs read at their own pace.</summary>
    public IntervalSet Counted => field ??= new();

    /// <summary>The guard at the highest position known from before, and that position.</summary>
    public ResumeGuard Guard { get; set; }

    public long GuardAt { get; set; }

    public LineFormatKnown Format { get; set; }

    /// <summary>The highest position of any output.</summary>
    public long Position
    {
        get
        {
            var highest = Unwanted.End;
            foreach (var set in Covered)
            {
                highest = Math.Max(highest, set.End);
            }

            return highest;
        }
    }

    /// <summary>
    /// Notes the time of its last write. The clock of file system times ticks every 1 to 10 ms (<c>current_time</c> of the kernel),
    /// and a file that is rewritten within one tick keeps its time and perhaps its size: then its bytes are compared.
    /// </summary>
    public void SawModified(in FileStatus status, TimeProvider clock)
    {
        var age = clock.GetUtcNow().UnixNanoseconds() - status.ModificationTime;
        ModifiedAt = Math.Abs(age) <= ClockTick ? 0 : status.ModificationTime;
    }

    /// <summary>Notes bytes without a matching output: they have been read, or need not be.</summary>
    public void PassOver(long from, long to)
    {
        Unwanted.Add(from, to, UnwantedSinceFold);
    }

    /// <summary>
    /// Notes that an output with some coverage, which matches no more, does not miss what others have read meanwhile: after a
    /// restart it is unknown who matched what. If it matches the file again, it begins at the end of the file.
    /// </summary>
    public void PassOver(Output output)
    {
        if (!Covered[output.Index].IsEmpty)
        {
            Covered[output.Index].Add(0, Position, Unrecorded[output.Index]);
        }
    }

    /// <summary>Whether a file under some name is its own; an inode's number is reused, with another birth time.</summary>
    public bool IsIn(in FileStatus status) =>
        status.Inode == Identity.Inode && (status.BirthTime == 0 || Identity.BirthTime == 0 || status.BirthTime == Identity.BirthTime);

    /// <summary>The facts for recognizing its file.</summary>
    public KnownFile ToKnown(ShrinkRule shrink, bool isElsewhere)
    {
        var open = OpenStatus;
        return new()
        {
            Id = Identity.Id,
            Ordinal = Identity.Ordinal,
            Device = Identity.Device,
            Inode = Identity.Inode,
            BirthTime = Identity.BirthTime,
            Path = Chain.PathOf(Name?.Name ?? Identity.Name),
            Restart = Restart,
            IsGzip = IsGzip,
            IsNoText = IsNoText,
            Shrink = shrink,
            Position = Position,
            SeenSize = Size,
            ModifiedAt = ModifiedAt,
            Fingerprint = Identity.Fingerprint,
            Guard = Guard,
            GuardAt = GuardAt,
            Digest = Digest,
            Open = File,
            OpenStatus = open,
            IsVerified = IsVerified,
            HasLostBytes = HasLostBytes,
            IsElsewhere = isElsewhere,
            HasEnded = HasEnded,
            LostAt = LostAtBy(open),
            FoundBeside = FoundBeside,
        };
    }

    /// <summary>
    /// Bytes that some output of <paramref name="wanted"/> does not have. For a file that this process has not met, an output
    /// without coverage, where another has some, never matched it: earlier matches are not kept otherwise.
    /// </summary>
    public long Unread(IReadOnlyList<Output> wanted)
    {
        long most = 0;
        for (var i = 0; i < wanted.Count; i++)
        {
            // By index: an enumerator of an interface is garbage, and this is asked at every turn.
            most = Math.Max(most, WasWantedBy(wanted[i]) ? SeenSize - Covered[wanted[i].Index].Total : 0);
        }

        return most;
    }

    /// <summary>The bytes, for one output.</summary>
    public IntervalSet UnreadBy(Output output)
    {
        var unread = new IntervalSet();
        if (WasWantedBy(output))
        {
            unread.Add(0, SeenSize);
            foreach (var interval in Covered[output.Index].Items)
            {
                unread.Remove(interval.From, interval.To);
            }
        }

        return unread;
    }

    /// <summary>For a compressed file that was not read to its end only its trailer has the length.</summary>
    private long SeenSize => IsGzip && Size >= AnySize ? ToldSize : Size;

    private bool WasWantedBy(Output output)
    {
        var covered = Covered[output.Index];
        return (IsVerified || !covered.IsEmpty || Position == 0) && covered.End < AnySize;
    }

    /// <summary>Its unread bytes go to no output: all outputs begin after its end, wherever that is.</summary>
    public bool IsPassedOver(IReadOnlyList<Output> wanted) => wanted.All(output => Covered[output.Index].End >= AnySize);

    /// <summary>Like <see cref="Unread"/>, but only bytes after an offset.</summary>
    public long UnreadFrom(long offset, IReadOnlyList<Output> wanted)
    {
        long most = 0;
        foreach (var output in wanted)
        {
            var behind = Size - offset;
            foreach (var interval in Covered[output.Index].Items)
            {
                behind -= Math.Max(0, interval.To - Math.Max(interval.From, offset));
            }

            most = Math.Max(most, behind);
        }

        return most;
    }

    /// <summary>Whether two outputs have equal coverage of it from an offset on.</summary>
    public bool IsCoveredAlike(Output one, Output other, long from) => Covered[one.Index].IsEqualFrom(from, Covered[other.Index]);

    /// <summary>
    /// The gaps of an output before the current last whole line, so that its beginning is set after them. Pending bytes are not a
    /// gap, and stay.
    /// </summary>
    /// <param name="output">The output with the beginning.</param>
    /// <param name="present">The file as it is now.</param>
    /// <param name="gaps">Receives them.</param>
    public void AddGaps(Output output, SourceFile present, CoverageMap gaps)
    {
        Size = IsGzip ? AnySize : present.TryGetStatus(out var status) ? Math.Max(Size, status.Size) : Size;
        var end = IsGzip ? AnySize : present.LastLineEnd(Size);
        AddGaps(output, KnowUpTo(end, present), gaps);
    }

    /// <summary>
    /// The gaps of an output before the line in which an offset lies. The lines of a record that is incomplete there are no gap:
    /// they stay, and are read.
    /// </summary>
    public void AddGapsBefore(Output output, SourceFile present, long offset, CoverageMap gaps)
    {
        var end = present.LastLineEnd(Math.Min(offset, Size));
        var open = Chain.Container is null ? new IntervalSet() : OpenRuns.Before(present, end);
        // An open record at the end is not a gap before it.
        for (; open.End == end && end > 0; open.Remove(end, long.MaxValue))
        {
            end = open.Items[^1].From;
        }

        AddGaps(output, KnowUpTo(end, present), gaps);
        gaps.GetOrAdd(Identity).Remove(open);
    }

    /// <summary>Its content was replaced before anything of it was read or skipped: it is known as a new file is.</summary>
    public void ForgetContent(SourceFile present, long size)
    {
        (Digest, Guard, GuardAt, Size) = (ContentDigest.From(0), default, 0, size);
        Identity = Identity with { Fingerprint = SkippedContent.HeadOf(present) };
    }

    /// <summary>
    /// Takes the digest by which it is recognized when nothing of it was read. Returns up to where it is known: of a file that was
    /// truncated a moment ago only what was read.
    /// </summary>
    private long KnowUpTo(long end, SourceFile present)
    {
        if (IsGzip || end <= Position)
        {
            return end;
        }

        var (digest, guard) = SkippedContent.Read(present, Digest, end);
        var head = SkippedContent.HeadOf(present);
        if (digest.End < end || head.Length < Math.Min(end, Fingerprint.MaxLength))
        {
            return Position;
        }

        (Digest, Guard, GuardAt) = (digest, guard, end);
        Identity = Identity with { Fingerprint = head };
        return end;
    }

    /// <summary>The gaps that an output has before an offset.</summary>
    public void AddGaps(Output output, long end, CoverageMap gaps)
    {
        var covered = Covered[output.Index];
        var entry = gaps.GetOrAdd(Identity);
        for (var gap = covered.FirstGap(0); gap < end; gap = covered.FirstGap(Math.Min(end, covered.NextCovered(gap))))
        {
            var to = Math.Min(end, covered.NextCovered(gap));
            entry.Add(gap, to, to == GuardAt ? Guard : default);
        }

        entry.Add(Digest);
        entry.SeenSize = IsGzip ? 0 : Size;
    }

    /// <summary>Adds the part of it in a set to a map, without a guard.</summary>
    public CoverageEntry AddTo(CoverageMap map, IntervalSet some)
    {
        var entry = map.GetOrAdd(Identity);
        foreach (var interval in some.Items)
        {
            entry.Add(interval.From, interval.To, default);
        }

        return entry;
    }

    /// <summary>Its bytes are gone. Of a deleted file that is open the kernel tells since when.</summary>
    /// <param name="clock">The loss is noticed now.</param>
    /// <param name="beside">Files that are there, and that nobody knows.</param>
    /// <returns>Whether it is news.</returns>
    public bool SawLoss(TimeProvider clock, IReadOnlyList<FileBirth> beside)
    {
        if (LostAt != 0)
        {
            return false;
        }

        (LostAt, FoundBeside) = (clock.GetUtcNow().UnixNanoseconds(), beside);
        return true;
    }

    /// <summary>It is in a file again.</summary>
    public void IsFound() => (LostAt, FoundBeside) = (0, []);

    /// <summary>It has ended.</summary>
    public void End(long now)
    {
        LostAt = LostAtBy(OpenStatus);
        HasEnded = true;
        EndedAt = now;
    }

    public void Dispose()
    {
        File?.Dispose();
        File = null;
    }

    /// <summary>Of its descriptor; null while closed.</summary>
    private FileStatus? OpenStatus => File?.TryGetStatus(out var status) == true ? status : null;

    /// <summary>Of a deleted file that is open the kernel tells when its last name went.</summary>
    private long LostAtBy(FileStatus? open) => LostAt == 0 && open is { Links: 0, ChangeTime: var deletedAt } ? deletedAt : LostAt;

    private static IntervalSet[] NewSets(int count)
    {
        var sets = new IntervalSet[count];
        for (var i = 0; i < count; i++)
        {
            sets[i] = new IntervalSet();
        }

        return sets;
    }
}

/// <summary>
/// The format of a generation's lines: one runtime writes them all, and the first whole line of a known format decides.
/// </summary>
internal enum LineFormatKnown : byte
{
    NotYet,
    Cri,
    Docker,
}
