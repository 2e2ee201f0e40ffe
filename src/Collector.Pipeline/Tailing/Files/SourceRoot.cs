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
/// only regular files come out, none from the collector's own data dir. Opened when first needed, and again when the
/// directory was replaced. Used by the tail worker.
/// </summary>
/// <param name="path">Absolute. Links in it are followed: it is configured, not found.</param>
/// <param name="dataDir">Nothing in it is opened, wherever it is mounted; empty: none.</param>
internal sealed class SourceRoot(string path, string dataDir = "") : ISourceRoot
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
    private (ulong Device, ulong Inode)? _dataDir;
    private bool _isInDataDir;

    public string Path { get; } = path;

    /// <summary>Opens a regular file. On <see cref="OpenResult.Opened"/> the handle is the caller's.</summary>
    public OpenResult TryOpen(string relative, out ISourceHandle? file, out FileStatus status)
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

        if (IsInDataDir(root, relative))
        {
            new SafeFileHandle(descriptor, ownsHandle: true).Dispose();
            return OpenResult.Refused;
        }

        file = new LinuxFile(new SafeFileHandle(descriptor, ownsHandle: true));
        if (file.TryGetStatus(out status) && status.Kind == FileKind.Regular)
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

    /// <summary>Whether nothing is there: not so when it could only not be looked at.</summary>
    public bool IsGone(string relative) =>
        Root() is not { } root ? !Directory.Exists(Path)
        : LinuxCalls.Status(root, relative, NoFollow, BasicAndBirth, out _) != 0 && Marshal.GetLastPInvokeError() is LinuxCalls.NoEntry or LinuxCalls.NotDirectory;

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
        Revalidate();
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
            Close();
            return null;
        }
    }

    public void Dispose() => Close();

    private static OpenResult Sort(int error) => error switch
    {
        LinuxCalls.NoEntry or LinuxCalls.NotDirectory => OpenResult.Missing,
        LinuxCalls.AccessDenied or LinuxCalls.NotPermitted => OpenResult.Denied,
        LinuxCalls.TooManyLinks or LinuxCalls.CrossDevice or LinuxCalls.NoSuchDevice => OpenResult.Refused,
        LinuxCalls.TooManyOpenFiles or LinuxCalls.TooManyOpenFilesInSystem => OpenResult.NoDescriptor,
        _ => throw new IOException($"openat2: error {error}: {Marshal.GetPInvokeErrorMessage(error)}"),
    };

    private static SafeFileHandle? OpenDirectoryAt(string path)
    {
        var opened = LinuxCalls.Open(path, OpenPath | OpenDirectory | CloseOnExec);
        if (!opened.IsInvalid)
        {
            return opened;
        }

        opened.Dispose();
        return null;
    }

    private static (ulong Device, ulong Inode)? IdentityOf(SafeFileHandle directory, string relative) =>
        LinuxCalls.Status(directory, relative, relative.Length == 0 ? EmptyPath : NoFollow, BasicAndBirth, out var raw) == 0 && FileStatus.From(raw) is var status
            ? (status.Device, status.Inode)
            : null;

    private SafeFileHandle? Root()
    {
        if (_root is null && (_root = OpenDirectoryAt(Path)) is { } root && dataDir.Length > 0)
        {
            using var data = OpenDirectoryAt(dataDir);
            _dataDir = data is null ? null : IdentityOf(data, "");
            _isInDataDir = _dataDir is not null && IsBeneathDataDir(root);
        }

        return _root;
    }

    private void Close()
    {
        _root?.Dispose();
        _root = null;
    }

    /// <summary>Forgets a directory that another one has taken the place of.</summary>
    private void Revalidate()
    {
        if (_root is { } root && (LinuxCalls.Status(root, Path, 0, BasicAndBirth, out var raw) != 0 || FileStatus.From(raw) is var now && IdentityOf(root, "") != (now.Device, now.Inode)))
        {
            Close();
        }
    }

    /// <summary>Whether the root is the data dir or in it: its parents are asked up to the top.</summary>
    private bool IsBeneathDataDir(SafeFileHandle root)
    {
        var up = ".";
        for (var at = IdentityOf(root, up); at is not null; at = IdentityOf(root, up))
        {
            if (at == _dataDir)
            {
                return true;
            }

            up += "/..";
            if (IdentityOf(root, up) == at)
            {
                break;
            }
        }

        return false;
    }

    /// <summary>Whether a directory on the way to a file is the data dir, by any mount.</summary>
    private bool IsInDataDir(SafeFileHandle root, string relative)
    {
        if (_dataDir is null || _isInDataDir)
        {
            return _isInDataDir;
        }

        for (var slash = relative.IndexOf('/'); slash > 0; slash = relative.IndexOf('/', slash + 1))
        {
            if (IdentityOf(root, relative[..slash]) == _dataDir)
            {
                return true;
            }
        }

        return false;
    }
}
