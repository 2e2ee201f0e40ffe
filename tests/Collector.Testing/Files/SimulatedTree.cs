using Collector.Testing.Time;

namespace Collector.Testing.Files;

/// <summary>
/// A directory tree in memory as Linux has it: names lead to inodes, an inode lives on by its descriptors, a freed number is
/// given to the next file. Paths are absolute. Not thread safe: one simulation is one thread.
/// </summary>
public sealed class SimulatedTree
{
    private const ulong FirstDevice = 0x801;

    /// <summary>Nanoseconds, of the file system's clock.</summary>
    private const long Tick = 1_000_000;

    private readonly ManualClock _clock;
    private readonly Dictionary<ulong, InodeNumbers> _numbers = [];

    /// <summary>What paths lead to, as of <see cref="_walkedAt"/>.</summary>
    private readonly Dictionary<string, SimulatedInode?> _walked = new(StringComparer.Ordinal);
    private int _walkedAt;

    /// <summary>When the last inode came to be.</summary>
    private long _born;

    public SimulatedTree(ManualClock clock)
    {
        _clock = clock;
        Root = New(InodeKind.Directory, FirstDevice, "");
        Root.Links = 1;
    }

    /// <summary>False: a network file system of old, on which an inode's number alone tells that it comes again.</summary>
    public bool TellsBirthTimes { get; init; } = true;

    /// <summary>
    /// The clock of file times, in Unix nanoseconds. Births of one tick are a little ahead of the wall clock: what happens behind the
    /// last of them is not older.
    /// </summary>
    public long FileTime => IsInTickOfLastBirth ? _born : Now();

    internal SimulatedInode Root { get; }

    /// <summary>How often a name came or went.</summary>
    public int Changes { get; private set; }

    /// <summary>What a path leads to, links not followed; null when there is nothing. Asked for a few paths, again and again.</summary>
    public SimulatedInode? Find(string path)
    {
        if (_walkedAt != Changes)
        {
            _walked.Clear();
            _walkedAt = Changes;
        }

        if (!_walked.TryGetValue(path, out var found))
        {
            _walked.Add(path, found = Walk(path));
        }

        return found;
    }

    public IReadOnlyList<string> List(string path) => Find(path) is { Kind: InodeKind.Directory } directory ? [.. directory.Entries.Keys] : [];

    /// <summary>All regular files beneath a directory, with their paths.</summary>
    public IEnumerable<(string Path, SimulatedInode Inode)> Files(string path)
    {
        foreach (var (name, inode) in Find(path)?.Entries ?? [])
        {
            var full = $"{path}/{name}";
            if (inode.Kind == InodeKind.Regular)
            {
                yield return (full, inode);
            }
            else if (inode.Kind == InodeKind.Directory)
            {
                foreach (var inner in Files(full))
                {
                    yield return inner;
                }
            }
        }
    }

    /// <summary>Makes a directory and those above it.</summary>
    /// <param name="path">Where.</param>
    /// <param name="device">Of the last one, as of a mounted disk; 0: that of its parent.</param>
    public SimulatedInode MakeDirectories(string path, ulong device = 0)
    {
        var at = Root;
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < parts.Length; i++)
        {
            if (!at.Entries.TryGetValue(parts[i], out var next))
            {
                next = New(InodeKind.Directory, device != 0 && i == parts.Length - 1 ? device : at.Device, "");
                Enter(at, parts[i], next);
            }

            at = next;
        }

