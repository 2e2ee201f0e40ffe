using System.Runtime.InteropServices;

namespace Collector.Testing.Storage;

/// <summary>A tmpfs of a few MB: a disk that a test can fill. Unmounted when disposed.</summary>
public sealed partial class SmallDisk : IDisposable
{
    private const ulong ReadOnly = 1; // MS_RDONLY
    private const int Detach = 2; // MNT_DETACH

    private readonly string path;

    private SmallDisk(string path) => this.path = path;

    /// <summary>Mounts over a directory; null, and the reason, where that is not permitted (it takes root).</summary>
    /// <param name="path">A directory that exists.</param>
    /// <param name="size">As tmpfs takes it: <c>16m</c>.</param>
    public static SmallDisk? TryMount(string path, string size, bool readOnly, out string? reason)
    {
        reason = mount("tmpfs", path, "tmpfs", readOnly ? ReadOnly : 0, $"size={size},mode=0755") == 0
            ? null
            : $"mounting a tmpfs is not permitted here: errno {Marshal.GetLastPInvokeError()}; needs root";
        return reason is null ? new SmallDisk(path) : null;
    }

    /// <summary>Bytes.</summary>
    public long Free => new DriveInfo(path).AvailableFreeSpace;

    /// <summary>Takes all that is free, to the last byte, as somebody else's file.</summary>
    public void Fill(string file)
    {
        using FileStream stream = new(file, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        for (var block = new byte[1 << 20]; block.Length > 0;)
        {
            try
            {
                stream.Write(block);
            }
            catch (IOException) when (block.Length > 1)
            {
                block = new byte[block.Length / 2];
            }
            catch (IOException)
            {
                return;
            }
        }
    }

    public void Dispose() => _ = umount2(path, Detach);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string type, ulong flags, string data);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int umount2(string target, int flags);
}
