namespace Collector.ObjectStores.FileSystem;

/// <summary>
/// Objects in a directory, as <see cref="FileSystemObjectStore"/> writes them: files, with the path below the directory as key.
/// Unfinished files (<c>.upload-…</c>) are not objects. Links to directories are not followed. Works on every system.
/// </summary>
public sealed class DirectoryReader(string root) : IObjectReader
{
    /// <summary>The same page size as stores, so that paging is the same code.</summary>
    private const int PageSize = 1000;

    private const string Unfinished = ".upload-";
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    private readonly string _root = Path.GetFullPath(root);

    public string Description => $"the directory {_root}";

    public Task<ObjectPage> ListAsync(ObjectQuery query, CancellationToken cancellationToken) => Task.Run(() => List(query, cancellationToken), cancellationToken);

    public Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken)
    {
        if (!ObjectPath.TryCreate(_root, key, out var path, out var reason))
            throw new StoreReadException(ReadTrouble.Invalid, $"{reason}: \"{key}\"");

        return Reading(() =>
        {
            if (Directory.Exists(path.Final))
                throw new FileNotFoundException($"{path.Final} is a directory");

            // What is no regular file (a FIFO, a device, a link to one) has no length, and opening or reading it might never end.
            var target = File.ResolveLinkTarget(path.Final, returnFinalTarget: true) ?? new FileInfo(path.Final);
            if (target is FileInfo { Length: 0 })
                return Task.FromResult<Stream>(new StoreBody(Stream.Null, 0, key));

            var file = new FileStream(path.Final, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Position = Math.Min(offset, file.Length);
            return Task.FromResult<Stream>(new StoreBody(file, file.Length - file.Position, key));
        });
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ObjectPage List(ObjectQuery query, CancellationToken cancellationToken) => Reading(() =>
    {
        if (!Directory.Exists(_root))
            throw new DirectoryNotFoundException();

        var after = query.Continuation ?? query.StartAfter;
        List<StoredObject> objects = [];
        List<string> directories = [];
        foreach (var entry in Walk(query, after, cancellationToken))
        {
            if (objects.Count + directories.Count == PageSize)
                return new ObjectPage(objects, directories, After(objects, directories));
            if (entry.Key[^1] == '/')
                directories.Add(entry.Key);
            else
                objects.Add(entry);
        }

        return new ObjectPage(objects, directories, null);
    });

    /// <summary>The greatest key of a page; for a directory, a key after everything in it.</summary>
    private static string After(List<StoredObject> objects, List<string> directories)
    {
        var last = objects.Count > 0 ? objects[^1].Key : "";
        return directories.Count > 0 && string.CompareOrdinal(directories[^1], last) > 0 ? directories[^1] + char.MaxValue : last;
    }

    private IEnumerable<StoredObject> Walk(ObjectQuery query, string after, CancellationToken cancellationToken)
    {
        var start = query.Prefix[..(query.Prefix.LastIndexOf('/') + 1)];
        return Directory.Exists(Path.Combine(_root, start)) ? Below(start) : [];

        IEnumerable<StoredObject> Below(string directory)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var entries = new DirectoryInfo(Path.Combine(_root, directory)).EnumerateFileSystemInfos("*", Everything)
                .Select(entry => (Info: entry, Key: directory + entry.Name + (entry is DirectoryInfo ? "/" : "")))
                .Where(entry => entry.Key.StartsWith(query.Prefix, StringComparison.Ordinal) || query.Prefix.StartsWith(entry.Key, StringComparison.Ordinal))
                .OrderBy(entry => entry.Key, StringComparer.Ordinal);
            foreach (var (info, key) in entries)
            {
                if (info is FileInfo file)
                {
                    if (!file.Name.StartsWith(Unfinished, StringComparison.Ordinal) && string.CompareOrdinal(key, after) > 0 && Exists(file))
                        yield return new StoredObject(key, file.Length, new DateTimeOffset(file.LastWriteTimeUtc));
                }
                else if ((info.LinkTarget is null) && (string.CompareOrdinal(key, after) > 0 || after.StartsWith(key, StringComparison.Ordinal)))
                {
                    if (query.IsByDirectory && key.Length > query.Prefix.Length)
                    {
                        if (string.CompareOrdinal(key, after) > 0 && Below(key).Any())
                            yield return new StoredObject(key, 0, default);
                        continue;
                    }

                    foreach (var below in Below(key))
                        yield return below;
                }
            }
        }
    }

    /// <summary>The file may be deleted since its name was read. Refreshing fills in what is read next.</summary>
    private static bool Exists(FileInfo file)
    {
        file.Refresh();
        return file.Exists;
    }

    private T Reading<T>(Func<T> operation)
    {
        try
        {
            return operation();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StoreReadException(ReadTrouble.NotFound, Directory.Exists(_root) ? "no object has that key" : File.Exists(_root) ? $"{_root} is a file; give the directory that holds the objects" : $"the directory {_root} does not exist", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreReadException(ReadTrouble.Refused, $"{e.Message.TrimEnd('.')}: the user {Environment.UserName} needs read permission there", e);
        }
        catch (IOException e)
        {
            throw new StoreReadException(ReadTrouble.Unavailable, e.Message, e);
        }
    }
}
