namespace Collector.Testing.Storage;

/// <summary>What a new process finds when only the old one died: everything, and what was not durable still is not.</summary>
internal static class DiskCopy
{
    public static DirectoryNode AfterProcessCrash(DirectoryNode tree) => Copy(tree, new(ReferenceEqualityComparer.Instance));

    /// <summary>A file or directory that several names and pending changes refer to is copied once.</summary>
    private static DirectoryNode Copy(DirectoryNode from, Dictionary<object, object> copies)
    {
        var copy = new DirectoryNode(from.Path);
        copies[from] = copy;
        foreach (var (name, node) in from.Durable)
            copy.Durable[name] = CopyOf(node, copies);

        foreach (var (name, node) in from.Live)
            copy.Live[name] = CopyOf(node, copies);

        foreach (var change in from.Pending)
            copy.Pending.Add(change with { Node = CopyOf(change.Node, copies) });

        return copy;
    }

    private static object CopyOf(object node, Dictionary<object, object> copies)
    {
        if (copies.TryGetValue(node, out var copy))
            return copy;

        copy = node is DirectoryNode directory ? Copy(directory, copies) : ((FileNode)node).Copy();
        copies[node] = copy;
        return copy;
    }
}
