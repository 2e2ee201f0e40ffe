using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Following;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// The followed files of one source: its folders, its chains by key, and one index of inodes, so that a file is recognized under
/// any name and in any directory (R1). Owned by the tail worker.
/// </summary>
internal sealed class FollowedSource(Discovery discovery, SourceBook book, CopyComparisons comparisons) : IDisposable
{
    private readonly Dictionary<ulong, Generation[]> _byInode = [];
    private readonly Dictionary<(string Root, string Directory), Folder> _folders = [];

    /// <summary>Finds its files.</summary>
    public Discovery Discovery { get; } = discovery;

    public SourceSettings Settings => Discovery.Settings;

    public SourceBook Book { get; } = book;

    public CopyComparisons Comparisons { get; } = comparisons;

    public Unreadables Unreadables => Discovery.Unreadables;

    /// <summary>In the order in which they were found.</summary>
    public IReadOnlyCollection<Folder> Folders => _folders.Values;

    /// <summary>Created if it does not exist yet.</summary>
    public Folder FolderOf(FoundFolder found)
    {
        var key = KeyOf(found.Root, found.Directory);
        if (!_folders.TryGetValue(key, out var folder))
        {
            _folders.Add(key, folder = new Folder(this, found));
        }

        return folder;
    }

    public void Forget(Folder folder)
    {
        folder.Undecided.Dispose();
        _folders.Remove(KeyOf(folder.Root, folder.Directory));
    }

    public IEnumerable<Generation> Generations => _byInode.Values.SelectMany(g => g);

    public IReadOnlyList<Generation> WithInode(ulong inode) => _byInode.TryGetValue(inode, out var found) ? found : [];

    public void Add(Generation generation)
    {
        _byInode[generation.Identity.Inode] = [.. _byInode.GetValueOrDefault(generation.Identity.Inode) ?? [], generation];
    }

    public void Remove(Generation generation)
    {
        var inode = generation.Identity.Inode;
        Generation[] left = [.. WithInode(inode).Where(g => g != generation)];
        if (left.Length == 0)
        {
            _byInode.Remove(inode);
        }
        else
        {
            _byInode[inode] = left;
        }
    }

    public void Dispose()
    {
        foreach (var folder in _folders.Values)
        {
            folder.Undecided.Dispose();
        }

        Discovery.Dispose();
    }

    private static (string Root, string Directory) KeyOf(ISourceRoot root, string directory) => (root.Path, directory);
}
