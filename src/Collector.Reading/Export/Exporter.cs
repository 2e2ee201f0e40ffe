using Collector.Reading.Lines;

namespace Collector.Reading.Export;

/// <summary>
/// Writes lines into files, one for each container and day of UTC (DESIGN.md, "Export"). Incomplete files are deleted on dispose.
/// Throws <see cref="ExportException"/>. Not thread safe.
/// </summary>
/// <param name="directory">The destination directory; created if it does not exist.</param>
/// <param name="form">The file format.</param>
/// <param name="overwrites">Whether files of an earlier export are replaced.</param>
public sealed class Exporter(string directory, ExportForm form, bool overwrites) : IAsyncDisposable
{
    /// <summary>Files that are open at once: a container's lines are in order, so more than two days are open only when clocks were set.</summary>
    private const int MostOpen = 8;

    /// <summary>Limit of rows in memory, over all open files. Writing them takes about twice as much again.</summary>
    private const long MostHeld = 8 << 20;

    private readonly List<(DateOnly Day, ExportFile File)> _open = [];
    private readonly Dictionary<DateOnly, int> _parts = [];
    private ContainerName? _container;

    /// <summary>Files that have their names.</summary>
    public int Files { get; private set; }

    /// <summary>Lines that were added.</summary>
    public long Lines { get; private set; }

    /// <summary>Lines in the files that have their names.</summary>
    public long WholeLines { get; private set; }

    /// <summary>Adds a line. All lines of a container come one after the other.</summary>
    public async Task AddAsync(ContainerName container, LogLine line, CancellationToken cancellation)
    {
        if (container != _container)
            await FinishAsync(cancellation).ConfigureAwait(false);
        _container = container;
        var day = DateOnly.FromDateTime((line.Time ?? line.MergeTime).ToDateTimeOffset().UtcDateTime);
        var file = await FileOfAsync(container, day, cancellation).ConfigureAwait(false);
        try
        {
            await file.AddAsync(line, cancellation).ConfigureAwait(false);
            file.Lines++;
            if (_open.Sum(one => one.File.Held) >= MostHeld)
                await _open.MaxBy(one => one.File.Held).File.FlushAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(file.Path, e);
        }

        Lines++;
    }

    /// <summary>The container has no more lines: its files are complete.</summary>
    public async Task FinishAsync(CancellationToken cancellation)
    {
        while (_open.Count > 0)
            await FinishFirstAsync(cancellation).ConfigureAwait(false);
        _parts.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, file) in _open)
            await file.DisposeAsync().ConfigureAwait(false);
        _open.Clear();
    }

    /// <summary>The most recently used is the last.</summary>
    private async Task<ExportFile> FileOfAsync(ContainerName container, DateOnly day, CancellationToken cancellation)
    {
        if (_open.Count > 0 && _open[^1].Day == day)
            return _open[^1].File;
        var at = _open.FindIndex(one => one.Day == day);
        if (at >= 0)
        {
            var found = _open[at];
            _open.RemoveAt(at);
            _open.Add(found);
            return found.File;
        }

        if (_open.Count == MostOpen)
            await FinishFirstAsync(cancellation).ConfigureAwait(false);
        var part = _parts[day] = _parts.GetValueOrDefault(day) + 1;
        var path = Path.Combine(directory, ExportName.Of(container, day, part, form));
        try
        {
            ExportFile file = form == ExportForm.Parquet ? new ParquetFile(path, overwrites) : new JsonlFile(path, overwrites);
            _open.Add((day, file));
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, e);
        }
    }

    private async Task FinishFirstAsync(CancellationToken cancellation)
    {
        var file = _open[0].File;
        try
        {
            await file.FinishAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(file.Path, e);
        }

        _open.RemoveAt(0);
        Files++;
        WholeLines += file.Lines;
    }

    private static ExportException Unwritable(string path, Exception e) =>
        new($"{path} cannot be written: {e.Message}. Free disk space, or give another directory; files that were finished before are complete.", isRefusal: false, e);
}
