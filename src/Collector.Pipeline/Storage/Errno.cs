using System.Runtime.InteropServices;

namespace Collector.Pipeline.Storage;

/// <summary>
/// The kernel's error numbers, and the one place where they become <see cref="StorageException"/>s. The numbers are those of Linux
/// on every architecture.
/// </summary>
public static class Errno
{
    public const int OperationNotPermitted = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int NoSuchDeviceOrAddress = 6;
    public const int Again = 11;
    public const int PermissionDenied = 13;
    public const int Exists = 17;
    public const int CrossDevice = 18;
    public const int NoSuchDevice = 19;
    public const int NotADirectory = 20;
    public const int IsADirectory = 21;
    public const int InvalidArgument = 22;
    public const int TooManyFilesInSystem = 23;
    public const int TooManyFiles = 24;
    public const int FileTooLarge = 27;
    public const int NoSpace = 28;
    public const int ReadOnlyFileSystem = 30;
    public const int NameTooLong = 36;
    public const int NotImplemented = 38;
    public const int TooManyLinks = 40;
    public const int NotSupported = 95;
    public const int QuotaExceeded = 122;

    public static StorageError Classify(int errno) => errno switch
    {
        NoSpace or QuotaExceeded => StorageError.Full,
        ReadOnlyFileSystem or PermissionDenied or OperationNotPermitted => StorageError.ReadOnly,
        NoEntry => StorageError.NotFound,
        Exists => StorageError.Exists,
        TooManyFiles or TooManyFilesInSystem => StorageError.TooManyOpenFiles,
        IsADirectory or NoSuchDeviceOrAddress => StorageError.NotAFile,
        _ => StorageError.Io,
    };

    /// <summary>
    /// The failed operation, its path and the reason; <see cref="Exception.HResult"/> is the errno, as in the runtime on Unix.
    /// </summary>
    public static StorageException ToException(int errno, string operation, string path, Exception? inner = null) =>
        new(Classify(errno), $"{operation} {path}: {Marshal.GetPInvokeErrorMessage(errno)}", inner) { HResult = errno };

    /// <summary>
    /// For the few calls through the runtime's own file classes, which keep the errno in <see cref="Exception.HResult"/>.
    /// </summary>
    public static StorageException ToException(Exception failure, string operation, string path) => failure switch
    {
        DirectoryNotFoundException or FileNotFoundException => ToException(NoEntry, operation, path, failure),
        UnauthorizedAccessException => ToException(PermissionDenied, operation, path, failure),
        _ => new StorageException(Classify(failure.HResult), $"{operation} {path}: {failure.Message}", failure) { HResult = failure.HResult },
    };
}
