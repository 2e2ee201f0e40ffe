using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Collector.Pipeline.Tailing.Files;

/// <summary>The kernel's files.</summary>
internal sealed class LinuxTree : ISourceTree
{
    public static LinuxTree Instance { get; } = new();

    public ISourceRoot Open(string path, string dataDir) => new SourceRoot(path, dataDir);
}

/// <summary>A descriptor of the kernel's.</summary>
internal sealed class LinuxFile(SafeFileHandle handle) : ISourceHandle
{
    public unsafe int Read(Span<byte> buffer, long offset)
    {
        var done = 0;
        fixed (byte* start = buffer)
        {
            while (done < buffer.Length)
            {
                var got = LinuxCalls.Read(handle, start + done, (nuint)(buffer.Length - done), offset + done);
                if (got == 0)
                {
                    break;
                }

                if (got < 0)
                {
                    var error = Marshal.GetLastPInvokeError();
                    if (error == LinuxCalls.Interrupted)
                    {
                        continue;
                    }

                    throw new IOException($"read: {Marshal.GetPInvokeErrorMessage(error)}");
                }

                done += (int)got;
            }
        }

        return done;
    }

    public bool TryGetStatus(out FileStatus status) => SourceRoot.TryGetStatus(handle, out status);

    public void Dispose() => handle.Dispose();
}
