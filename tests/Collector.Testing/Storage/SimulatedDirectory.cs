using Collector.Pipeline.Storage;

namespace Collector.Testing.Storage;

/// <summary>A directory of a <see cref="SimulatedDisk"/>.</summary>
internal sealed class SimulatedDirectory(SimulatedDisk disk, DirectoryNode node) : IStorageDirectory
{
    public string Location => node.Path;

    public IReadOnlyList<string> ListFiles() => List<FileNode>();

    public IReadOnlyList<string> ListDirectories() => List<DirectoryNode>();

    public IStorageDirectory OpenDirectory(string name)
    {
        var path = PathOf(name);
        var existing = disk.Look(() => node.Live.GetValueOrDefault(name));
        if (existing is null)
        {
            disk.Change($"make directory {path}", () =>
            {
                if (!node.Live.ContainsKey(name))
                    Put(name, new DirectoryNode(path));
            });
            existing = disk.Look(() => node.Live.GetValueOrDefault(name));
        }

        if (existing is not DirectoryNode directory)
            throw new StorageException(StorageError.Io, $"open directory {path}: not a directory");

        Sync();
        return new SimulatedDirectory(disk, directory);
    }

    public IStorageFile Create(string name)
    {
        var path = PathOf(name);
        var file = new FileNode();
        disk.Change($"create {path}", () =>
        {
            if (node.Live.ContainsKey(name))
                throw new StorageException(StorageError.Exists, $"create {path}: file exists");

            Put(name, file);
            CountHandle(file);
        });
        return new SimulatedFile(disk, file, path, writable: true);
    }

    public IStorageFile Open(string name, bool writable = false)
    {
        var path = PathOf(name);
        var file = disk.Look(() => CountHandle(Find(name)));
        return new SimulatedFile(disk, file, path, writable);
    }

    public long GetLength(string name)
    {
        PathOf(name);
        return disk.Look(() => Find(name).Live.Length);
    }

    public void Rename(string from, string to)
    {
        var target = PathOf(to);
        disk.Change($"rename {PathOf(from)} to {target}", () =>
        {
            var file = Find(from);
            var replaced = node.Live.GetValueOrDefault(to);
            if (replaced is DirectoryNode)
                throw new StorageException(StorageError.NotAFile, $"rename to {target}: is a directory");

            if (replaced == file)
                return;

            node.Change(new PendingEntry(disk.NextSequence(), file, from, to));
            Unlink(replaced as FileNode);
        });
    }

    public void Delete(string name)
    {
        disk.Change($"delete {PathOf(name)}", () =>
        {
            if (!node.Live.ContainsKey(name))
                return;

            var file = Find(name);
            node.Change(new PendingEntry(disk.NextSequence(), file, name, Put: null));
            Unlink(file);
        });
    }

    public void Sync() => disk.Change($"sync directory {node.Path}", node.Sync);

    public (long Free, long Total) GetSpace() =>
        disk.Look(() => (Math.Max(0, disk.CapacityBlocks - disk.UsedBlocks) * SimulatedDisk.BlockSize, disk.CapacityBytes));

    private IReadOnlyList<string> List<T>() =>
        disk.Look(() => disk.Shuffle(node.Live.Where(entry => entry.Value is T).Select(entry => entry.Key)));

    private void Put(string name, object entry) => node.Change(new PendingEntry(disk.NextSequence(), entry, Remove: null, name));

    private FileNode Find(string name) => node.Live.GetValueOrDefault(name) switch
    {
        FileNode file => file,
        null => throw new StorageException(StorageError.NotFound, $"open {PathOf(name)}: no such file"),
        _ => throw new StorageException(StorageError.NotAFile, $"open {PathOf(name)}: is a directory"),
    };

    private FileNode CountHandle(FileNode file)
    {
        file.Handles++;
        disk.OpenHandles++;
        return file;
    }

    private void Unlink(FileNode? file)
    {
        if (file is null)
            return;

        file.Links--;
        file.FreeIfGone(disk);
    }

    private string PathOf(string name)
    {
        if (name is "" or "." or ".." || name.AsSpan().ContainsAny('/', '\0'))
            throw new ArgumentException($"\"{name}\" is not a plain file name", nameof(name));

        return node.PathOf(name);
    }
}
