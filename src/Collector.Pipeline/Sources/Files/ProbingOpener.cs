using Collector.Pipeline.Storage;
using Microsoft.Win32.SafeHandles;

namespace Collector.Pipeline.Sources.Files;

/// <summary>
/// Uses openat2 until the kernel says that it has none, and the other way from then on. Old sandboxes answer "not permitted" to an
/// unknown call, and so does the kernel for a forbidden file: opening the root itself decides which.
/// </summary>
internal sealed class ProbingOpener(BeneathOpener better, BeneathOpener other) : BeneathOpener
{
    private volatile bool _isOther;

    public override string? Notice => _isOther
        ? "the kernel or the sandbox does not offer openat2 (Linux 5.6); files are opened directory by directory instead, which is equally safe and a little slower"
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
