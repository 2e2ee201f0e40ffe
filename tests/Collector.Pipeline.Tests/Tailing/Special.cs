using System.Net.Sockets;
using System.Runtime.InteropServices.Marshalling;
using System.Runtime.InteropServices;
using Collector.Pipeline.Sources.Files;
using Collector.Pipeline.Storage;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>What only the system's own calls can make or tell.</summary>
internal static partial class Special
{
    public static ulong Inode(string path)
    {
        using var root = LinuxTree.Instance.Open("/", "");
        Assert.True(root.TryGetStatus(path[1..], out var status));
        return status.Inode;
    }

    public static void MakeFifo(string path) => Assert.Equal(0, MakeFifo(path, 0b110_000_000));

    /// <summary>Renames; names may be bytes that are no UTF-8 (<see cref="NameBytes"/>).</summary>
    public static void Move(string from, string to) => Assert.Equal(0, Rename(from, to));

    /// <summary>A second name of a file.</summary>
    public static void MakeLink(string from, string to) => Assert.Equal(0, Link(from, to));

    public static Socket Bind(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFifo(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string from, string to);

    [LibraryImport("libc", EntryPoint = "rename")]
    private static partial int Rename([MarshalUsing(typeof(PathMarshaller))] string from, [MarshalUsing(typeof(PathMarshaller))] string to);
}

/// <summary>
/// While it lives, this thread cannot read over permissions, even if it is root's: it gives CAP_DAC_OVERRIDE and
/// CAP_DAC_READ_SEARCH up, and takes them back when it is disposed on the same thread.
/// </summary>
internal sealed partial class WithoutOverride : IDisposable
{
    private const uint Version3 = 0x20080522;
    private const uint OverrideAndSearch = 0b110;
    private readonly Sets _before;

    public WithoutOverride()
    {
        var header = new Header { Version = Version3 };
        Assert.Equal(0, Get(ref header, out _before));
        var less = _before;
        less.Effective &= ~OverrideAndSearch;
        Assert.Equal(0, Set(ref header, ref less));
    }

    public void Dispose()
    {
        var header = new Header { Version = Version3 };
        var before = _before;
        Set(ref header, ref before);
    }

    [LibraryImport("libc", EntryPoint = "capget")]
    private static partial int Get(ref Header header, out Sets sets);

    [LibraryImport("libc", EntryPoint = "capset")]
    private static partial int Set(ref Header header, ref Sets sets);

    private struct Header
    {
        public uint Version;
        public int Process;
    }

    private struct Sets
    {
        public uint Effective;
        public uint Permitted;
        public uint Inheritable;
        public uint EffectiveHigh;
        public uint PermittedHigh;
        public uint InheritableHigh;
    }
}