        return at;
    }

    /// <summary>A new empty file; whatever had the name loses it.</summary>
    public SimulatedInode Create(string path)
    {
        var directory = Parent(path);
        var inode = New(InodeKind.Regular, directory.Device, "");
        Enter(directory, NameOf(path), inode);
        return inode;
    }

    public void LinkTo(string path, string text)
    {
        var directory = Parent(path);
        Enter(directory, NameOf(path), New(InodeKind.Link, directory.Device, text));
    }

    /// <summary>A second name for a file.</summary>
    public void Link(string existing, string path) => Enter(Parent(path), NameOf(path), Find(existing) ?? throw new FileNotFoundException(existing));

    public void Append(SimulatedInode inode, ReadOnlySpan<byte> bytes) => Write(inode, inode.Length, bytes);

    public void Write(SimulatedInode inode, int offset, ReadOnlySpan<byte> bytes)
    {
        inode.Write(offset, bytes);
        Modified(inode);
    }

    public void Truncate(SimulatedInode inode, int length)
    {
        inode.Truncate(length);
        Modified(inode);
    }

    /// <summary>Within a device; whatever had the new name loses it.</summary>
    public void Rename(string from, string to)
    {
        var inode = Find(from) ?? throw new FileNotFoundException(from);
        Enter(Parent(to), NameOf(to), inode);
        Leave(Parent(from), NameOf(from));
    }

    public void Unlink(string path) => Leave(Parent(path), NameOf(path));

    /// <summary>Removes a directory with all that is in it.</summary>
    public void RemoveTree(string path)
    {
        foreach (var name in List(path))
        {
            if (Find($"{path}/{name}")!.Kind == InodeKind.Directory)
            {
                RemoveTree($"{path}/{name}");
            }
            else
            {
                Unlink($"{path}/{name}");
            }
        }

        Unlink(path);
    }

    internal void Close(SimulatedInode inode)
    {
        inode.OpenHandles--;
        FreeIfGone(inode);
    }

    private SimulatedInode? Walk(string path)
    {
        var at = Root;
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".")
            {
                continue;
            }

            if (!at.Entries.TryGetValue(part, out var next))
            {
                return null;
            }

            at = next;
        }

        return at;
    }

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private SimulatedInode Parent(string path) => Find(path[..path.LastIndexOf('/')]) ?? throw new DirectoryNotFoundException(path);

    private long Now() => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    private void Modified(SimulatedInode inode)
    {
        Changed(inode);
        inode.ModifiedAt = inode.ChangedAt;
    }

    private void Changed(SimulatedInode inode) => inode.ChangedAt = FileTime;

    private bool IsInTickOfLastBirth => Now() <= _born && _born - Now() < Tick;

    private SimulatedInode New(InodeKind kind, ulong device, string text)
    {
        if (!_numbers.TryGetValue(device, out var numbers))
        {
            _numbers.Add(device, numbers = new InodeNumbers());
        }

        // Of two files one is the younger, as on a real node: a copy is not made in the tick in which its original was.
        _born = IsInTickOfLastBirth ? _born + 1 : Now();
        return new SimulatedInode(kind, device, numbers.Take(), _born) { LinkText = text };
    }

    private void Enter(SimulatedInode directory, string name, SimulatedInode inode)
    {
        Changes++;
        inode.Links++;
        Changed(inode);
        directory.Entries.Remove(name, out var replaced);
        directory.Entries.Add(name, inode);
        directory.ModifiedAt = Now();
        if (replaced is not null)
        {
            replaced.Links--;
            Changed(replaced);
            FreeIfGone(replaced);
        }
    }

    private void Leave(SimulatedInode directory, string name)
    {
        Changes++;
        if (directory.Entries.Remove(name, out var inode))
        {
            inode.Links--;
            Changed(inode);
            FreeIfGone(inode);
        }

        directory.ModifiedAt = Now();
    }

    private void FreeIfGone(SimulatedInode inode)
    {
        if (inode is { Links: 0, OpenHandles: 0 })
        {
            _numbers[inode.Device].Free(inode.Number);
        }
    }

    /// <summary>The numbers of one device. As ext4 does, the lowest free one is given away next (S-8).</summary>
    private sealed class InodeNumbers
    {
        private readonly SortedSet<ulong> _free = [];
        private ulong _last = 1;

        public ulong Take()
        {
            if (_free.Count == 0)
            {
                return ++_last;
            }

            var number = _free.Min;
            _free.Remove(number);
            return number;
        }

        public void Free(ulong number) => _free.Add(number);
    }
}
