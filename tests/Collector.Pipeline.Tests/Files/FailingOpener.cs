using Collector.Pipeline.Sources.Files;
using Microsoft.Win32.SafeHandles;

namespace Collector.Pipeline.Tests.Files;

/// <summary>A kernel's way that always fails with one error, but, where <paramref name="isProbeGood"/>, for a root itself.</summary>
internal sealed class FailingOpener(int error, bool isProbeGood) : BeneathOpener
{
    /// <summary>The names that were to be opened.</summary>
    public List<string> Asked { get; } = [];

    public override SafeFileHandle? Open(SafeFileHandle root, string relative, int flags, FileIdentity? forbidden, out int errno)
    {
        Asked.Add(relative);
        errno = isProbeGood && relative == "." ? 0 : error;
        return null;
    }
}
