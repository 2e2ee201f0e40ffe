using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Collector.Pipeline.Tailing.Files;

/// <summary>How an open beneath a root ended.</summary>
internal enum OpenResult
{
    Opened,

    /// <summary>Not there (any more).</summary>
    Missing,

    /// <summary>No permission: a state that may pass.</summary>
    Denied,

    /// <summary>A link, a directory, a FIFO, a device, or a way out of the root: never read (I14).</summary>
    Refused,

    /// <summary>No descriptor left.</summary>
    NoDescriptor,
}

/// <summary>
/// A directory beneath which files may be opened (I14): paths are relative, no link is followed anywhere on the way, and
/// only regular files come out. Opened when first needed, and again when the directory was replaced. Used by the tail worker.
/// </summary>
internal sealed class SourceRoot(string path) : IDisposable
{
    private const int OpenPath = 0x200000;
    private const int OpenDirectory = 0x10000;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int NoTerminal = 0x100;
    private const ulong NoMagicLinks = 0x02;
    private const ulong NoLinks = 0x04;
    private const ulong Beneath = 0x08;
    private const int EmptyPath = 0x1000;
    private const int NoFollow = 0x100;
    private const uint BasicAndBirth = 0xFFF;
    private const int LongestLink = 4096;

    private SafeFileHandle? _root;

    public string Path { get; } = path;

    /// <summary>Opens a regular file. On <see cref="OpenResult.Opened"/> the handle is the caller's.</summary>
    public OpenResult TryOpen(string relative, out SafeFileHandle? file, out FileStatus status)
    {
        file = null;
        status = default;
        if (Root() is not { } root)
        {
            return OpenResult.Missing;
        }

        int descriptor;
        int error;
        do
        {
            descriptor = LinuxCalls.OpenAt2(root, relative, CloseOnExec | NonBlocking | NoTerminal, Beneath | NoLinks | NoMagicLinks);
            error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
        while (error is LinuxCalls.Interrupted or LinuxCalls.Again);

        if (descriptor < 0)
        {
            return Sort(error);
        }

        file = new SafeFileHandle(descriptor, ownsHandle: true);
        if (TryGetStatus(file, out status) && status.Kind == FileKind.Regular)
        {
            return OpenResult.Opened;
        }

        file.Dispose();
        file = null;
        return OpenResult.Refused;
    }

    /// <summary>What a name in the root leads to, the last part not followed; false when it is not there. Only a hint: <see cref="TryOpen"/> decides.</summary>
    public bool TryGetStatus(string relative, out FileStatus status)
    {
        status = default;
        if (Root() is not { } root || LinuxCalls.Status(root, relative, NoFollow, BasicAndBirth, out var raw) != 0)
        {
            return false;
        }

        status = FileStatus.From(raw);
        return true;
    }

    public static bool TryGetStatus(SafeFileHandle file, out FileStatus status)
    {
        var ok = LinuxCalls.Status(file, "", EmptyPath, BasicAndBirth, out var raw) == 0;
        status = ok ? FileStatus.From(raw) : default;
        return ok;
    }

    /// <summary>The text of a link in the root; null when it is none.</summary>
    public unsafe string? ReadLink(string relative)
    {
        if (Root() is not { } root)
        {
            return null;
        }

        Span<byte> text = stackalloc byte[LongestLink];
        fixed (byte* start = text)
        {
            var length = LinuxCalls.ReadLink(root, relative, start, (nuint)text.Length);
            return length < 0 ? null : Encoding.UTF8.GetString(text[..(int)length]);
        }
    }

    /// <summary>The names in a directory of the root, or null when it cannot be listed now.</summary>
    public List<string>? List(string relative)
    {
        try
        {
            var names = new List<string>();
            foreach (var entry in Directory.EnumerateFileSystemEntries(System.IO.Path.Join(Path, relative)))
            {
                names.Add(System.IO.Path.GetFileName(entry));
            }

            return names;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _root?.Dispose();
            _root = null;
            return null;
        }
    }

    public void Dispose() => _root?.Dispose();

    private static OpenResult Sort(int error) => error switch
    {
        LinuxCalls.NoEntry or LinuxCalls.NotDirectory => OpenResult.Missing,
        LinuxCalls.AccessDenied or LinuxCalls.NotPermitted => OpenResult.Denied,
        LinuxCalls.TooManyLinks or LinuxCalls.CrossDevice or LinuxCalls.NoSuchDevice => OpenResult.Refused,
        LinuxCalls.TooManyOpenFiles or LinuxCalls.TooManyOpenFilesInSystem => OpenResult.NoDescriptor,
        _ => throw new IOException($"openat2: error {error}: {Marshal.GetPInvokeErrorMessage(error)}"),
    };

    private SafeFileHandle? Root()
    {
        if (_root is null)
        {
            var opened = LinuxCalls.Open(Path, OpenPath | OpenDirectory | CloseOnExec);
            if (opened.IsInvalid)
            {
                opened.Dispose();
                return null;
            }

            _root = opened;
        }

        return _root;
    }
}
