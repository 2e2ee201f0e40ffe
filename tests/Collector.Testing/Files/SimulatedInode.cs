namespace Collector.Testing.Files;

/// <summary>What kind of thing an inode is.</summary>
public enum InodeKind
{
    Regular,
    Directory,
    Link,
}

/// <summary>A file, directory or symbolic link of a <see cref="SimulatedTree"/>: it lives as long as a name or a descriptor leads to it.</summary>
public sealed class SimulatedInode
{
    private byte[] _bytes = [];
    private int _length;

    internal SimulatedInode(InodeKind kind, ulong device, ulong number, long birthTime)
    {
        (Kind, Device, Number, BirthTime, ModifiedAt, ChangedAt) = (kind, device, number, birthTime, birthTime, birthTime);
    }

    public InodeKind Kind { get; }

    public ulong Device { get; }

    public ulong Number { get; }

    /// <summary>Unix nanoseconds.</summary>
    public long BirthTime { get; }

    /// <summary>Unix nanoseconds.</summary>
    public long ModifiedAt { get; internal set; }

    /// <summary>Unix nanoseconds; also when a name of it came or went.</summary>
    public long ChangedAt { get; internal set; }

    public uint Links { get; internal set; }

    /// <summary>Descriptors of the collector.</summary>
    public int OpenHandles { get; internal set; }

    public int Length => _length;

    /// <summary>Of a symbolic link.</summary>
    public string LinkText { get; internal init; } = "";

    /// <summary>The whole content.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Of a directory, by name; in ordinal order, so that a run is reproduced by its seed.</summary>
    internal SortedDictionary<string, SimulatedInode> Entries { get; } = new(StringComparer.Ordinal);

    public int Read(Span<byte> buffer, long offset)
    {
        var count = (int)Math.Clamp(_length - offset, 0, buffer.Length);
        if (count > 0)
        {
            _bytes.AsSpan((int)offset, count).CopyTo(buffer);
        }

        return count;
    }

    internal void Write(int offset, ReadOnlySpan<byte> bytes)
    {
        var end = offset + bytes.Length;
        if (end > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(end, _bytes.Length * 2));
        }

        bytes.CopyTo(_bytes.AsSpan(offset));
        _length = Math.Max(_length, end);
    }

    /// <summary>What lies behind the new end is zero when the file grows over it again, as a writer with an old offset makes it.</summary>
    internal void Truncate(int length)
    {
        if (length < _length)
        {
            _bytes.AsSpan(length, _length - length).Clear();
            _length = length;
        }
    }
}
