using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Tailing;
using Collector.Pipeline.Upload;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Running;

/// <summary>
/// The data path as a whole: opens the data dir, recovers its content, and runs the loops — one tail worker, one syncer, one sealer
/// and one uploader for each output. Nothing runs before <see cref="RunAsync"/>.
/// </summary>
public sealed partial class CollectorPipeline : IDisposable
{
    /// <summary>A turn takes milliseconds; a disk that stalls for longer than this justifies a failing health check.</summary>
    private static readonly TimeSpan LoopDeadline = TimeSpan.FromSeconds(60);

    /// <summary>A turn takes milliseconds; a caller should not wait for a disk that hangs.</summary>
    private static readonly TimeSpan StatusPatience = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan DrainPoll = TimeSpan.FromMilliseconds(20);

    private readonly PipelineSettings _settings;
    private readonly DataDir _dataDir;
    private readonly Books _books;
    private readonly Health _health;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly List<OutputLoops> _outputs = [];
    private readonly Parking _parking;
    private readonly LossFile _losses;
    private readonly TailWorker _tail;
    private readonly Lock _statusGate = new();
    private Task<PipelineStatus>? _asked;
    private volatile bool _tailHasEnded;
    private TailLoop? _reading;

    private CollectorPipeline(
        PipelineSettings settings, DataDir dataDir, IReadOnlyList<RecoveredOutput> recovered, IReadOnlyList<Positions.CoverageMap> orphans, UnwantedPositions unwanted,
        LossFile losses, CollectorMetrics metrics, Health health, TimeProvider clock, ILogger logger)
    {
        _settings = settings;
        _dataDir = dataDir;
        _losses = losses;
        _books = metrics.Books;
        _health = health;
        _clock = clock;
        _logger = logger;
        _parking = new Parking(clock, logger);
        for (var i = 0; i < settings.Outputs.Count; i++)
        {
            var buffer = new OutputBuffer(settings.Outputs[i].Settings, recovered[i], metrics.Books.Output(settings.Outputs[i].Settings.Name), clock, logger);
            var output = new Output(i, buffer, settings.Outputs[i].Match);
            var services = new UploaderServices((coverage, giveUp) => UncoverAsync(output, coverage, giveUp));
            _outputs.Add(new OutputLoops(output, settings.Outputs[i].Store, services, c => Uncover(output, c), metrics, clock, logger, _parking));
        }

        var known = new KnownGenerations([.. recovered.Select(r => (r.Coverage, (Func<Positions.GenerationId, Positions.NotedEnd?>)r.Positions.EndOf))], orphans, unwanted.Known);
        _tail = new TailWorker(settings.Tail, [.. _outputs.Select(o => o.Output)], known, unwanted, metrics.Books, clock, logger, _parking, settings.IsOnce);
    }

    /// <summary>
    /// Opens and recovers the data dir. Throws <see cref="DataDirException"/> when it cannot be used, and
    /// <see cref="FormatVersionException"/> when a newer collector has written it.
    /// </summary>
    public static CollectorPipeline Open(PipelineSettings settings, CollectorMetrics metrics, Health health, TimeProvider clock, ILogger logger)
    {
        var dataDir = DataDir.Open(settings.DataDir);
        try
        {
            var outputs = settings.Outputs.Select(o => o.Settings).ToList();
            var (recovered, orphans, unwanted) = new PipelineRecovery(dataDir, settings.DataDir, outputs, metrics.Books, clock, logger).Run();
            settings = settings with { Tail = settings.Tail with { HandOver = HandOver.Open(dataDir.Root) } };
            var losses = LossFile.Open(dataDir.Root, metrics.Books, clock, logger);
            return new CollectorPipeline(settings, dataDir, recovered, orphans, unwanted, losses, metrics, health, clock, logger);
        }
        catch (StorageException e)
        {
            dataDir.Dispose();
            throw new DataDirException($"dataDir {settings.DataDir} cannot be used: {e.Message}", e);
        }
        catch
        {
            dataDir.Dispose();
            throw;
        }
    }

