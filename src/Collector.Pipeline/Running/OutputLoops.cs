using Collector.Pipeline.Buffer;
using Collector.Pipeline.Catalog;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Loops;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Tailing;
using Collector.Pipeline.Upload;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Running;

/// <summary>The two loops of one output: one seals, one uploads.</summary>
internal sealed partial class OutputLoops : IDisposable
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReserveInterval = TimeSpan.FromSeconds(10);

    private readonly Sealer _sealer;
    private readonly Uploader _uploader;
    private readonly CatalogSealer? _catalog;
    private readonly OutputBuffer _buffer;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Parking _parking;
    private readonly WakeSignal _changed = new();

    public OutputLoops(
        Output output, IObjectStore store, UploaderServices services, Action<CoverageMap> uncover, CollectorMetrics metrics, TimeProvider clock, ILogger logger, Parking parking)
    {
        Output = output;
        _buffer = output.Buffer;
        _clock = clock;
        _logger = logger;
        _parking = parking;
        _sealer = new Sealer(_buffer, uncover, logger, store.NeedsSha256);
        _catalog = _buffer.Settings.Catalog is { Enabled: true } catalog ? new CatalogSealer(_buffer, catalog, logger) : null;
        _uploader = new Uploader(_buffer, store, services, metrics, clock, logger);
        _buffer.Book.ObserveCredentialExpiry(() => store.CredentialExpiry);
        _buffer.Backlog.Changed += Wake;
    }

    public Output Output { get; }

    /// <summary>What is left to deliver: objects, and lines that no catalog object has yet.</summary>
    public int Left => _buffer.Backlog.Count + (_catalog?.IsOwed == true ? 1 : 0);

    /// <summary>Nothing more is read: the catalog's waiting lines are sent as soon as all else is delivered.</summary>
    public void FinishCatalog()
    {
        _catalog?.Finish();
        Wake();
    }

    public Task RunUploaderAsync(Heartbeat heartbeat, CancellationToken end) => _uploader.RunAsync(heartbeat, end);

    public void RunSealer(Heartbeat heartbeat, CancellationToken end)
    {
        var reserveAt = long.MinValue;
        string? trouble = null;
        while (!end.IsCancellationRequested)
        {
            heartbeat.Beat();
            if (reserveAt == long.MinValue || _clock.GetElapsedTime(reserveAt) > ReserveInterval)
            {
                _parking.Try(Output.Title, "keeping its reserve", EnsureReserve);
                reserveAt = _clock.GetTimestamp();
            }

            var hasSealed = TrySeal(ref trouble);
            if (hasSealed != true)
            {
                _changed.Sleep(hasSealed is null ? Idle : ReserveInterval, end);
            }
        }
    }

    public void Dispose()
    {
        _buffer.Backlog.Changed -= Wake;
        _buffer.Dispose();
    }

    /// <summary>Also wakes the sealer when its token was cancelled.</summary>
    public void Wake() => _changed.Wake();

    private void EnsureReserve()
    {
        try
        {
            Reserve.Ensure(_buffer.Directory, _buffer.Settings.Batch.MaxSize);
        }
        catch (StorageException e)
        {
            LogNoReserve(_buffer.Settings.Name, e.Message);
        }
    }

    /// <summary>
    /// Null: it failed and is retried later; also after an exception other than a disk's (I6), because a restart would only meet it
    /// again.
    /// </summary>
    private bool? TrySeal(ref string? trouble)
    {
        try
        {
            var hasSealed = _sealer.SealNext() || _catalog?.TryMake() == true;
            trouble = null;
            return hasSealed;
        }
        catch (StorageException e)
        {
            if (trouble != e.Message)
            {
                LogSealFailed(_buffer.Settings.Name, e.Message);
            }

            trouble = e.Message;
            return null;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            if (trouble != e.Message)
            {
                LogSealBroken(_buffer.Settings.Name, e);
            }

            trouble = e.Message;
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output} cannot reserve disk space: {Error}; if the disk fills up, chunks cannot be sealed and wait; free space on the node's disk")]
    private partial void LogNoReserve(string output, string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "output {Output}: a chunk is parked, because sealing it failed with the error below; it is skipped until a retry succeeds; its records wait on disk, and all other chunks are sealed")]
    private partial void LogSealBroken(string output, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output}: a chunk cannot be sealed now: {Error}; its records wait on disk, and the collector retries")]
    private partial void LogSealFailed(string output, string error);
}
