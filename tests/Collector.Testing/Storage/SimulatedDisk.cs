using Collector.Pipeline.Storage;

namespace Collector.Testing.Storage;

/// <summary>
/// A disk in memory behind <see cref="IStorageDirectory"/>, stricter than a real one: nothing is durable before its own sync
/// (a file's data by the file's, a name by the directory's), lists come in any order, a failed sync loses what it should have
/// written. Counts every changing operation and fails at any of them on demand. Thread safe.
/// </summary>
/// <remarks>
/// The use: run a workload with <see cref="FailAt"/> for each operation number in turn, <see cref="Restart"/> with several seeds,
/// run the recovery on the new disk, and check what must hold.
/// </remarks>
public sealed class SimulatedDisk
{
    /// <summary>Space is given in blocks of so many bytes.</summary>
    public const int BlockSize = 4096;

    /// <summary>The capacity of a disk that never fills up, in bytes.</summary>
    public const long Roomy = 1L << 40;

    private readonly Lock _gate = new();
    private readonly Random _random;
    private readonly List<string> _trace = [];
    private readonly Dictionary<long, DiskFault> _faults = [];
    private readonly HashSet<long> _failingReads = [];
    private string? _dead;
    private long _pendingSequence;

    /// <param name="seed">Decides the lengths of torn writes and the order of lists.</param>
    public SimulatedDisk(int seed = 0)
        : this(new DirectoryNode("/"), seed)
    {
    }

    private SimulatedDisk(DirectoryNode tree, int seed)
    {
        _random = new Random(seed);
        Tree = tree;
    }

    public IStorageDirectory Root => new SimulatedDirectory(this, Tree);

    /// <summary>Bytes in blocks of 4 KiB, may be changed at any time; names cost nothing.</summary>
    public long CapacityBytes { get; set; } = Roomy;

    /// <summary>Bytes in allocated blocks, those of deleted files that are still open included.</summary>
    public long UsedBytes => UsedBlocks * BlockSize;

    /// <summary>Changing operations so far: create, write, truncate, preallocate, sync, rename, delete, make and sync directory. The first is number 1.</summary>
    public long Operations => _trace.Count;

    /// <summary>Reads of file contents so far; counted apart, as they need no crash point of their own.</summary>
    public long Reads { get; private set; }

    /// <summary>One line per changing operation, to find out what number 17 was.</summary>
    public IReadOnlyList<string> Trace => _trace;

    /// <summary>Its process has died: every further operation fails.</summary>
    public bool IsDead => _dead is not null;

    /// <summary>Opened files that nobody has disposed.</summary>
    public int OpenHandles { get; internal set; }

    internal DirectoryNode Tree { get; }

    internal long UsedBlocks { get; set; }

    internal long CapacityBlocks => CapacityBytes / BlockSize;

    /// <summary>Plans <paramref name="fault"/> for the operation of that number and, with <paramref name="times"/>, for those after it.</summary>
    public void FailAt(long operation, DiskFault fault, int times = 1)
    {
        lock (_gate)
        {
            for (var i = 0; i < times; i++)
                _faults[operation + i] = fault;
        }
    }

    /// <summary>Plans an input/output error for the read of that number.</summary>
    public void FailReadAt(long read)
    {
        lock (_gate)
        {
            _failingReads.Add(read);
        }
    }

    /// <summary>
    /// What the next process finds. This disk is dead from now on, with every handle on it; it may be restarted again with
    /// another seed, from the same state. The new one has the same capacity, counts from zero and has no faults planned.
    /// </summary>
    public SimulatedDisk Restart(int seed, LossMode mode)
    {
        lock (_gate)
        {
            _dead ??= "restarted";
            var random = new Random(seed);
            var tree = mode == LossMode.ProcessCrash ? DiskCopy.AfterProcessCrash(Tree) : PowerLoss.Apply(Tree, random, _pendingSequence);
            var next = new SimulatedDisk(tree, random.Next()) { CapacityBytes = CapacityBytes, _pendingSequence = _pendingSequence };
            next.UsedBlocks = tree.CountBlocks();
            return next;
        }
    }

    /// <summary>One changing operation, with the fault planned for it. <paramref name="part"/> is given the share that a torn write does.</summary>
    internal void Change(string operation, Action change, Action<double>? part = null, Action<Random>? failed = null)
    {
        lock (_gate)
        {
            ThrowIfDead();
            _trace.Add(operation);
            var fault = _faults.GetValueOrDefault(Operations);
            switch (fault)
            {
                case DiskFault.CrashInside or DiskFault.ShortWriteIo or DiskFault.ShortWriteNoSpace:
                    TryQuietly(() => part?.Invoke(_random.NextDouble()));
                    break;
                case DiskFault.Io:
                    failed?.Invoke(_random);
                    break;
                case DiskFault.CrashAfter:
                    TryQuietly(change);
                    break;
                case DiskFault.None:
                    change();
                    break;
            }

            ThrowFor(fault, operation);
        }
    }

    internal T Look<T>(Func<T> look)
    {
        lock (_gate)
        {
            ThrowIfDead();
            return look();
        }
    }

    internal int Read(string file, FileNode node, Span<byte> buffer, long offset)
    {
        lock (_gate)
        {
            ThrowIfDead();
            if (_failingReads.Contains(++Reads))
                throw new StorageException(StorageError.Io, $"read {file}: simulated error");

            return node.Read(buffer, offset);
        }
    }

    /// <summary>Closing cannot fail, not even in a dead process.</summary>
    internal void Close(FileNode node)
    {
        lock (_gate)
        {
            OpenHandles--;
            node.Handles--;
            node.FreeIfGone(this);
        }
    }

    internal long NextSequence() => ++_pendingSequence;

    internal IReadOnlyList<string> Shuffle(IEnumerable<string> names)
    {
        var list = names.ToArray();
        _random.Shuffle(list);
        return list;
    }

    /// <summary>The planned fault is what the caller sees, even if the operation would have failed by itself.</summary>
    private static void TryQuietly(Action change)
    {
        try
        {
            change();
        }
        catch (StorageException)
        {
        }
    }

    private void ThrowIfDead()
    {
        if (_dead is not null)
            throw new SimulatedCrashException(_dead);
    }

    private void ThrowFor(DiskFault fault, string operation)
    {
        switch (fault)
        {
            case DiskFault.CrashBefore or DiskFault.CrashInside or DiskFault.CrashAfter:
                _dead = $"{fault} at operation {Operations}: {operation}";
                throw new SimulatedCrashException(_dead);
            case DiskFault.NoSpace or DiskFault.ShortWriteNoSpace:
                throw new StorageException(StorageError.Full, $"{operation}: simulated full disk");
            case DiskFault.Io or DiskFault.ShortWriteIo:
                throw new StorageException(StorageError.Io, $"{operation}: simulated error");
        }
    }
}