    /// <summary>Runs until <paramref name="stop"/>, then drains; <paramref name="hardStop"/> ends the drain at once.</summary>
    public async Task<PipelineEnd> RunAsync(CancellationToken stop, CancellationToken hardStop)
    {
        using var end = new CancellationTokenSource();
        using var failed = new CancellationTokenSource();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stop, failed.Token);
        using var hard = CancellationTokenSource.CreateLinkedTokenSource(hardStop, failed.Token);
        var loops = new List<Task>();
        var watch = new LoopWatch(_health, LoopDeadline, failed, _logger);
        using var pages = ProgramPages.Watch(_clock);
        using var dataDir = new DataDirWatch(_dataDir, [.. _settings.Outputs.Select(o => o.Settings.Name)], failed, _clock, _logger);
        var syncer = new Syncer(_outputs, _losses, _settings.Buffer.Sync, _clock, _parking);
        var reading = new TailLoop(_tail, _outputs, _settings, _clock, _logger, _parking);
        _reading = reading;
        var tail = watch.StartThread("tail", heartbeat => reading.Run(heartbeat, syncer, stopping.Token, hard.Token));
        loops.Add(watch.StartThread("sync", heartbeat => syncer.Run(heartbeat, end.Token)));
        foreach (var output in _outputs)
        {
            loops.Add(watch.StartThread($"seal {output.Output.Buffer.Settings.Name}", heartbeat => output.RunSealer(heartbeat, end.Token)));
            loops.Add(watch.StartTask($"upload {output.Output.Buffer.Settings.Name}", heartbeat => output.RunUploaderAsync(heartbeat, end.Token)));
        }

        await tail.ConfigureAwait(false);
        _tailHasEnded = true;
        _outputs.ForEach(o => o.FinishCatalog());
        TellDelivery(reading.StoppedAt);
        await DeliverRestAsync(reading.StoppedAt, stop, hard.Token).ConfigureAwait(false);
        await end.CancelAsync().ConfigureAwait(false);
        _outputs.ForEach(o => o.Wake());
        await Task.WhenAll(loops).ConfigureAwait(false);
        syncer.KeepLosses();
        var configured = _settings.Outputs.Select(o => o.Settings.Name).ToHashSet(StringComparer.Ordinal);
        var left = OnceTotals.Left(_books.Snapshot(), configured, reading.HasReadAll, _tail.Unreadable);
        var isIncomplete = _settings.IsOnce && !(reading.HasReadAll && left.Count == 0);
        if (dataDir.IsGone())
        {
            return PipelineEnd.DataDirGone;
        }

        if (_settings.IsOnce)
        {
            var unfinished = OnceTotals.Unfinished(_books.Snapshot(), reading.HasReadAll);
            TellTotals(OnceTotals.Done(_books.Snapshot(), configured, unfinished), unfinished.Length > 0 ? "everything else" : "everything", left, isIncomplete);
        }
        else
        {
            var files = _books.Snapshot().Tail;
            LogEnded(
                _outputs.Sum(o => o.Output.Buffer.Backlog.Count + o.Output.Buffer.OpenChunks),
                files.LagBytes > 0 ? $"; {Fullness.Bytes(files.LagBytes)} in {files.LagFiles} files are unread, and the next start reads them" : "");
        }

