using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using Microsoft.Win32.SafeHandles;

namespace Collector.Pipeline.Storage;

/// <summary>
/// The system calls that the runtime does not offer, or hides, as libc declares them: the one place with imports from libc. For
/// differences between architectures see <see cref="KernelNumbers"/>, for errors <see cref="Errno"/>. Paths are
/// <see cref="NameBytes"/>. 64-bit Linux only (<c>off_t</c> is a long).
/// </summary>
internal static partial class LinuxCalls
{
    // statx(2): of the descriptor itself; of a link, not of its target; the fields of FileStatus.
    public const uint TypeAlone = 1;
    public const int EmptyPath = 0x1000;
    public const int NoFollow = 0x100;
    public const uint BasicAndBirth = 0xFFF;
    private const int FromHere = -100;

    /// <summary>madvise(2): the pages are not needed; of a file they are read again when they are.</summary>
    public const int DontNeed = 4;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    public static partial SafeFileHandle Open([MarshalUsing(typeof(PathMarshaller))] string path, int flags, uint mode = 0);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    public static partial SafeFileHandle OpenAt(SafeFileHandle directory, [MarshalUsing(typeof(PathMarshaller))] string path, int flags);

    public static unsafe int OpenAt2(SafeFileHandle root, string path, int flags, ulong resolve)
    {
        var how = new OpenHow { Flags = (ulong)flags, Resolve = resolve };
        return (int)SystemCall(KernelNumbers.OpenAt2, root, path, &how, (nuint)sizeof(OpenHow));
    }

    /// <summary>getdents64(2): the next entries of a directory, as <c>struct linux_dirent64</c>; 0: no more.</summary>
    public static unsafe int ListDirectory(SafeFileHandle directory, Span<byte> entries)
    {
        fixed (byte* start = entries)
        {
            return (int)SystemCall(KernelNumbers.Here.ListDirectory, directory, start, (nuint)entries.Length);
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial long SystemCall(long number, SafeFileHandle root, [MarshalUsing(typeof(PathMarshaller))] string path, OpenHow* how, nuint size);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial long SystemCall(long number, SafeFileHandle directory, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    public static partial int Status(SafeFileHandle directory, [MarshalUsing(typeof(PathMarshaller))] string path, int flags, uint mask, out StatusBuffer status);

    /// <summary>Of a path from the working directory.</summary>
    public static int Status(string path, int flags, uint mask, out StatusBuffer status) => Status(FromHere, path, flags, mask, out status);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int Status(int directory, [MarshalUsing(typeof(PathMarshaller))] string path, int flags, uint mask, out StatusBuffer status);

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true)]
    public static unsafe partial nint ReadLink(SafeFileHandle directory, [MarshalUsing(typeof(PathMarshaller))] string path, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    public static unsafe partial nint Read(SafeFileHandle file, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    public static unsafe partial nint Write(SafeFileHandle file, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(SafeFileHandle file, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Truncate(SafeFileHandle file, long length);

    /// <summary>Returns the errno instead of setting it.</summary>
    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    public static partial int Allocate(SafeFileHandle file, long offset, long length);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int SyncData(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true)]
    public static partial int MakeDirectory([MarshalUsing(typeof(PathMarshaller))] string path, uint mode);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true)]
    public static partial int Rename([MarshalUsing(typeof(PathMarshaller))] string from, [MarshalUsing(typeof(PathMarshaller))] string to);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true)]
    public static partial int Link([MarshalUsing(typeof(PathMarshaller))] string existing, [MarshalUsing(typeof(PathMarshaller))] string additional);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true)]
    public static partial int Unlink([MarshalUsing(typeof(PathMarshaller))] string path);

    [LibraryImport("libc", EntryPoint = "statvfs", SetLastError = true)]
    public static partial int FileSystemStatus([MarshalUsing(typeof(PathMarshaller))] string path, out FileSystemBuffer status);

    /// <summary>Gives free heap back to the kernel.</summary>
    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    public static partial int TrimMalloc(nuint keep);

    /// <summary>madvise(2).</summary>
    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    public static partial int Advise(nuint address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    public static partial int GetLimit(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    public static partial int SetLimit(int resource, in Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    public struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Timestamp
    {
        public long Seconds;
        public uint Nanoseconds;
        public int Reserved;

        public readonly long UnixNanoseconds => (Seconds * 1_000_000_000) + Nanoseconds;
    }

    /// <summary><c>struct statx</c>; the fields after the used ones only reserve space.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    public struct StatusBuffer
    {
        public uint Mask;
        public uint BlockSize;
        public ulong Attributes;
        public uint Links;
        public uint User;
        public uint Group;
        public ushort Mode;
        public ushort Spare;
        public ulong Inode;
        public ulong Size;
        public ulong Blocks;
        public ulong AttributesMask;
        public Timestamp AccessTime;
        public Timestamp BirthTime;
        public Timestamp ChangeTime;
        public Timestamp ModificationTime;
        public uint SpecialMajor;
        public uint SpecialMinor;
        public uint DeviceMajor;
        public uint DeviceMinor;
    }

    /// <summary>
    /// <c>struct statvfs</c> of glibc and musl on 64-bit Linux; the fields after the used ones only reserve space.
    /// </summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    public struct FileSystemBuffer
    {
        public ulong BlockSize;
        public ulong FragmentSize;
        public ulong Blocks;
        public ulong FreeBlocks;
        public ulong AvailableBlocks;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }
}
