using System.Runtime.InteropServices;
using Collector.Pipeline.Storage;
using Microsoft.Win32.SafeHandles;

namespace Collector.Pipeline.Sources.Files;

/// <summary>A descriptor of the kernel's, which this closes.</summary>
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
                    if (error == Errno.Interrupted)
                    {
                        continue;
                    }

                    throw new IOException($"read: {OpenErrors.Describe(error)}");
                }

                done += (int)got;
            }
        }

        return done;
    }

    public bool TryGetStatus(out FileStatus status)
    {
        var ok = LinuxCalls.Status(handle, "", LinuxCalls.EmptyPath, LinuxCalls.BasicAndBirth, out var raw) == 0;
        status = ok ? FileStatus.From(raw) : default;
        return ok;
    }

    public void Dispose() => handle.Dispose();
}
