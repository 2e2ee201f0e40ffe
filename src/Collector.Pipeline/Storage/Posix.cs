using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Collector.Pipeline.Storage;

/// <summary>
/// File operations with exactly the system call that durability needs, and the errno kept. The runtime's file classes hide
/// <c>link</c>, <c>fsync</c> of a directory and <c>fdatasync</c>, and take locks of their own. Interrupted calls are repeated,
/// short ones continued. Every error is a <see cref="StorageException"/> that names the operation and the path.
/// </summary>
public static class Posix
{
    private const int ReadOnly = 0;
    private const int ReadWrite = 2;
    private const int CreateExclusive = 0x40 | 0x80;
    private const int FromEnd = 2;

    private const int TypeMask = 0xF000;
    private const int RegularFile = 0x8000;

    /// <summary>Opens a regular file that exists; <see cref="StorageError.NotAFile"/> for anything else, links too.</summary>
    public static SafeFileHandle Open(string path, bool writable)
    {
        // O_NOFOLLOW differs between architectures; somebody who can put a link here between the two calls owns the data dir.
        Check(LinuxCalls.Status(path, LinuxCalls.NoFollow, LinuxCalls.TypeAlone, out var named), "open", path);
        RequireRegular(named, path);
        // Opening a FIFO would wait for its other end.
        var file = Open("open", path, (writable ? ReadWrite : ReadOnly) | KernelNumbers.NonBlocking, mode: 0);
        try
        {
            Check(LinuxCalls.Status(file, "", LinuxCalls.EmptyPath, LinuxCalls.TypeAlone, out var opened), "open", path);
            RequireRegular(opened, path);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Whether a path leads to the open file. True also when that cannot be found out; false when nothing, or another file, is there.
    /// </summary>
    public static bool IsAt(SafeFileHandle file, string path)
    {
        var isNamed = LinuxCalls.Status(path, LinuxCalls.NoFollow, LinuxCalls.BasicAndBirth, out var named) == 0;
        if (!isNamed)
        {
            return Marshal.GetLastPInvokeError() is not (Errno.NoEntry or Errno.NotADirectory);
        }

        return LinuxCalls.Status(file, "", LinuxCalls.EmptyPath, LinuxCalls.BasicAndBirth, out var opened) != 0 ||
            (named.Inode, named.DeviceMajor, named.DeviceMinor) == (opened.Inode, opened.DeviceMajor, opened.DeviceMinor);
    }

    /// <summary>Whether nothing is at a path; false also when that cannot be found out.</summary>
    public static bool IsMissing(string path) =>
        LinuxCalls.Status(path, LinuxCalls.NoFollow, LinuxCalls.TypeAlone, out _) != 0 && Marshal.GetLastPInvokeError() is (Errno.NoEntry or Errno.NotADirectory);

    /// <summary>Creates a file that must not exist, for reading and writing.</summary>
    public static SafeFileHandle Create(string path, UnixFileMode mode) =>
        Open("create", path, ReadWrite | CreateExclusive, (uint)mode);

    /// <summary>Bytes read: fewer than requested only at the end of the file.</summary>
    public static unsafe int Read(SafeFileHandle file, Span<byte> buffer, long offset, string path)
    {
        var done = 0;
        fixed (byte* start = buffer)
        {
            while (done < buffer.Length)
            {
                nint count;
                do
                {
                    count = LinuxCalls.Read(file, start + done, (nuint)(buffer.Length - done), offset + done);
                }
                while (WasInterrupted(count));

                if (Check(count, "read", path) == 0)
                    break;

                done += (int)count;
            }
        }

        return done;
    }

    /// <summary>Writes all of it, or throws with any prefix written.</summary>
    public static unsafe void Write(SafeFileHandle file, ReadOnlySpan<byte> data, long offset, string path)
    {
        fixed (byte* start = data)
        {
            var done = 0;
            while (done < data.Length)
            {
                nint count;
                do
                {
                    count = LinuxCalls.Write(file, start + done, (nuint)(data.Length - done), offset + done);
                }
                while (WasInterrupted(count));

                done += (int)Check(count, "write", path);
            }
        }
    }

    public static long GetLength(SafeFileHandle file, string path) => Check(LinuxCalls.Seek(file, 0, FromEnd), "seek", path);

    public static void Truncate(SafeFileHandle file, long length, string path)
    {
        int result;
        do
        {
            result = LinuxCalls.Truncate(file, length);
        }
        while (WasInterrupted(result));
        Check(result, "truncate", path);
    }

    /// <summary>Reserves blocks up to <paramref name="length"/>; a shorter file grows to it.</summary>
    public static void Allocate(SafeFileHandle file, long length, string path)
    {
        int errno;
        do
        {
            errno = LinuxCalls.Allocate(file, 0, length);
        }
        while (errno == Errno.Interrupted);

        if (errno != 0)
            throw Errno.ToException(errno, "allocate", path);
    }

    /// <summary>fdatasync: data, and the length where it changed.</summary>
    public static void SyncData(SafeFileHandle file, string path)
    {
        int result;
        do
        {
            result = LinuxCalls.SyncData(file);
        }
        while (WasInterrupted(result));
        Check(result, "sync", path);
    }

    /// <summary>Makes the names in a directory durable.</summary>
    public static void SyncDirectory(string path)
    {
        using var directory = OpenDirectory(path);
        int result;
        do
        {
            result = LinuxCalls.Sync(directory);
        }
        while (WasInterrupted(result));
        Check(result, "sync directory", path);
    }

    /// <summary>Throws unless <paramref name="path"/> is a directory that can be read.</summary>
    public static void RequireDirectory(string path) => OpenDirectory(path).Dispose();

    /// <summary>Creates a directory; false when something has that name.</summary>
    public static bool MakeDirectory(string path, UnixFileMode mode)
    {
        var result = LinuxCalls.MakeDirectory(path, (uint)mode);
        if (result < 0 && Marshal.GetLastPInvokeError() == Errno.Exists)
            return false;

        Check(result, "create directory", path);
        return true;
    }

    public static void Rename(string from, string to) => Check(LinuxCalls.Rename(from, to), $"rename {from} to", to);

    /// <summary>Gives an existing file a second name, which must be free.</summary>
    public static void Link(string existing, string additional) =>
        Check(LinuxCalls.Link(existing, additional), $"link {existing} to", additional);

    /// <summary>Removes a name; false when it was not there.</summary>
    public static bool Unlink(string path)
    {
        var result = LinuxCalls.Unlink(path);
        if (result < 0 && Marshal.GetLastPInvokeError() == Errno.NoEntry)
            return false;

        Check(result, "delete", path);
        return true;
    }

    /// <summary>Bytes that an unprivileged process may still write (the kubelet's measure too), and all bytes.</summary>
    public static (long Free, long Total) GetSpace(string path)
    {
        Check(LinuxCalls.FileSystemStatus(path, out var status), "statvfs", path);
        return ((long)(status.AvailableBlocks * status.FragmentSize), (long)(status.Blocks * status.FragmentSize));
    }

    /// <summary>The trailing slash makes the kernel refuse anything but a directory; O_DIRECTORY would not do more.</summary>
    private static SafeFileHandle OpenDirectory(string path) => Open("open directory", path + "/", ReadOnly, mode: 0);

    private static SafeFileHandle Open(string operation, string path, int flags, uint mode)
    {
        while (true)
        {
            var file = LinuxCalls.Open(path, flags | KernelNumbers.CloseOnExec, mode);
            if (!file.IsInvalid)
                return file;

            var errno = Marshal.GetLastPInvokeError();
            file.Dispose();
            if (errno != Errno.Interrupted)
                throw Errno.ToException(errno, operation, path);
        }
    }

    private static void RequireRegular(in LinuxCalls.StatusBuffer status, string path)
    {
        if ((status.Mode & TypeMask) != RegularFile)
            throw new StorageException(StorageError.NotAFile, $"open {path}: it is not a regular file");
    }

    private static bool WasInterrupted(nint result) => result < 0 && Marshal.GetLastPInvokeError() == Errno.Interrupted;

    private static long Check(long result, string operation, string path) =>
        result >= 0 ? result : throw Errno.ToException(Marshal.GetLastPInvokeError(), operation, path);
}
