using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using Microsoft.Win32.SafeHandles;

namespace Collector.Pipeline.Sources.Files;

/// <summary>
/// The system calls of safe opening, which the runtime does not offer. Numbers of errors are those of x64 and arm64 alike; for
/// what differs see <see cref="KernelNumbers"/>. Paths are of <see cref="NameBytes"/>.
/// </summary>
internal static partial class LinuxCalls
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int NoSuchDeviceOrAddress = 6;
    public const int Again = 11;
    public const int AccessDenied = 13;
    public const int CrossDevice = 18;
    public const int NoSuchDevice = 19;
    public const int NotDirectory = 20;
    public const int TooManyOpenFilesInSystem = 23;
    public const int TooManyOpenFiles = 24;
    public const int NoSystemCall = 38;
    public const int TooManyLinks = 40;

    // statx(2): of the descriptor itself; of a link, not of what it leads to; what FileStatus holds.
    public const int EmptyPath = 0x1000;
    public const int NoFollow = 0x100;
    public const uint BasicAndBirth = 0xFFF;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    public static partial SafeFileHandle Open([MarshalUsing(typeof(PathMarshaller))] string path, int flags);

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

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true)]
    public static unsafe partial nint ReadLink(SafeFileHandle directory, [MarshalUsing(typeof(PathMarshaller))] string path, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    public static unsafe partial nint Read(SafeFileHandle file, byte* buffer, nuint count, long offset);

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

    /// <summary><c>struct statx</c>; the fields after the ones in use are only room.</summary>
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

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }
}
