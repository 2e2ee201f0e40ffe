namespace Collector.Testing.Storage;

/// <summary>
/// A change of names since the directory's last sync, in the disk's order: <c>Remove</c> loses its name if it still has what it
/// had then, and <c>Put</c> gets <c>Node</c>. A creation only puts, a removal only removes, a rename does both at once.
/// </summary>
internal sealed record PendingEntry(long Sequence, object Node, string? Remove, string? Put)
{
    public void ApplyTo(Dictionary<string, object> entries)
    {
        if (Remove is not null && entries.GetValueOrDefault(Remove) == Node)
            entries.Remove(Remove);

        if (Put is not null)
            entries[Put] = Node;
    }
}

/// <summary>Names of files and directories: as they are now, as they were at the last sync, and the changes between the two.</summary>
internal sealed class DirectoryNode(string path)
{
    public string Path { get; } = path;

    public Dictionary<string, object> Live { get; private init; } = new(StringComparer.Ordinal);

    public Dictionary<string, object> Durable { get; private set; } = new(StringComparer.Ordinal);

    public List<PendingEntry> Pending { get; } = [];

    /// <summary>A directory that is on the disk as a whole, as after a power loss.</summary>
    public static DirectoryNode OnDisk(string path, Dictionary<string, object> entries) =>
        new(path) { Live = new(entries, StringComparer.Ordinal), Durable = entries };

    public string PathOf(string name) => Path.EndsWith('/') ? Path + name : $"{Path}/{name}";

    public void Change(PendingEntry change)
    {
        change.ApplyTo(Live);
        Pending.Add(change);
    }

    public void Sync()
    {
        Durable = new(Live, StringComparer.Ordinal);
        Pending.Clear();
    }

    public long CountBlocks() => Live.Values.Distinct().Sum(node => node switch
    {
        FileNode file => file.Blocks,
        DirectoryNode directory => directory.CountBlocks(),
        _ => 0,
    });
}
