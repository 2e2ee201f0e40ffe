using Collector.Pipeline.Storage;

namespace Collector.Testing.Storage;

/// <summary>A change since the last sync: a write, or (<c>Data</c> null) a new length at <c>Offset</c>.</summary>
internal sealed record PendingChange(int Offset, byte[]? Data);

/// <summary>
/// A file as the kernel has it: what the page cache shows, what the last sync made durable, and the changes between the two.
/// All members are called under the disk's lock.
/// </summary>
internal sealed class FileNode
{
    /// <summary>By block.</summary>
    private bool[] _isAllocated = [];

    public Content Live { get; private init; } = new();

    public Content Durable { get; private set; } = new();

    public List<PendingChange> Pending { get; private init; } = [];

    /// <summary>Open handles; they outlive the name.</summary>
    public int Handles { get; set; }

    /// <summary>Its names; two only when a power loss tore a rename.</summary>
    public int Links { get; set; } = 1;

    public int Blocks { get; private set; }

    /// <summary>A file that is on the disk as a whole, as after a power loss.</summary>
    public static FileNode OnDisk(Content content)
    {
        var node = new FileNode { Live = Content.CopyOf(content), Durable = content };
        node.Blocks = (content.Length + SimulatedDisk.BlockSize - 1) / SimulatedDisk.BlockSize;
        node._isAllocated = new bool[node.Blocks];
        Array.Fill(node._isAllocated, true);
        return node;
    }

    /// <summary>The same state, without the handles of the process that died.</summary>
    public FileNode Copy() => new()
    {
        Live = Content.CopyOf(Live),
        Durable = Content.CopyOf(Durable),
        Pending = [.. Pending],
        Links = Links,
        Blocks = Blocks,
        _isAllocated = [.. _isAllocated],
    };

    public int Read(Span<byte> buffer, long offset) => offset < Live.Length ? Live.Read(buffer, (int)offset) : 0;

    /// <summary>Writes as much as there is space for, then throws, as the kernel does.</summary>
    public void Write(SimulatedDisk disk, string operation, byte[] data, long offset)
    {
        var fits = Allocate(disk, offset, data.Length);
        if (fits > 0)
        {
            var written = fits == data.Length ? data : data[..fits];
            Live.Write(written, checked((int)offset));
            Pending.Add(new PendingChange((int)offset, written));
        }

        if (fits < data.Length)
            throw new StorageException(StorageError.Full, $"{operation}: disk full");
    }

    public void Truncate(SimulatedDisk disk, long length)
    {
        SetLength(checked((int)length));
        FreeFrom(disk, checked((int)((length + SimulatedDisk.BlockSize - 1) / SimulatedDisk.BlockSize)));
    }

    /// <summary>When space runs out, the part that was reserved stays, and the length with it: ext4 does that.</summary>
    public void Preallocate(SimulatedDisk disk, string operation, long length)
    {
        var fits = Allocate(disk, 0, checked((int)length));
        if (fits > Live.Length)
            SetLength(fits);

        if (fits < length)
            throw new StorageException(StorageError.Full, $"{operation}: disk full");
    }

    public void Sync()
    {
        foreach (var change in Pending)
        {
            if (change.Data is null)
                Durable.SetLength(change.Offset);
            else
                Durable.Write(change.Data, change.Offset);
        }

        Pending.Clear();
    }

    /// <summary>
    /// After a failed fsync Linux marks the pages clean: readers still see the data, a later fsync succeeds, and the data never
    /// reaches the disk.
    /// </summary>
    public void FailSync(Random random)
    {
        Durable = PowerLoss.Survivors(this, random);
        Pending.Clear();
    }

    public void FreeIfGone(SimulatedDisk disk)
    {
        if (Handles > 0 || Links > 0)
            return;

        FreeFrom(disk, 0);
    }

    private void FreeFrom(SimulatedDisk disk, int block)
    {
        for (; block < _isAllocated.Length; block++)
        {
            if (!_isAllocated[block])
                continue;

            _isAllocated[block] = false;
            Blocks--;
            disk.UsedBlocks--;
        }
    }

    private void SetLength(int length)
    {
        Live.SetLength(length);
        Pending.Add(new PendingChange(length, null));
    }

    /// <summary>How many of the bytes from <paramref name="offset"/> on have a block, after taking what is free.</summary>
    private int Allocate(SimulatedDisk disk, long offset, int count)
    {
        var end = checked((int)((offset + count + SimulatedDisk.BlockSize - 1) / SimulatedDisk.BlockSize));
        if (end > _isAllocated.Length)
            Array.Resize(ref _isAllocated, Math.Max(end, 2 * _isAllocated.Length));

        for (var block = checked((int)(offset / SimulatedDisk.BlockSize)); block < end; block++)
        {
            if (_isAllocated[block])
                continue;

            if (disk.UsedBlocks >= disk.CapacityBlocks)
                return (int)Math.Max(0, ((long)block * SimulatedDisk.BlockSize) - offset);

            _isAllocated[block] = true;
            Blocks++;
            disk.UsedBlocks++;
        }

        return count;
    }
}