        return watch.HasFailed ? PipelineEnd.Failed : isIncomplete ? PipelineEnd.Incomplete : PipelineEnd.Done;
    }

    /// <summary>
    /// Announces changed answers of <see cref="TailSettings.Identify"/> for these pods (by the UIDs in their paths); null: for any.
    /// Thread safe.
    /// </summary>
    public void MetadataChanged(IReadOnlySet<string>? podUids) => _tail.MetadataChanged(podUids);

    /// <summary>
    /// The state at one moment: the tail's thread answers between two turns, so that its answer agrees with the counters. If the
    /// tail hangs, the status lacks the tail's part.
    /// </summary>
    public async Task<PipelineStatus> StatusAsync(CancellationToken cancellation)
    {
        try
        {
            return await AskTail().WaitAsync(_tailHasEnded ? TimeSpan.Zero : StatusPatience, _clock, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return StatusWith(null);
        }
    }

    public void Dispose()
    {
        _tail.Dispose();
        _outputs.ForEach(o => o.Dispose());
        _dataDir.Dispose();
    }

    /// <summary>Callers that arrive while another waits get the same answer, so that a hanging tail is asked only once.</summary>
    private Task<PipelineStatus> AskTail()
    {
        lock (_statusGate)
        {
            if (_asked is not { IsCompleted: false })
            {
                var asked = new TaskCompletionSource<PipelineStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
                _asked = asked.Task;
                _tail.Post("status", "reporting what is read", () => asked.TrySetResult(StatusWith(_tail.Status())));
            }

            return _asked;
        }
    }

    private PipelineStatus StatusWith(TailStatus? logs) =>
        new(_books.Snapshot(), _settings.Outputs.ToDictionary(o => o.Settings.Name, o => o.Store.Description, StringComparer.Ordinal), logs)
        {
            Ending = logs is null && !_tailHasEnded ? null : Ending(),
        };

    /// <summary>On the tail's thread, or after its end: it writes down when it was stopped.</summary>
    private EndingStatus? Ending()
    {
        TimeSpan? left = _reading?.StoppedAt is { } since ? TimeSpan.FromTicks(Math.Max(0, (_settings.Shutdown.Grace - _clock.GetElapsedTime(since)).Ticks)) : null;
        return _tailHasEnded || left is not null ? new EndingStatus(_tailHasEnded, left) : null;
    }

    /// <summary>Waits until nothing is left; after a stop for the grace, with <c>--once</c> as long as something is stored within it.</summary>
    private async Task DeliverRestAsync(long? stoppedAt, CancellationToken stop, CancellationToken hardStop)
    {
        var since = _clock.GetTimestamp();
        var left = int.MaxValue;
        while (!hardStop.IsCancellationRequested && _outputs.Sum(o => o.Left) is > 0 and var now)
        {
            since = now < left ? _clock.GetTimestamp() : since;
            left = now;
            stoppedAt ??= stop.IsCancellationRequested ? _clock.GetTimestamp() : null;
            if (_clock.GetElapsedTime(stoppedAt ?? since) >= _settings.Shutdown.Grace)
            {
                return;
            }

            await Task.Delay(DrainPoll, _clock, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private void TellDelivery(long? stoppedAt)
    {
        if (stoppedAt is { } since && _outputs.Sum(o => o.Output.Buffer.Backlog.Count) is > 0 and var objects)
        {
            LogDelivering(objects, Math.Max(0, (_settings.Shutdown.Grace - _clock.GetElapsedTime(since)).TotalSeconds));
        }
    }

    private void TellTotals(string totals, string whole, IReadOnlyList<string> left, bool isIncomplete)
    {
        if (isIncomplete)
        {
            LogIncomplete(totals, left.Count > 0 ? string.Join("; ", left) : "the collector was stopped before everything was read");
        }
        else
        {
            LogComplete(totals, whole);
        }
    }

    private void Uncover(Output output, Positions.CoverageMap coverage) => _tail.Post(output.Title, "rereading records that its buffer lost", () => _tail.TryUncover(output, coverage, evenIfGone: true));

    /// <summary>Asks the tail's thread, as long as there is one.</summary>
    private async Task<UncoverResult> UncoverAsync(Output output, Positions.CoverageMap coverage, Action giveUp)
    {
        var done = new TaskCompletionSource<UncoverResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_tailHasEnded)
        {
            _tail.Post(output.Title, "dropping an object to read its records again", () => done.TrySetResult(UncoverNow(output, coverage, giveUp)));
        }

        while (!done.Task.IsCompleted && !_tailHasEnded)
        {
            await Task.WhenAny(done.Task, Task.Delay(TimeSpan.FromMilliseconds(100), _clock, CancellationToken.None)).ConfigureAwait(false);
        }

        return done.Task.IsCompleted ? await done.Task.ConfigureAwait(false) : UncoverResult.NotNow;
    }

    private UncoverResult UncoverNow(Output output, Positions.CoverageMap coverage, Action giveUp)
    {
        try
        {
            return _tail.TryUncover(output, coverage, evenIfGone: false, giveUp) ? UncoverResult.Uncovered : UncoverResult.Gone;
        }
        catch (StorageException)
        {
            return UncoverResult.NotNow;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "stopping: {Objects} objects are sealed and uploaded for up to {Seconds:0.#} s more; objects that are not stored by then stay on disk for the next start")]
    private partial void LogDelivering(int objects, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "once: {Totals}; {Whole} was read and delivered")]
    private partial void LogComplete(string totals, string whole);

    [LoggerMessage(Level = LogLevel.Error, Message = "once: {Totals}; not everything was read and delivered: {Left}")]
    private partial void LogIncomplete(string totals, string left);

    [LoggerMessage(Level = LogLevel.Information, Message = "stopped; {Left} objects are left on disk for the next start{Unread}")]
    private partial void LogEnded(int left, string unread);
}
