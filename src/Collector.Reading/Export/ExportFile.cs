using Collector.Reading.Lines;

namespace Collector.Reading.Export;

/// <summary>
/// A file with a temporary name (<c>.tmp</c>) that gets its final name only when it is complete and on the disk. Disposed before,
/// it is deleted.
/// </summary>
internal abstract class ExportFile : IAsyncDisposable
{
    private readonly string _temporary;
    private readonly bool _overwrites;
    private bool _isOver;

    /// <summary>
    /// Throws <see cref="ExportException"/> if the file exists and may not be replaced, and the exceptions of file systems.
    /// </summary>
    protected ExportFile(string path, bool overwrites)
    {
        (Path, _temporary, _overwrites) = (path, path + ".tmp", overwrites);
        if (!overwrites && File.Exists(path))
            throw Taken(path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);

        // Locked, so that another export into the same directory is refused.
        Stream = new FileStream(_temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
    }

    public string Path { get; }

    public long Lines { get; set; }

    /// <summary>Bytes that wait in memory, about.</summary>
    public virtual long Held => 0;

    protected FileStream Stream { get; }

    /// <summary>Adds one line.</summary>
    public abstract ValueTask AddAsync(LogLine line, CancellationToken cancellation);

    /// <summary>Writes the buffered rows.</summary>
    public virtual Task FlushAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>All lines are written: the file gets its final name.</summary>
    public async Task FinishAsync(CancellationToken cancellation)
    {
        await FlushAsync(cancellation).ConfigureAwait(false);
        await EndAsync().ConfigureAwait(false);
        Stream.Flush(flushToDisk: true);
        await Stream.DisposeAsync().ConfigureAwait(false);
        try
        {
            File.Move(_temporary, Path, _overwrites);
        }
        catch (IOException) when (!_overwrites && File.Exists(Path))
        {
            throw Taken(Path);
        }

        _isOver = true;
    }

    public async ValueTask DisposeAsync()
    {
        if (_isOver)
            return;
        _isOver = true;
        try
        {
            await Stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // On a full disk the buffered rows cannot be written, and nobody needs them.
        }

        try
        {
            File.Delete(_temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The disk failed, which was or will be reported. The temporary name shows that the file is incomplete.
        }
    }

    /// <summary>Writes the end of the file.</summary>
    protected virtual Task EndAsync() => Task.CompletedTask;

    private static ExportException Taken(string path) =>
        new($"{path} exists already. Give another directory, or --force to replace the files of an earlier export.", isRefusal: true);
}
