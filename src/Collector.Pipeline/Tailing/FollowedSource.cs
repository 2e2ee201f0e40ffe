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
    private readonly Dictionary<ulong, List<Generation>> _byInode = [];
    private readonly Dictionary<string, Folder> _folders = new(StringComparer.Ordinal);

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

    public void Forget(Folder folder) => _folders.Remove(KeyOf(folder.Root, folder.Directory));

    public IEnumerable<Generation> Generations => _byInode.Values.SelectMany(g => g);

    public IReadOnlyList<Generation> WithInode(ulong inode) => _byInode.TryGetValue(inode, out var found) ? found : [];

    public void Add(Generation generation)
    {
        if (!_byInode.TryGetValue(generation.Identity.Inode, out var list))
        {
            _byInode.Add(generation.Identity.Inode, list = []);
        }

        list.Add(generation);
    }

    public void Remove(Generation generation)
    {
        if (_byInode.TryGetValue(generation.Identity.Inode, out var list) && list.Remove(generation) && list.Count == 0)
        {
            _byInode.Remove(generation.Identity.Inode);
        }
    }

    public void Dispose() => Discovery.Dispose();

    private static string KeyOf(ISourceRoot root, string directory) => $"{root.Path}\n{directory}";
}
