namespace Collector.Pipeline.Storage;

/// <summary>
/// One flat directory of the data dir: the only way in which the buffer and the positions touch a disk. It has two implementations:
/// the real file system, and a stricter twin in memory that models power loss. Names are plain file names without a slash. Errors
/// are <see cref="StorageException"/>.
/// </summary>
public interface IStorageDirectory
{
    /// <summary>Its path, for messages.</summary>
    string Location { get; }

    /// <summary>The names of the files now here, in no order; subdirectories are not listed.</summary>
    IReadOnlyList<string> ListFiles();

    /// <summary>The names of the directories now here, in no order.</summary>
    IReadOnlyList<string> ListDirectories();

    /// <summary>Opens a subdirectory, creating it (and syncing this directory) when it is absent.</summary>
    IStorageDirectory OpenDirectory(string name);

    /// <summary>Creates a file that must not exist, for reading and writing. Durable only after <see cref="Sync"/>.</summary>
    IStorageFile Create(string name);

    /// <summary>
    /// Opens a file that must exist, for reading, and for writing when <paramref name="writable"/>. Anything but a regular file is
    /// refused (<see cref="StorageError.NotAFile"/>) without blocking.
    /// </summary>
    IStorageFile Open(string name, bool writable = false);

    /// <summary>Length in bytes of a file that must exist.</summary>
    long GetLength(string name);

    /// <summary>
    /// Atomically gives a file another name, replacing any file of that name. Durable only after <see cref="Sync"/>.
    /// </summary>
    void Rename(string from, string to);

    /// <summary>Removes a file; a missing file is not an error. Durable only after <see cref="Sync"/>.</summary>
    void Delete(string name);

    /// <summary>Makes creations, renames and removals in this directory durable (fsync of the directory).</summary>
    void Sync();

    /// <summary>Free and total bytes of the file system that holds this directory.</summary>
    (long Free, long Total) GetSpace();
}

/// <summary>An open file of an <see cref="IStorageDirectory"/>. Not thread safe. The one who opened it disposes it.</summary>
public interface IStorageFile : IDisposable
{
    /// <summary>Length in bytes.</summary>
    long Length { get; }

    /// <summary>Reads up to <c>buffer.Length</c> bytes at <paramref name="offset"/>; fewer only at the end of the file, 0 at or past it.</summary>
    int Read(Span<byte> buffer, long offset);

    /// <summary>
    /// Writes all of <paramref name="data"/> at <paramref name="offset"/>. When it throws, any prefix may have been written:
    /// the caller cuts the file back with <see cref="Truncate"/>.
    /// </summary>
    void Write(ReadOnlySpan<byte> data, long offset);

    /// <summary>Sets the length, cutting or extending with zeros.</summary>
    void Truncate(long length);

    /// <summary>Reserves disk blocks up to <paramref name="length"/> (posix_fallocate), so that writing below it needs no free space.</summary>
    void Preallocate(long length);

    /// <summary>Makes data and length durable (fdatasync).</summary>
    void Sync();
}

/// <summary>The kinds of storage failures on which a caller can act.</summary>
public enum StorageError
{
    /// <summary>EIO and all errors without a kind of their own.</summary>
    Io,

    /// <summary>ENOSPC, EDQUOT: nothing is wrong but the space.</summary>
    Full,

    /// <summary>EROFS, EACCES, EPERM.</summary>
    ReadOnly,

    /// <summary>ENOENT.</summary>
    NotFound,

    /// <summary>EEXIST.</summary>
    Exists,

    /// <summary>EMFILE, ENFILE.</summary>
    TooManyOpenFiles,

    /// <summary>A FIFO, a socket, a device, a link or a directory is where a file is expected.</summary>
    NotAFile,
}

/// <summary>A failed storage operation: what kind, and where.</summary>
public sealed class StorageException : IOException
{
    public StorageException(StorageError error, string message, Exception? inner = null)
        : base(message, inner) => Error = error;

    /// <summary>The kind of failure.</summary>
    public StorageError Error { get; }
}
