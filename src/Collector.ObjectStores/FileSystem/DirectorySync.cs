using Collector.Pipeline.Storage;

namespace Collector.ObjectStores.FileSystem;

/// <summary>
/// Makes a directory's entries durable, where the file system supports it. fsync(2) of a directory is EINVAL on FUSE, CIFS, vboxsf
/// and others, which write names through or promise nothing; the file itself was synced, and more is not possible there.
/// </summary>
internal static class DirectorySync
{
    public static void Do(string path)
    {
        try
        {
            Posix.SyncDirectory(path);
        }
        catch (StorageException failure) when (failure.HResult is Errno.InvalidArgument or Errno.NotSupported or Errno.NotImplemented)
        {
            // Not a failure: this file system does not support it.
        }
    }
}
