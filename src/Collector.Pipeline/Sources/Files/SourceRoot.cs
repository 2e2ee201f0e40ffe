using System.Runtime.InteropServices;
using Collector.Pipeline.Storage;
using Microsoft.Win32.SafeHandles;

namespace Collector.Pipeline.Sources.Files;

/// <summary>
/// A directory of the kernel's beneath which files may be opened. Opened when first needed, and again when the directory was
/// replaced. Used by one thread.
/// </summary>
/// <param name="path">Absolute. Links in it are followed: it is configured, not found.</param>
/// <param name="dataDir">Nothing in it is opened, wherever it is mounted; empty: none.</param>
/// <param name="opener">The way to open beneath it.</param>
internal sealed class SourceRoot(string path, string dataDir, BeneathOpener opener) : ISourceRoot
{
    private const int LongestLink = 4096;
    private const int ForReading = KernelNumbers.NonBlocking | KernelNumbers.NoTerminal;

    private SafeFileHandle? _root;
    private int _rootError;
    private FileIdentity? _dataDir;
    private bool _isInDataDir;

    public string Path { get; } = path;

    public OpenResult TryOpen(string relative, out ISourceHandle? file, out FileStatus status)
    {
        file = null;
        status = default;
        if (Open(relative, ForReading, out var error) is not { } descriptor)
        {
            return OpenErrors.TrySort(error, out var result) ? result : throw new IOException($"open: error {error}: {OpenErrors.Describe(error)}");
        }

        var opened = new LinuxFile(descriptor);
        if (!opened.TryGetStatus(out status) || status.Kind != FileKind.Regular)
        {
            opened.Dispose();
            return OpenResult.Refused;
        }

        file = opened;
        return OpenResult.Opened;
    }

    public bool TryGetStatus(string relative, out FileStatus status)
    {
        status = default;
        if (Root() is not { } root || LinuxCalls.Status(root, relative, LinuxCalls.NoFollow, LinuxCalls.BasicAndBirth, out var raw) != 0)
        {
            return false;
        }

        status = FileStatus.From(raw);
        return true;
    }

    public bool IsGone(string relative)
    {
        var error = Root() is not { } root ? _rootError
            : LinuxCalls.Status(root, relative, LinuxCalls.NoFollow, LinuxCalls.BasicAndBirth, out _) != 0 ? Marshal.GetLastPInvokeError()
            : 0;
        return error is Errno.NoEntry or Errno.NotADirectory;
    }

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
            return length < 0 ? null : NameBytes.Decode(text[..(int)length]);
        }
    }

    public Listing List(string relative)
    {
        Revalidate();
        using var directory = Open(relative, KernelNumbers.Here.Directory | KernelNumbers.NonBlocking, out var error);
        if (directory is null)
        {
            return Listing.Of(error);
        }

        var names = new List<string>();
        error = DirectoryEntries.Read(directory, names);
        return error == 0 ? new Listing(names) : Listing.Of(error);
    }

    public void Dispose() => Close();

    private static FileIdentity? IdentityOf(SafeFileHandle directory, string relative) =>
        LinuxCalls.Status(directory, relative, relative.Length == 0 ? LinuxCalls.EmptyPath : LinuxCalls.NoFollow, LinuxCalls.BasicAndBirth, out var raw) == 0
            ? FileStatus.From(raw).Identity
            : null;

    /// <summary>Opens a directory by its path, which may contain links. On failure null, and the errno in <paramref name="error"/>.</summary>
    private static SafeFileHandle? OpenConfigured(string path, out int error)
    {
        var opened = LinuxCalls.Open(path, KernelNumbers.Path | KernelNumbers.Here.Directory | KernelNumbers.CloseOnExec);
        if (!opened.IsInvalid)
        {
            error = 0;
            return opened;
        }

        error = Marshal.GetLastPInvokeError();
        opened.Dispose();
        return null;
    }

    private SafeFileHandle? Open(string relative, int flags, out int error)
    {
        if (Root() is not { } root)
        {
            error = _rootError;
            return null;
        }

        if (_isInDataDir)
        {
            error = BeneathOpener.Forbidden;
            return null;
        }

        return opener.Open(root, relative, flags, _dataDir, out error);
    }

    private SafeFileHandle? Root()
    {
        if (_root is null && (_root = OpenConfigured(Path, out _rootError)) is { } root && dataDir.Length > 0)
        {
            using var data = OpenConfigured(dataDir, out _);
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

    /// <summary>Forgets a directory that was replaced by another one.</summary>
    private void Revalidate()
    {
        if (_root is { } root && (LinuxCalls.Status(root, Path, 0, LinuxCalls.BasicAndBirth, out var raw) != 0 || IdentityOf(root, "") != FileStatus.From(raw).Identity))
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
}
