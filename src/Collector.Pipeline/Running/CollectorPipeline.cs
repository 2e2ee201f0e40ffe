using Collector.Pipeline.Buffer;
using Collector.Pipeline.Buffer.Storage;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Tailing;
using Collector.Pipeline.Upload;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Running;

/// <summary>
/// The data path as a whole: opens the data dir, recovers what is in it, and runs the loops — one tail worker, one syncer,
/// one sealer and one uploader an output. Nothing runs before <see cref="RunAsync"/>.
/// </summary>
public sealed partial class CollectorPipeline : IDisposable
{
    /// <summary>A turn is milliseconds; a disk that stalls for longer than this is worth a restart's look.</summary>
    private static readonly TimeSpan LoopDeadline = TimeSpan.FromSeconds(60);

    /// <summary>Share of the grace that reading may use, so that sealing and uploading have the rest.</summary>
    private const double ReadingShare = 0.6;

    private readonly PipelineSettings _settings;
    private readonly DataDir _dataDir;
    private readonly Health _health;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly List<OutputLoops> _outputs = [];
    private readonly TailWorker _tail;
    private volatile bool _tailHasEnded;

    private CollectorPipeline(PipelineSettings settings, DataDir dataDir, CollectorMetrics metrics, Health health, TimeProvider clock, ILogger logger)
    {
        _settings = settings;
        _dataDir = dataDir;
        _health = health;
        _clock = clock;
        _logger = logger;
        var recovered = Recover(metrics, out var numbering);
        for (var i = 0; i < settings.Outputs.Count; i++)
        {
            var buffer = new OutputBuffer(settings.Outputs[i].Settings, recovered[i], numbering, metrics.Books.Output(settings.Outputs[i].Settings.Name), clock, logger);
            var lane = new Lane(i, buffer, settings.Outputs[i].Match);
            _outputs.Add(new OutputLoops(lane, settings.Outputs[i].Store, new UploaderServices((coverage, delete) => UncoverAsync(lane, coverage, delete)), c => Uncover(lane, c), numbering, metrics, clock, logger));
        }

        var known = new KnownGenerations([.. recovered.Select(r => (r.Coverage, (Func<Positions.GenerationId, bool>)r.Positions.HasEnded))]);
        _tail = new TailWorker(settings.Tail, [.. _outputs.Select(o => o.Lane)], known, metrics.Books, clock, logger, settings.IsOnce);
    }

