using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Following;

/// <summary>What has happened to a file that is shorter than its position (R4).</summary>
internal enum ShrinkRule : byte
{
    /// <summary>
    /// It was truncated: its content is new. Programs do not append to a rotated file of <c>file</c> sources without truncating it.
    /// </summary>
    BeginAnew,

    /// <summary>
    /// With an equal head it lost its tail in a power failure, and continues at its new end: a container's first line has a time,
    /// so its head identifies it.
    /// </summary>
    GoOnAtEnd,
}

/// <summary>
/// The facts about one generation that identify its file. A snapshot: a decision does not touch the tail's own state.
/// </summary>
internal sealed record KnownFile
{
    public required GenerationId Id { get; init; }

    /// <summary>Its place in reading order.</summary>
    public long Ordinal { get; init; }

    public ulong Device { get; init; }

    public ulong Inode { get; init; }

    /// <summary>Unix ns; 0: not known.</summary>
    public long BirthTime { get; init; }

    /// <summary>The last path that led to it, below the source's root.</summary>
    public string Path { get; init; } = "";

    /// <summary>The container's restart number; 0 for <c>file</c> sources.</summary>
    public int Restart { get; init; }

    public bool IsGzip { get; init; }

    /// <summary>Its compression is not supported.</summary>
    public bool IsNoText { get; init; }

    /// <summary>It is written once: as long as its inode begins with the same bytes, it is unchanged.</summary>
    public bool IsCompressed => IsGzip || IsNoText;

    public ShrinkRule Shrink { get; init; }

    /// <summary>The highest byte that any output has, in decompressed bytes.</summary>
    public long Position { get; init; }

    /// <summary>The size it was last seen to have, in decompressed bytes.</summary>
    public long SeenSize { get; init; }

    /// <summary>When it was last written to, as last seen (Unix ns).</summary>
    public long ModifiedAt { get; init; }

    public Fingerprint Fingerprint { get; init; } = Fingerprint.Empty;

    public ResumeGuard Guard { get; init; }

    /// <summary>The position of <see cref="Guard"/>.</summary>
    public long GuardAt { get; init; }

    public ContentDigest Digest { get; init; }

    /// <summary>Its bytes, while a descriptor is held: then no other file has its inode. Null while closed.</summary>
    public IFileContent? Open { get; init; }

    /// <summary>The status of its descriptor.</summary>
    public FileStatus? OpenStatus { get; init; }

    /// <summary>Compared in this process; before that it is only known from the positions.</summary>
    public bool IsVerified { get; init; }

    /// <summary>Its inode holds other bytes by now: only a copy can be the generation.</summary>
    public bool HasLostBytes { get; init; }

    /// <summary>When it lost its bytes, or when that was noticed (Unix ns); 0: it has not.</summary>
    public long LostAt { get; init; }

    /// <summary>Files that nobody knew, and that were there when the loss was noticed.</summary>
    public IReadOnlyList<FileBirth> FoundBeside { get; init; } = [];

    /// <summary>Its name leads to another folder, where it is whole, as far as is known here.</summary>
    public bool IsElsewhere { get; init; }

    /// <summary>It has ended. It is remembered for a while, in case it was only out of sight.</summary>
    public bool HasEnded { get; init; }

    /// <summary>Every byte that was ever seen of it has been read or skipped.</summary>
    public bool WasReadToEnd => Position > 0 && Position >= SeenSize;
}

/// <summary>Bytes of a file by (decompressed) offset. Errors of reading are <see cref="IOException"/>.</summary>
internal interface IFileContent
{
    /// <summary>Fills as much of <paramref name="buffer"/> as there is at <paramref name="offset"/>; 0 at the end.</summary>
    int Read(Span<byte> buffer, long offset);

    /// <summary>
    /// The length that it states, if it is known without reading all of it (a gzip file's trailer); null: unknown.
    /// </summary>
    long? ToldLength { get; }

    /// <summary>Its bytes are incomplete, or maybe wrong: known when a read returned fewer bytes than requested.</summary>
    bool IsDamaged { get; }

    /// <summary>Whether the file itself states that many bytes (a gzip file's trailer). False proves nothing.</summary>
    bool EndsWithLength(long length);
}
