using Collector.Reading.Lines;

namespace Collector.Reading.Export;

/// <summary>
/// A file that is written under a name of its own (<c>.tmp</c>) and has its final one only when it is whole, on the disk. Disposed
/// before, it is gone.
/// </summary>
internal abstract class ExportFile : IAsyncDisposable
{
    private readonly string _temporary;
    private readonly bool _overwrites;
    private bool _isOver;

    /// <summary>Throws <see cref="ExportException"/> when the file is there already and may not be replaced, and what file systems throw.</summary>
    protected ExportFile(string path, bool overwrites)
    {
        (Path, _temporary, _overwrites) = (path, path + ".tmp", overwrites);
        if (!overwrites && File.Exists(path))
            throw Taken(path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);

        // Nobody else writes it: another export into the same directory is told.
        Stream = new FileStream(_temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
    }

    public string Path { get; }

    public long Lines { get; set; }

    /// <summary>Bytes that wait in memory, about.</summary>
    public virtual long Held => 0;

    protected FileStream Stream { get; }

    /// <summary>Takes one line.</summary>
    public abstract ValueTask AddAsync(LogLine line, CancellationToken cancellation);

    /// <summary>Writes what is held.</summary>
    public virtual Task FlushAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>All lines are there: the file gets its name.</summary>
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
            // On a full disk what it still holds cannot be written; nobody wants it.
        }

        try
        {
            File.Delete(_temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The disk is gone: that was told, or will be. Its name says that it is not whole.
        }
    }

    /// <summary>Writes what stands at a file's end.</summary>
    protected virtual Task EndAsync() => Task.CompletedTask;

    private static ExportException Taken(string path) =>
        new($"{path} is there already. Give another directory, or --force to replace the files of an earlier export.", isRefusal: true);
}
