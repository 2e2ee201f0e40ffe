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
    /// <summary>Files of one container that are open at once: its lines are in order, so more than two days are open only when clocks were set.</summary>
    private const int MostDays = 8;

    /// <summary>Files that are open at once: two days of each container of a pass.</summary>
    private const int MostOpen = 2 * MixedContainers.AtOnce;

    /// <summary>Limit of rows in memory, over all open files. Writing them takes about twice as much again.</summary>
    private const long MostHeld = 8 << 20;

    private readonly List<(ContainerName Container, DateOnly Day, ExportFile File)> _open = [];
    private readonly Dictionary<(ContainerName, DateOnly), int> _parts = [];
    private int _pass;

    /// <summary>Files that have their names.</summary>
    public int Files { get; private set; }

    /// <summary>Lines that were added.</summary>
    public long Lines { get; private set; }

    /// <summary>Lines in the files that have their names.</summary>
    public long WholeLines { get; private set; }

    /// <summary>Adds a line. A container's lines are all in one pass: with a new pass the files of the one before are complete.</summary>
    public async Task AddAsync(int pass, ContainerName container, LogLine line, CancellationToken cancellation)
    {
        if (pass != _pass)
            await FinishAsync(cancellation).ConfigureAwait(false);
        _pass = pass;
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

    /// <summary>The containers have no more lines: their files are complete.</summary>
    public async Task FinishAsync(CancellationToken cancellation)
    {
        while (_open.Count > 0)
            await FinishOneAsync(0, cancellation).ConfigureAwait(false);
        _parts.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, _, file) in _open)
            await file.DisposeAsync().ConfigureAwait(false);
        _open.Clear();
    }

    /// <summary>The most recently used is the last.</summary>
    private async Task<ExportFile> FileOfAsync(ContainerName container, DateOnly day, CancellationToken cancellation)
    {
        if (_open.Count > 0 && _open[^1].Day == day && _open[^1].Container == container)
            return _open[^1].File;
        var at = _open.FindIndex(one => one.Day == day && one.Container == container);
        if (at >= 0)
        {
            var found = _open[at];
            _open.RemoveAt(at);
            _open.Add(found);
            return found.File;
        }

        if (_open.Count(one => one.Container == container) == MostDays)
            await FinishOneAsync(_open.FindIndex(one => one.Container == container), cancellation).ConfigureAwait(false);
        else if (_open.Count == MostOpen)
            await FinishOneAsync(0, cancellation).ConfigureAwait(false);
        var part = _parts[(container, day)] = _parts.GetValueOrDefault((container, day)) + 1;
        var path = Path.Combine(directory, ExportName.Of(container, day, part, form));
        try
        {
            ExportFile file = form == ExportForm.Parquet ? new ParquetFile(path, overwrites) : new JsonlFile(path, overwrites);
            _open.Add((container, day, file));
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, e);
        }
    }

    private async Task FinishOneAsync(int at, CancellationToken cancellation)
    {
        var file = _open[at].File;
        try
        {
            await file.FinishAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(file.Path, e);
        }

        _open.RemoveAt(at);
        Files++;
        WholeLines += file.Lines;
    }

    private const string Elsewhere = "Give a directory that you may write, or that can be created.";

    private static ExportException Unwritable(string path, Exception e)
    {
        const int NoSpace = 28, NoQuota = 122, ReadOnly = 30;
        var (why, remedy) = e switch
        {
            { HResult: NoSpace } => ("No space left on device", "Free disk space, or give a directory on another disk."),
            { HResult: NoQuota } => ("your quota of the disk is used up", "Free disk space, or give a directory on another disk."),
            { HResult: ReadOnly } => ("its file system is read-only", Elsewhere),
            UnauthorizedAccessException => ("you may not write there", Elsewhere),
            FileNotFoundException or DirectoryNotFoundException => ("its directory is not there and cannot be created", Elsewhere),
            PathTooLongException => ("its name is too long for the file system", "Give a directory with a shorter path."),
            _ => ($"something else stands in its place, or another export writes it, or the disk fails (the system says: {e.Message.TrimEnd('.')})", Elsewhere),
        };
        return new($"{path} cannot be written: {why}. {remedy} Files that were finished before are complete.", isRefusal: false, e);
    }
}
