using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Loops;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Upload;

/// <summary>
/// Sends the sealed objects of one output, oldest first, one in flight a prefix (DESIGN.md beside this file). The dispatcher
/// is one loop; each attempt is a task of its own.
/// </summary>
internal sealed partial class Uploader
{
    /// <summary>A postponed object is looked at no later than this after it is due.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    private readonly OutputBuffer _buffer;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Backoff _backoff;
    private readonly Concurrency _concurrency = new();
    private readonly ObjectSender _sender;
    private readonly WakeSignal _changed = new();

    public Uploader(OutputBuffer buffer, IObjectStore store, UploaderServices services, CollectorMetrics metrics, TimeProvider clock, ILogger logger)
    {
        _buffer = buffer;
        _clock = clock;
        _logger = logger;
        _backoff = new Backoff(buffer.Settings.Retry, clock);
        var disk = new DiskSteps(buffer.Settings.Name, clock, logger);
        var exits = new BacklogExits(buffer, services, disk);
        _sender = new ObjectSender(buffer, store, exits, new Quarantine(buffer, disk, logger), _backoff, _concurrency, metrics, clock, logger);
    }

    /// <summary>Sends until <paramref name="stop"/>; attempts then in flight are cancelled by it, too.</summary>
    public async Task RunAsync(Heartbeat heartbeat, CancellationToken stop)
    {
        _buffer.Backlog.Changed += Wake;
        var running = new List<Task>();
        try
        {
            while (!stop.IsCancellationRequested)
            {
                heartbeat.Beat();
                running.RemoveAll(t => t.IsCompleted && Observe(t));
                while (running.Count < _concurrency.Allowed && !_backoff.IsWaiting && _buffer.Backlog.TakeForUpload(_clock.GetTimestamp()) is { } item)
                {
                    running.Add(Task.Run(() => SendAsync(item, stop), CancellationToken.None));
                }

                await _changed.SleepAsync(UntilDue(), _clock, stop).ConfigureAwait(false);
            }
        }
        finally
        {
            _buffer.Backlog.Changed -= Wake;
            await Task.WhenAll(running).ConfigureAwait(false);
        }
    }

    private static bool Observe(Task task)
    {
        task.GetAwaiter().GetResult();
        return true;
    }

    private void Wake() => _changed.Wake();

    /// <summary>A pause may be over, or a postponed object due.</summary>
    private TimeSpan UntilDue()
    {
        var wait = _backoff.IsWaiting && _backoff.Remaining < Idle ? _backoff.Remaining : Idle;
        return wait > ShortestWait ? wait : ShortestWait;
    }

    /// <summary>I6: trouble with one object stays with it.</summary>
    private async Task SendAsync(BacklogItem item, CancellationToken stop)
    {
        try
        {
            await _sender.SendAsync(item, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            _buffer.Backlog.Return(item);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            LogParked(_buffer.Settings.Name, item.FileName, e);
            _sender.Postpone(item);
        }
        finally
        {
            Wake();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "output {Output}: {Object} is parked after the error below; it is skipped until a retry succeeds, and all other objects go on")]
    private partial void LogParked(string output, string @object, Exception error);
}
