using System.Runtime.InteropServices;
using Collector.Pipeline.Storage;
using Microsoft.Win32.SafeHandles;

namespace Collector.Pipeline.Sources.Files;

/// <summary>
/// Opens names beneath a directory without following a link anywhere on the way, by one of the system calls that kernels offer
/// (I14). It has no state for a file, so any thread may use it.
/// </summary>
internal abstract class BeneathOpener
{
    /// <summary>In place of an errno: the path led into the forbidden directory.</summary>
    public const int Forbidden = -1;

    /// <summary>
    /// A call that keeps answering EINTR or EAGAIN is given up, because a user could cause that by a lease on a file.
    /// </summary>
    private const int MostTries = 16;

    /// <summary>A line for the log, once, about the chosen way; null: nothing.</summary>
    public virtual string? Notice => null;

    /// <summary>
    /// Opens; null with the errno, or <see cref="Forbidden"/>. The caller owns the descriptor and checks its type.
    /// </summary>
    /// <param name="root">Where to begin: any descriptor of a directory.</param>
    /// <param name="relative">Names between slashes; empty or <c>.</c>: the root itself.</param>
    /// <param name="flags">As for <c>open</c>; close-on-exec and flags that forbid links are added.</param>
    /// <param name="forbidden">A directory beneath which nothing is opened, wherever it is mounted. The root is not in it.</param>
    /// <param name="error">0 when it was opened.</param>
    public abstract SafeFileHandle? Open(SafeFileHandle root, string relative, int flags, FileIdentity? forbidden, out int error);

    /// <summary>Repeats the call until the kernel has decided.</summary>
    protected static SafeFileHandle? Ask(Func<SafeFileHandle> call, out int error)
    {
        var tries = 0;
        do
        {
            var opened = call();
            if (!opened.IsInvalid)
            {
                error = 0;
                return opened;
            }

            error = Marshal.GetLastPInvokeError();
            opened.Dispose();
        }
        while (error is Errno.Interrupted or Errno.Again && ++tries < MostTries);

        return null;
    }

    protected static bool TryGetStatus(SafeFileHandle directory, string relative, out FileStatus status)
    {
        var ok = LinuxCalls.Status(directory, relative, relative.Length == 0 ? LinuxCalls.EmptyPath : LinuxCalls.NoFollow, LinuxCalls.BasicAndBirth, out var raw) == 0;
        status = ok ? FileStatus.From(raw) : default;
        return ok;
    }
}
