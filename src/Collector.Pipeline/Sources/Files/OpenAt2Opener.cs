using Collector.Pipeline.Storage;
using Microsoft.Win32.SafeHandles;

namespace Collector.Pipeline.Sources.Files;

/// <summary>By <c>openat2</c>: one call, and the kernel checks the path.</summary>
internal sealed class OpenAt2Opener : BeneathOpener
{
    private const ulong NoMagicLinks = 0x02;
    private const ulong NoLinks = 0x04;
    private const ulong Beneath = 0x08;

    public override SafeFileHandle? Open(SafeFileHandle root, string relative, int flags, FileIdentity? forbidden, out int error)
    {
        var path = relative.Length == 0 ? "." : relative;
        var file = Ask(() => new SafeFileHandle(LinuxCalls.OpenAt2(root, path, flags | KernelNumbers.CloseOnExec, Beneath | NoLinks | NoMagicLinks), ownsHandle: true), out error);
        if (file is null || forbidden is null || !LeadsInto(root, relative, file, forbidden.Value))
        {
            return file;
        }

        file.Dispose();
        error = Forbidden;
        return null;
    }

    /// <summary>Whether a directory on the way, or the opened file, is the forbidden one.</summary>
    private static bool LeadsInto(SafeFileHandle root, string relative, SafeFileHandle file, FileIdentity forbidden)
    {
        for (var slash = relative.IndexOf('/'); slash > 0; slash = relative.IndexOf('/', slash + 1))
        {
            if (TryGetStatus(root, relative[..slash], out var status) && status.Identity == forbidden)
            {
                return true;
            }
        }

        return TryGetStatus(file, "", out var opened) && opened.Identity == forbidden;
    }
}
