using System.Runtime.InteropServices;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Sources.Files;

/// <summary>How an open beneath a root ended.</summary>
internal enum OpenResult
{
    Opened,

    /// <summary>Not there (any more).</summary>
    Missing,

    /// <summary>No permission, or a lease on it: a state that may pass.</summary>
    Denied,

    /// <summary>
    /// A link, a directory, a FIFO, a device, or a way out of the root: never read (I14). <see cref="Refusal.Find"/> tells which.
    /// </summary>
    Refused,

    /// <summary>In the collector's own data dir: never read (I14).</summary>
    InDataDir,

    /// <summary>No descriptor left.</summary>
    NoDescriptor,
}

/// <summary>The meaning of an errno of opening.</summary>
internal static class OpenErrors
{
    /// <summary>False for an unusual failure.</summary>
    public static bool TrySort(int error, out OpenResult result)
    {
        result = error switch
        {
            Errno.NoEntry or Errno.NotADirectory => OpenResult.Missing,
            Errno.PermissionDenied or Errno.OperationNotPermitted or Errno.Again => OpenResult.Denied,
            Errno.TooManyLinks or Errno.CrossDevice or Errno.NoSuchDeviceOrAddress or Errno.NoSuchDevice => OpenResult.Refused,
            BeneathOpener.Forbidden => OpenResult.InDataDir,
            Errno.TooManyFiles or Errno.TooManyFilesInSystem => OpenResult.NoDescriptor,
            _ => OpenResult.Opened,
        };
        return result != OpenResult.Opened;
    }

    public static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error);
}
