using Collector.Pipeline.Storage;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.FileSystem;

/// <summary>Translates a failed file operation into the result of an attempt, with a fix.</summary>
internal static class FileSystemFailures
{
    public static PutResult ToResult(StorageException failure) => failure.HResult switch
    {
        Errno.NameTooLong => Rejected(failure, "shorten keyPrefix"),
        Errno.NotADirectory => Rejected(failure, "a file stands where the key needs a directory: move it away, or change keyPrefix"),
        Errno.IsADirectory => Rejected(failure, "a directory stands where the object belongs: move it away, or change keyPrefix"),
        Errno.FileTooLarge => Rejected(failure, "this file system does not allow files of this size: lower batch.maxSize"),
        _ => new PutResult(PutStatus.Unavailable, Words(failure, Remedy(failure.Error))),
    };

    /// <summary>
    /// For the steps that give the object its name. There EINVAL is about the name, elsewhere about the file system.
    /// </summary>
    public static PutResult OfName(StorageException failure) =>
        failure.HResult == Errno.InvalidArgument ? Rejected(failure, "this file system does not allow this name: change keyPrefix") : ToResult(failure);

    public static PutResult OfRoot(string root, StorageException failure) => new(PutStatus.Unavailable, failure.Error switch
    {
        StorageError.NotFound => $"store.path {root} does not exist; mount or create it, because the collector never creates it",
        _ => Words(failure, $"store.path {root} must be a directory that the collector's user can read and write"),
    });

    /// <summary>link(2) says EPERM where the file system has no hard links (FAT), others EOPNOTSUPP or ENOSYS.</summary>
    public static bool HasNoLinks(StorageException failure) =>
        failure.HResult is Errno.OperationNotPermitted or Errno.NotSupported or Errno.NotImplemented;

    private static PutResult Rejected(StorageException failure, string remedy) => new(PutStatus.Rejected, Words(failure, remedy));

    private static string Remedy(StorageError error) => error switch
    {
        StorageError.Full => "free space there, or raise the quota",
        StorageError.ReadOnly => "mount it writable and give the collector's user write access",
        StorageError.TooManyOpenFiles => "raise the limit of open file descriptors",
        _ => "check the mount and its disk",
    };

    private static string Words(StorageException failure, string remedy) => $"{failure.Message}; {remedy}";
}
