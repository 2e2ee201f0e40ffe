using Microsoft.Win32.SafeHandles;

namespace Collector.Commands;

/// <summary>
/// The descriptors 0, 1 and 2, of which the caller may have closed any (<c>&gt;&amp;-</c>). The next file that the process opens would
/// get a closed one's number, and would then be written to as standard output or standard error.
/// </summary>
internal static class StandardDescriptors
{
    private const string Nothing = "/dev/null";
    private const int Error = 2;

    private static readonly List<SafeFileHandle> s_held = [];

    /// <summary>
    /// Opens <c>/dev/null</c> in place of the closed ones: standard error for writing, the others for reading, so that a write to
    /// standard output still fails. Called before anything else is opened.
    /// </summary>
    public static void Hold()
    {
        // An opened file gets the lowest free number.
        while (!OperatingSystem.IsWindows() && File.Exists(Nothing) && TryHold())
        {
        }
    }

    private static bool TryHold()
    {
        var handle = Open(FileAccess.Read);
        if (NumberOf(handle) == Error)
        {
            handle.Dispose();
            handle = Open(FileAccess.Write);
        }

        if (NumberOf(handle) > Error)
        {
            handle.Dispose();
            return false;
        }

        s_held.Add(handle);
        return true;
    }

    private static SafeFileHandle Open(FileAccess access) => File.OpenHandle(Nothing, FileMode.Open, access, FileShare.ReadWrite);

    private static long NumberOf(SafeFileHandle handle) => handle.DangerousGetHandle();
}
