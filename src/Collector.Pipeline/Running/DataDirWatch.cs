using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Running;

/// <summary>
/// Ends the run when the data dir is deleted, moved or covered by a mount while the collector runs. Nothing can be delivered from it
/// then, and what is read on would be lost without a count. The next start makes a new data dir, and reads again what the log files
/// still hold. Disposing ends the watch.
/// </summary>
internal sealed partial class DataDirWatch : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private readonly DataDir _dataDir;
    private readonly IReadOnlyList<string> _outputs;
    private readonly CancellationTokenSource _failed;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private volatile bool _isGone;
    private bool _isOver;

    /// <param name="dataDir">Owned by the caller, who disposes it after this watch.</param>
    /// <param name="outputs">The names of its outputs.</param>
    /// <param name="failed">Cancelled when the data dir is gone.</param>
    /// <param name="clock">Tells when to look.</param>
    /// <param name="logger">Takes the reason.</param>
    public DataDirWatch(DataDir dataDir, IReadOnlyList<string> outputs, CancellationTokenSource failed, TimeProvider clock, ILogger logger)
    {
        _dataDir = dataDir;
        _outputs = outputs;
        _failed = failed;
        _logger = logger;
        _timer = clock.CreateTimer(_ => Look(), null, Interval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Looks now; true from the first time on that something is missing.</summary>
    public bool IsGone()
    {
        Look();
        return _isGone;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
        }

        _timer.Dispose();
    }

    /// <summary>One at a time, and the next one only after it: a file system may hang.</summary>
    private void Look()
    {
        lock (_lock)
        {
            if (_isOver || _isGone)
            {
                return;
            }

            if (_dataDir.Missing(_outputs) is { } path)
            {
                _isGone = true;
                LogGone(path);
                _failed.Cancel();
                return;
            }

            _timer.Change(Interval, Timeout.InfiniteTimeSpan);
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Path} was deleted or replaced while the collector ran: the records that waited in the data dir are gone; the process ends, and its next start reads again what the log files still hold; let nothing else delete or move the data dir")]
    private partial void LogGone(string path);
}
