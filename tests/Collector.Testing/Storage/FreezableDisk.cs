using System.ComponentModel;
using System.Diagnostics;

namespace Collector.Testing.Storage;

/// <summary>
/// A small ext4 in a file that can be frozen (<c>fsfreeze</c>): writes and fsyncs then hang in the kernel, as on a disk or a
/// mount that does not answer, until it is thawed. Thawed and unmounted when disposed.
/// </summary>
public sealed class FreezableDisk : IDisposable
{
    private readonly string path;
    private bool isFrozen;

    private FreezableDisk(string path) => this.path = path;

    /// <summary>Mounts over a directory; null, and the reason, where that is not permitted (it takes root and a loop device).</summary>
    /// <param name="path">A directory that exists.</param>
    /// <param name="image">The file that holds it, to be made.</param>
    public static FreezableDisk? TryMount(string path, string image, out string? reason)
    {
        using (FileStream file = File.Create(image)) file.SetLength(512 << 20);
        reason = Failure("mkfs.ext4", "-q", "-F", image) ?? Failure("mount", "-o", "loop", image, path);
        return reason is null ? new FreezableDisk(path) : null;
    }

    public void Freeze()
    {
        if (Failure("fsfreeze", "--freeze", path) is { } failure) throw new InvalidOperationException(failure);
        isFrozen = true;
    }

    public void Thaw()
    {
        if (isFrozen && Failure("fsfreeze", "--unfreeze", path) is { } failure) throw new InvalidOperationException(failure);
        isFrozen = false;
    }

    public void Dispose()
    {
        Thaw();
        _ = Failure("umount", "--lazy", path);
    }

    private static string? Failure(string command, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"{command}: {errors.Trim()}";
        }
        catch (Win32Exception e)
        {
            return $"{command}: {e.Message}";
        }
    }
}