    /// <summary>
    /// Opens and recovers the data dir. Throws <see cref="DataDirException"/> when it cannot be used, and
    /// <see cref="Buffer.Format.FormatVersionException"/> when a newer collector has written it.
    /// </summary>
    public static CollectorPipeline Open(PipelineSettings settings, CollectorMetrics metrics, Health health, TimeProvider clock, ILogger logger)
    {
        var dataDir = DataDir.Open(settings.DataDir);
        try
        {
            return new CollectorPipeline(settings, dataDir, metrics, health, clock, logger);
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
        using var syncer = new Syncer(_outputs, _settings.Sync, _clock);
        var tail = watch.StartThread("tail", heartbeat => RunTail(heartbeat, syncer, stopping.Token, hard.Token));
        loops.Add(watch.StartThread("sync", heartbeat => syncer.Run(heartbeat, end.Token)));
        foreach (var output in _outputs)
        {
            loops.Add(watch.StartThread($"seal {output.Lane.Buffer.Settings.Name}", heartbeat => output.RunSealer(heartbeat, end.Token)));
            loops.Add(watch.StartTask($"upload {output.Lane.Buffer.Settings.Name}", heartbeat => output.RunUploaderAsync(heartbeat, end.Token)));
        }

        await tail.ConfigureAwait(false);
        _tailHasEnded = true;
        await DeliverRestAsync(stop, hard.Token).ConfigureAwait(false);
        await end.CancelAsync().ConfigureAwait(false);
        _outputs.ForEach(o => o.Wake());
        await Task.WhenAll(loops).ConfigureAwait(false);
        var left = _outputs.Sum(o => o.Lane.Buffer.Backlog.Count + o.Lane.Buffer.OpenChunks);
        LogEnded(left);
        return watch.HasFailed ? PipelineEnd.Failed
            : _settings.IsOnce && (left > 0 || _tail.IsWaiting) ? PipelineEnd.Incomplete
            : PipelineEnd.Done;
    }

    public void Dispose()
    {
        _tail.Dispose();
        _outputs.ForEach(o => o.Dispose());
        _dataDir.Dispose();
    }

    private List<RecoveredOutput> Recover(CollectorMetrics metrics, out Numbering numbering)
    {
        var names = _settings.Outputs.Select(o => o.Settings.Name).ToList();
        var orphans = _dataDir.Outputs.Except(names, StringComparer.Ordinal).ToList();
        var recoveries = names.Concat(orphans).Select(n => (Name: n, Recovery: new OutputRecovery(_dataDir.Output(n), _logger))).ToList();
        var loaded = recoveries.ConvertAll(r => (r.Name, r.Recovery, Positions: r.Recovery.Load()));
        numbering = new Numbering(_dataDir.Instance(renew: loaded.Exists(l => l.Positions.Damage.Count > 0)), _clock);
        foreach (var (_, _, positions) in loaded)
        {
            numbering.Raise(positions.HighestSeq, positions.HighestOpenedAt);
        }

        var recovered = new List<RecoveredOutput>();
        foreach (var (name, recovery, positions) in loaded)
        {
            var output = recovery.Recover(positions, numbering);
            if (names.Contains(name))
            {
                recovered.Add(output);
            }
            else
            {
                NameOrphan(name, output, metrics.Books);
            }
        }

        return recovered;
    }

    /// <summary>What waits for an output that is gone stays, counts, and is named with the two ways out (contract §2).</summary>
    private void NameOrphan(string name, RecoveredOutput output, Books books)
    {
        output.Positions.Dispose();
        var records = output.Chunks.Sum(c => c.Records) + output.Objects.Sum(o => o.Records);
        if (records == 0)
        {
            return;
        }

        var book = books.Output(name);
        output.Chunks.ForEach(c => book.Recovered(c.Records, BufferSpace.OnDisk(c.Length), BufferState.Open));
        output.Objects.ForEach(o => book.Recovered(o.Records, o.FileBytes, BufferState.Sealed));
        LogOrphan(name, records, _settings.DataDir);
    }

    private void RunTail(Heartbeat heartbeat, Syncer syncer, CancellationToken stop, CancellationToken hardStop)
    {
        if (_settings.IsOnce)
        {
            ReadAll(heartbeat, syncer, stop);
        }
        else
        {
            while (!stop.IsCancellationRequested)
            {
                heartbeat.Beat();
                if (!_tail.Cycle())
                {
                    _tail.Wait(stop);
                }

                syncer.Offer();
            }

            ReadRest(heartbeat, hardStop);
        }

        _tail.FoldSkipped();
        _outputs.ForEach(o => o.Lane.Buffer.CloseAll());
    }

    /// <summary>For <c>--once</c>: until nothing more is there that an output has not got. When outputs take nothing for the length of the grace, the rest is left.</summary>
    private void ReadAll(Heartbeat heartbeat, Syncer syncer, CancellationToken stop)
    {
        var since = _clock.GetTimestamp();
        var quiet = false;
        while (!stop.IsCancellationRequested && !(quiet && !_tail.IsWaiting) && _clock.GetElapsedTime(since) < _settings.Grace)
        {
            heartbeat.Beat();
            _tail.PollAll();
            quiet = !_tail.Cycle();
            since = quiet ? since : _clock.GetTimestamp();
            if (quiet && _tail.IsWaiting)
            {
                _tail.Wait(stop);
            }

            syncer.Offer();
        }
    }

    /// <summary>After a stop: until everything that is there has been read, or its share of the grace is over.</summary>
    private void ReadRest(Heartbeat heartbeat, CancellationToken hardStop)
    {
        var since = _clock.GetTimestamp();
        do
        {
            heartbeat.Beat();
            _tail.PollAll();
        }
        while (_tail.Cycle() && !hardStop.IsCancellationRequested && _clock.GetElapsedTime(since) < _settings.Grace * ReadingShare);
    }

    private async Task DeliverRestAsync(CancellationToken stop, CancellationToken hardStop)
    {
        var since = _clock.GetTimestamp();
        var left = _outputs.Sum(o => o.Lane.Buffer.Backlog.Count);
        var limit = stop.IsCancellationRequested ? _settings.Grace * (1 - ReadingShare) : _settings.Grace;
        while (left > 0 && !hardStop.IsCancellationRequested && _clock.GetElapsedTime(since) < limit)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), _clock, CancellationToken.None).ConfigureAwait(false);
            var now = _outputs.Sum(o => o.Lane.Buffer.Backlog.Count);
            since = now < left && _settings.IsOnce ? _clock.GetTimestamp() : since;
            left = now;
        }
    }

    private void Uncover(Lane lane, Positions.CoverageMap coverage) => _tail.Post(() => _tail.TryUncover(lane, coverage, evenIfGone: true));

    /// <summary>Asks the tail's thread, as long as there is one.</summary>
    private async Task<UncoverResult> UncoverAsync(Lane lane, Positions.CoverageMap coverage, Action delete)
    {
        var done = new TaskCompletionSource<UncoverResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_tailHasEnded)
        {
            _tail.Post(() => done.TrySetResult(UncoverNow(lane, coverage, delete)));
        }

        while (!done.Task.IsCompleted && !_tailHasEnded)
        {
            await Task.WhenAny(done.Task, Task.Delay(TimeSpan.FromMilliseconds(100), _clock, CancellationToken.None)).ConfigureAwait(false);
        }

        return done.Task.IsCompleted ? await done.Task.ConfigureAwait(false) : UncoverResult.NotNow;
    }

    private UncoverResult UncoverNow(Lane lane, Positions.CoverageMap coverage, Action delete)
    {
        if (!_tail.TryUncover(lane, coverage, evenIfGone: false))
        {
            return UncoverResult.Gone;
        }

        try
        {
            delete();
        }
        catch (StorageException)
        {
            // The uploader does it again until it works.
        }

        return UncoverResult.Uncovered;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Records} records wait in the buffer for output {Output}, which is not configured; configure it again to deliver them, or give them up with: collector buffer drop --output {Output} --data-dir {DataDir}")]
    private partial void LogOrphan(string output, long records, string dataDir);

    [LoggerMessage(Level = LogLevel.Information, Message = "stopped; {Left} objects are left on disk for the next start")]
    private partial void LogEnded(int left);
}
