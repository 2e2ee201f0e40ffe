namespace Collector.Pipeline.Sources.Files;

/// <summary>
/// An open log file, by offsets of its (decompressed) bytes. The one who made it disposes it. Errors of reading are
/// <see cref="IOException"/>; damage of a compressed file is none, it is told by <see cref="IsDamaged"/>.
/// </summary>
internal abstract class SourceFile(ISourceHandle handle, FileStatus status) : Following.IFileContent, IDisposable
{
    protected ISourceHandle Handle { get; } = handle;

    /// <summary>Whether a name with that status leads to this very file. While it is open its inode is no other's.</summary>
    public bool IsSame(FileStatus other) => other.Identity == status.Identity;

    /// <summary>What was read is not all, or not known to be right, because the file is damaged. Known when a read gave less than was asked for.</summary>
    public bool IsDamaged => DamagedAt is not null;

    /// <summary>Of a damaged file: how many of its (decompressed) bytes can be read; null while no damage is known.</summary>
    public long? DamagedAt { get; protected set; }

    /// <summary>
    /// Bytes that the damage took, as far as the file itself tells; null: it does not tell. Of a file that was cut off it never
    /// does. 0 with <see cref="IsDamaged"/>: none is missing, some may be wrong.
    /// </summary>
    public long? LostBytes { get; protected set; } = 0;

    /// <summary>Fills as much of <paramref name="buffer"/> as there is at <paramref name="offset"/>; 0 at the end.</summary>
    public abstract int Read(Span<byte> buffer, long offset);

    public abstract long? ToldLength { get; }

    public abstract bool EndsWithLength(long length);

    /// <summary>The offset behind the last newline within the first <paramref name="size"/> bytes; 0: there is none.</summary>
    public abstract long LastLineEnd(long size);

    public bool TryGetStatus(out FileStatus status) => Handle.TryGetStatus(out status);

    public virtual void Dispose() => Handle.Dispose();
}
