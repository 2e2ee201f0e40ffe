namespace Collector.Pipeline.Sources.Files;

/// <summary>
/// An open log file, by offsets of its (decompressed) bytes. Its creator disposes it. Read errors are <see cref="IOException"/>;
/// damage of a compressed file is not an error, but reported by <see cref="IsDamaged"/>.
/// </summary>
internal abstract class SourceFile(ISourceHandle handle, FileStatus status) : Following.IFileContent, IDisposable
{
    protected ISourceHandle Handle { get; } = handle;

    /// <summary>Whether a name with that status leads to this very file. While it is open no other file has its inode.</summary>
    public bool IsSame(FileStatus other) => other.Identity == status.Identity;

    /// <summary>
    /// The bytes that were read are incomplete, or maybe wrong, because the file is damaged. Known when a read returned fewer bytes
    /// than requested.
    /// </summary>
    public bool IsDamaged => DamagedAt is not null;

    /// <summary>For a damaged file: how many of its (decompressed) bytes can be read; null while no damage is known.</summary>
    public long? DamagedAt { get; protected set; }

    /// <summary>
    /// The bytes that the damage took, if the file itself says so; null: it does not. A file that was cut off never does. 0 with
    /// <see cref="IsDamaged"/>: none is missing, some may be wrong.
    /// </summary>
    public long? LostBytes { get; protected set; } = 0;

    /// <summary>Fills as much of <paramref name="buffer"/> as there is at <paramref name="offset"/>; 0 at the end.</summary>
    public abstract int Read(Span<byte> buffer, long offset);

    public abstract long? ToldLength { get; }

    public abstract bool EndsWithLength(long length);

    /// <summary>The offset after the last newline within the first <paramref name="size"/> bytes; 0: there is none.</summary>
    public abstract long LastLineEnd(long size);

    public bool TryGetStatus(out FileStatus status) => Handle.TryGetStatus(out status);

    public virtual void Dispose() => Handle.Dispose();
}
