using System.Text;

namespace Collector.Pipeline.Storage;

/// <summary>
/// Reads a small file that a person has named: a key, a token, certificates, a kubeconfig. Only regular files are read, up to
/// <see cref="Longest"/>, and for at most <see cref="Patience"/>: a mount that hangs answers no system call, and its reader cannot be
/// interrupted. So each read has its own thread, there is one pending read a path, and whoever asks for a path that has hung for longer
/// is told at once. Thread safe.
/// </summary>
public static class SmallFile
{
    /// <summary>Much more than keys, tokens and bundles of certificates have; a device would never end.</summary>
    public const int Longest = 1 << 20;

    /// <summary>Much longer than a disk or a server of files takes for a small file.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private const int StackSize = 256 * 1024;

    private static readonly Lock s_gate = new();
    private static readonly Dictionary<string, PendingRead> s_pending = new(StringComparer.Ordinal);

    /// <summary>The current text. Only the caller waits.</summary>
    /// <exception cref="FileHangsException">It does not answer.</exception>
    /// <exception cref="IOException">Why it cannot be read, and what to do.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static async Task<string> ReadTextAsync(string path, CancellationToken cancellation)
    {
        var read = Start(path, ReadNow);
        while (true)
        {
            try
            {
                return await read.Text.Task.WaitAsync(read.Rest, cancellation).ConfigureAwait(false);
            }
            catch (TimeoutException) when (read.Rest > TimeSpan.Zero)
            {
                // Only the time that has passed proves that the file hangs: a wait may end too soon (libfaketime lets it).
            }
            catch (TimeoutException)
            {
                throw Hung();
            }
        }
    }

    /// <summary>The current text, where the caller cannot wait otherwise than with its thread.</summary>
    /// <exception cref="FileHangsException">It does not answer.</exception>
    /// <exception cref="IOException">Why it cannot be read, and what to do.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static string ReadText(string path) => ReadText(path, ReadNow);

    /// <param name="path">Of the file.</param>
    /// <param name="readNow">Reads it, for as long as that takes; another one in tests.</param>
    internal static string ReadText(string path, Func<string, string> readNow)
    {
        var read = Start(path, readNow);

        // The read completes on its own thread, so this wait needs none of the pool's. Not Wait(), which wraps the exception.
        // A wait may end too soon, as above.
        var end = ((IAsyncResult)read.Text.Task).AsyncWaitHandle;
        while (!end.WaitOne(read.Rest))
        {
            if (read.Rest == TimeSpan.Zero)
            {
                throw Hung();
            }
        }

        return read.Text.Task.GetAwaiter().GetResult();
    }

    private static PendingRead Start(string path, Func<string, string> readNow)
    {
        lock (s_gate)
        {
            if (s_pending.TryGetValue(path, out var pending))
            {
                return pending;
            }

            var read = new PendingRead();
            new Thread(() => Run(read, path, readNow), StackSize) { IsBackground = true, Name = "small file" }.Start();
            return s_pending[path] = read;
        }
    }

    private static void Run(PendingRead read, string path, Func<string, string> readNow)
    {
        string? text = null;
        Exception? failure = null;
        try
        {
            text = readNow(path);
        }
        catch (Exception e)
        {
            failure = e;
        }

        // First, so that whoever asks after the end gets a new read.
        lock (s_gate)
        {
            s_pending.Remove(path);
        }

        read.End(text, failure);
    }

    private static string ReadNow(string path)
    {
        if (KindOf(path) is { } kind)
        {
            throw new IOException($"it is {kind}; name a regular file");
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        using var bytes = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (var length = file.Read(buffer); length > 0; length = file.Read(buffer))
        {
            bytes.Write(buffer, 0, length);
            if (bytes.Length > Longest)
            {
                throw new IOException($"it is longer than {Longest >> 20} MiB; name the right file");
            }
        }

        var text = bytes.GetBuffer().AsSpan(0, (int)bytes.Length);
        return Encoding.UTF8.GetString(text.StartsWith(Encoding.UTF8.Preamble) ? text[Encoding.UTF8.Preamble.Length..] : text);
    }

    /// <summary>
    /// What it is, if it is there and no regular file: opening a FIFO would wait for a writer, and a device has no end. The types of inode(7).
    /// </summary>
    private static string? KindOf(string path) => LinuxCalls.Status(path, flags: 0, LinuxCalls.TypeAlone, out var status) != 0 ? null : (status.Mode & 0xF000) switch
    {
        0x8000 => null,
        0x4000 => "a directory",
        0x1000 => "a FIFO",
        0xC000 => "a socket",
        _ => "a device",
    };

    private static FileHangsException Hung() => new("it does not answer, so the disk or the mount that holds it hangs; check that mount");

    /// <summary>A read that has not ended.</summary>
    private sealed class PendingRead
    {
        private readonly long _since = TimeProvider.System.GetTimestamp();

        public TaskCompletionSource<string> Text { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The time that is left of <see cref="Patience"/>.</summary>
        public TimeSpan Rest => Patience - TimeProvider.System.GetElapsedTime(_since) is { Ticks: > 0 } rest ? rest : TimeSpan.Zero;

        public void End(string? text, Exception? failure)
        {
            if (failure is null)
            {
                Text.SetResult(text!);
                return;
            }

            // Whoever waited may have gone, and nobody else wants it.
            Text.SetException(failure);
            _ = Text.Task.Exception;
        }
    }
}
