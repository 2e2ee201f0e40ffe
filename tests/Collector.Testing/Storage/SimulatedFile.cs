using Collector.Pipeline.Storage;

namespace Collector.Testing.Storage;

/// <summary>A handle on a file of a <see cref="SimulatedDisk"/>; it follows the file, not the name.</summary>
internal sealed class SimulatedFile(SimulatedDisk disk, FileNode node, string path, bool writable) : IStorageFile
{
    private bool _disposed;

    public long Length
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return disk.Look(() => (long)node.Live.Length);
        }
    }

    public int Read(Span<byte> buffer, long offset)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return disk.Read(path, node, buffer, offset);
    }

    public void Write(ReadOnlySpan<byte> data, long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ThrowIfNotWritable();
        var bytes = data.ToArray();
        var operation = $"write {path} [{offset}, {offset + bytes.Length})";
        disk.Change(
            operation,
            () => node.Write(disk, operation, bytes, offset),
            part: share => node.Write(disk, operation, bytes[..(int)(bytes.Length * share)], offset));
    }

    public void Truncate(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ThrowIfNotWritable();
        disk.Change($"truncate {path} to {length}", () => node.Truncate(disk, length));
    }

    public void Preallocate(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        ThrowIfNotWritable();
        var operation = $"preallocate {path} to {length}";
        disk.Change(operation, () => node.Preallocate(disk, operation, length));
    }

    public void Sync()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        disk.Change($"sync {path}", node.Sync, failed: node.FailSync);
    }

    public void Dispose()
    {
        if (_disposed)
            return;

        _disposed = true;
        disk.Close(node);
    }

    private void ThrowIfNotWritable()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!writable)
            throw new InvalidOperationException($"{path} was opened for reading only");
    }
}
