namespace Collector.Testing.Storage;

/// <summary>
/// What a disk holds after the power failed. A sector of 512 bytes is what a disk writes whole, so each holds any version that
/// the page cache had of it since the file's last sync (the file's writes are pieces of such versions, and tear between sectors
/// and, as the kernel may write a page while it is being changed, inside one). The length is any that the file had, or one
/// between two. Names are a prefix of the journal, or, as no one promised more, any subset of the changes.
/// </summary>
internal static class PowerLoss
{
    private const int SectorSize = 512;
    private const int SectorsOfPage = 8;

    /// <summary>How unsynced data or names fared. All or nothing comes up often: those are the cases that people forget.</summary>
    private enum Fate
    {
        AllLost,
        AllKept,
        InOrder,
        AnySubset,
    }

    /// <summary>The tree as the next boot finds it. <paramref name="sequence"/>: the last change of names.</summary>
    public static DirectoryNode Apply(DirectoryNode tree, Random random, long sequence)
    {
        var fate = PickFate(random);
        var first = OldestPending(tree, sequence);
        var cut = random.NextInt64(first, sequence + 1);
        return Apply(tree, random, change => fate switch
        {
            Fate.AllLost => false,
            Fate.AllKept => true,
            Fate.InOrder => change.Sequence <= cut,
            _ => random.Next(2) == 0,
        });
    }

    /// <summary>The content of one file after the power failed.</summary>
    public static Content Survivors(FileNode file, Random random)
    {
        var result = Content.CopyOf(file.Durable);
        if (file.Pending.Count == 0)
            return result;

        var versions = new SectorVersions(file.Pending.Count, PickFate(random), random);
        var lengths = new List<int> { result.Length };
        for (var i = 0; i < file.Pending.Count; i++)
        {
            var change = file.Pending[i];
            lengths.Add(change.Data is null ? change.Offset : Math.Max(lengths[^1], change.Offset + change.Data.Length));
            ApplyPieces(change, i, lengths[^1], lengths[^2], result, versions);
        }

        result.SetLength(PickLength(lengths, versions, random));
        return result;
    }

    private static DirectoryNode Apply(DirectoryNode directory, Random random, Predicate<PendingEntry> happened)
    {
        var entries = new Dictionary<string, object>(directory.Durable, StringComparer.Ordinal);
        foreach (var change in directory.Pending)
        {
            if (happened(change))
                change.ApplyTo(entries);
        }

        // Two names for one file come from a rename that was lost in half: both find the same file.
        var survivors = new Dictionary<object, object>(ReferenceEqualityComparer.Instance);
        foreach (var (name, node) in entries.OrderBy(entry => entry.Key, StringComparer.Ordinal).ToArray())
        {
            if (!survivors.TryGetValue(node, out var survivor))
            {
                survivor = node is FileNode file ? FileNode.OnDisk(Survivors(file, random)) : Apply((DirectoryNode)node, random, happened);
                survivors[node] = survivor;
            }
            else if (survivor is FileNode shared)
            {
                shared.Links++;
            }

            entries[name] = survivor;
        }

        return DirectoryNode.OnDisk(directory.Path, entries);
    }

    /// <summary>Changes each sector that has got as far as this change; one that has got just here may have a prefix of it.</summary>
    private static void ApplyPieces(PendingChange change, int index, int length, int lengthBefore, Content result, SectorVersions versions)
    {
        var from = change.Offset;
        var end = change.Data is null ? Math.Max(lengthBefore, result.Length) : from + change.Data.Length;
        while (from < end)
        {
            var pieceEnd = Math.Min(end, ((from / SectorSize) + 1) * SectorSize);
            var piece = change.Data is null ? new byte[pieceEnd - from] : change.Data.AsSpan(from - change.Offset, pieceEnd - from);
            var take = versions.Share(from / SectorSize, index, piece.Length);
            if (take > 0)
                result.Write(piece[..take], from);

            from = pieceEnd;
        }
    }

    private static int PickLength(List<int> lengths, SectorVersions versions, Random random)
    {
        var version = versions.OfLength();
        if (version == lengths.Count - 1 || random.Next(2) == 0)
            return lengths[version];

        var (a, b) = (lengths[version], lengths[version + 1]);
        return random.Next(Math.Min(a, b), Math.Max(a, b) + 1);
    }

    private static long OldestPending(DirectoryNode directory, long sequence)
    {
        var oldest = directory.Pending.Count > 0 ? directory.Pending[0].Sequence - 1 : sequence;
        return directory.Live.Values.Concat(directory.Durable.Values).OfType<DirectoryNode>()
            .Aggregate(oldest, (soFar, child) => Math.Min(soFar, OldestPending(child, sequence)));
    }

    private static Fate PickFate(Random random) => (Fate)random.Next(4);

    /// <summary>Which version each sector of one file has: the number of pending changes that reached it.</summary>
    private sealed class SectorVersions(int changes, Fate fate, Random random)
    {
        private readonly Dictionary<int, int> _versions = [];
        private readonly int _cut = random.Next(changes + 1);
        private readonly bool _wholePages = random.Next(2) == 0;

        /// <summary>How many of the bytes of a change's piece are in a sector.</summary>
        public int Share(int sector, int change, int bytes)
        {
            var version = fate switch
            {
                Fate.AllLost => 0,
                Fate.AllKept => changes,
                Fate.InOrder => _cut,
                _ => Of(_wholePages ? sector / SectorsOfPage : sector),
            };
            if (change != version || fate == Fate.AllLost)
                return change < version ? bytes : 0;

            return random.Next(bytes + 1);
        }

        public int OfLength() => fate switch
        {
            Fate.AllLost => 0,
            Fate.AllKept => changes,
            Fate.InOrder => _cut,
            _ => random.Next(changes + 1),
        };

        private int Of(int unit)
        {
            if (!_versions.TryGetValue(unit, out var version))
                _versions[unit] = version = random.Next(changes + 1);

            return version;
        }
    }
}
