using Microsoft.Win32.SafeHandles;

namespace Collector.Pipeline.Storage;

/// <summary>A file of a <see cref="FileSystemDirectory"/>; stays usable when its name changes or goes.</summary>
internal sealed class FileSystemFile(SafeFileHandle handle, string path, bool writable) : IStorageFile
{
    public long Length => Posix.GetLength(handle, path);

    public int Read(Span<byte> buffer, long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return Posix.Read(handle, buffer, offset, path);
    }

    public void Write(ReadOnlySpan<byte> data, long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ThrowIfReadOnly();
        Posix.Write(handle, data, offset, path);
    }

    public void Truncate(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ThrowIfReadOnly();
        Posix.Truncate(handle, length, path);
    }

    public void Preallocate(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        ThrowIfReadOnly();
        Posix.Allocate(handle, length, path);
    }

    public void Sync() => Posix.SyncData(handle, path);

    public void Dispose() => handle.Dispose();

    private void ThrowIfReadOnly()
    {
        if (!writable)
            throw new InvalidOperationException($"{path} was opened for reading only");
    }
}
