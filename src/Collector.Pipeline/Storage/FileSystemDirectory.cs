using System.IO.Enumeration;

namespace Collector.Pipeline.Storage;

/// <summary>
/// The real file system. Directories are 0700 and files 0600, because chunks hold the logs of every pod of the node. Thread safe,
/// as long as its callers agree on who owns which name.
/// </summary>
public sealed class FileSystemDirectory : IStorageDirectory
{
    private const UnixFileMode DirectoryMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The defaults would skip dot files and hide errors.</summary>
    private static readonly EnumerationOptions EveryEntry = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    private FileSystemDirectory(string path) => Location = path;

    public string Location { get; }

    /// <summary>Opens a directory by its path, creating it and its parents where they are absent, all of them synced.</summary>
    /// <exception cref="StorageException">It cannot be created or is not a directory.</exception>
    public static FileSystemDirectory Open(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!Directory.Exists(full) && Path.GetDirectoryName(full) is { } parent)
        {
            Open(parent);
            OpenOrCreate(full, parent);
        }

        Posix.RequireDirectory(full);
        return new FileSystemDirectory(full);
    }

    public IReadOnlyList<string> ListFiles() => List(directories: false);

    public IReadOnlyList<string> ListDirectories() => List(directories: true);

    public IStorageDirectory OpenDirectory(string name)
    {
        var path = PathOf(name);
        OpenOrCreate(path, Location);
        return new FileSystemDirectory(path);
    }

    public IStorageFile Create(string name)
    {
        var path = PathOf(name);
        return new FileSystemFile(Posix.Create(path, FileMode), path, writable: true);
    }

    public IStorageFile Open(string name, bool writable = false)
    {
        var path = PathOf(name);
        return new FileSystemFile(Posix.Open(path, writable), path, writable);
    }

    public long GetLength(string name)
    {
        var path = PathOf(name);
        using var file = Posix.Open(path, writable: false);
        return Posix.GetLength(file, path);
    }

    public void Rename(string from, string to) => Posix.Rename(PathOf(from), PathOf(to));

    public void Delete(string name) => Posix.Unlink(PathOf(name));

    public void Sync() => Posix.SyncDirectory(Location);

    public (long Free, long Total) GetSpace() => Posix.GetSpace(Location);

    /// <summary>
    /// The parent is synced even if the directory existed: the process that created it may have died before its sync.
    /// </summary>
    private static void OpenOrCreate(string path, string parent)
    {
        if (!Posix.MakeDirectory(path, DirectoryMode))
            Posix.RequireDirectory(path);

        Posix.SyncDirectory(parent);
    }

    private List<string> List(bool directories)
    {
        try
        {
            return [.. new FileSystemEnumerable<string>(Location, static (ref entry) => entry.FileName.ToString(), EveryEntry)
            {
                ShouldIncludePredicate = (ref entry) => entry.IsDirectory == directories,
            }];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Errno.ToException(failure, "list", Location);
        }
    }

    private string PathOf(string name)
    {
        if (name is "" or "." or ".." || name.AsSpan().ContainsAny('/', '\0'))
            throw new ArgumentException($"\"{name}\" is not a plain file name", nameof(name));

        return $"{Location}/{name}";
    }
}
