using Collector.Pipeline.Storage;
using Microsoft.Win32.SafeHandles;

namespace Collector.Pipeline.Sources.Files;

/// <summary>
/// The better way until the kernel says that it has none, and the other one from then on. "Not permitted" is said by old
/// sandboxes of a call that they do not know, and of a file that is not for us: opening the root itself tells which.
/// </summary>
internal sealed class ProbingOpener(BeneathOpener better, BeneathOpener other) : BeneathOpener
{
    private volatile bool _isOther;

    public override string? Notice => _isOther
        ? "the kernel or the sandbox does not offer openat2 (Linux 5.6); files are opened directory by directory instead, which is as safe and a little slower"
        : null;

    public override SafeFileHandle? Open(SafeFileHandle root, string relative, int flags, FileIdentity? forbidden, out int error)
    {
        if (!_isOther)
        {
            var opened = better.Open(root, relative, flags, forbidden, out error);
            if (opened is not null || !IsUnknown(error) || HasBetter(root))
            {
                return opened;
            }

            _isOther = true;
        }

        return other.Open(root, relative, flags, forbidden, out error);
    }

    private static bool IsUnknown(int error) => error is Errno.NotImplemented or Errno.OperationNotPermitted;

    private bool HasBetter(SafeFileHandle root)
    {
        using var probe = better.Open(root, ".", KernelNumbers.Path | KernelNumbers.Here.Directory, forbidden: null, out var error);
        return !IsUnknown(error);
    }
}
