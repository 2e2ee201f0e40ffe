using Collector.Pipeline.Storage;
using Microsoft.Win32.SafeHandles;

namespace Collector.Pipeline.Sources.Files;

/// <summary>
/// By <c>openat</c>, one name after the other, each from the descriptor of the directory before it. Replacing a directory that was
/// passed has no effect, because its descriptor is held. A replacement of the next name is opened only if it is not a link. For
/// kernels before 5.6 and sandboxes that do not know <c>openat2</c>.
/// </summary>
/// <param name="beforeStep">Called with the name that is opened next; lets tests change the tree between two steps.</param>
internal sealed class WalkingOpener(Action<string>? beforeStep = null) : BeneathOpener
{
    public override SafeFileHandle? Open(SafeFileHandle root, string relative, int flags, FileIdentity? forbidden, out int error)
    {
        var names = relative.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (relative.StartsWith('/') || names.Contains(".."))
        {
            error = Errno.CrossDevice;
            return null;
        }

        var at = root;
        try
        {
            for (var i = 0; i < names.Length - 1; i++)
            {
                var next = Step(at, names[i], KernelNumbers.Path | KernelNumbers.Here.Directory, forbidden, out error);
                if (next is null)
                {
                    return null;
                }

                Leave(at, root);
                at = next;
            }

            return Step(at, names.Length == 0 ? "." : names[^1], flags, forbidden, out error);
        }
        finally
        {
            Leave(at, root);
        }
    }

    private static void Leave(SafeFileHandle directory, SafeFileHandle root)
    {
        if (directory != root)
        {
            directory.Dispose();
        }
    }

    private SafeFileHandle? Step(SafeFileHandle directory, string name, int flags, FileIdentity? forbidden, out int error)
    {
        beforeStep?.Invoke(name);
        var opened = Ask(() => LinuxCalls.OpenAt(directory, name, flags | KernelNumbers.Here.NoFollow | KernelNumbers.CloseOnExec), out error);
        if (opened is null)
        {
            // A link where a directory is expected: the kernel has one answer for "no directory" and "a link", but our caller needs
            // two.
            if (error == Errno.NotADirectory && TryGetStatus(directory, name, out var link) && link.Kind == FileKind.Link)
            {
                error = Errno.TooManyLinks;
            }

            return null;
        }

        // A link itself can be opened, by O_PATH without O_DIRECTORY.
        var isKnown = TryGetStatus(opened, "", out var status);
        if (isKnown && status.Kind != FileKind.Link && status.Identity != forbidden)
        {
            return opened;
        }

        opened.Dispose();
        error = isKnown && status.Kind != FileKind.Link ? Forbidden : Errno.TooManyLinks;
        return null;
    }
}
