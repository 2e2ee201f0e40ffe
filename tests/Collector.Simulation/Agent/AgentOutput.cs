using Collector.Pipeline.Buffer;
using Collector.Pipeline.Catalog;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Tailing;
using Collector.Pipeline.Upload;

namespace Collector.Simulation.Agent;

/// <summary>One output in one life of the agent: buffer, sealing, sending. What waits for virtual time (a failing disk's steps) is kept and goes on by itself.</summary>
internal sealed class AgentOutput : IDisposable
{
    private readonly Sealer _sealer;
    private readonly ObjectSender _sender;
    private readonly CatalogSealer? _catalog;
    private readonly Backoff _backoff;
    private readonly AgentWorld _world;
    private readonly OutputBuffer _buffer;
    private readonly List<Task> _sending = [];

    public AgentOutput(
        int index, OutputSettings settings, RecoveredOutput recovered, CollectorMetrics metrics, AgentWorld world, Func<string, RecordIdentity, bool> match)
    {
        _world = world;
        _buffer = new OutputBuffer(settings, recovered, metrics.Books.Output(settings.Name), world.Clock, world.Log, world.Random);
        Output = new Output(index, _buffer, match);
        _sealer = new Sealer(_buffer, coverage => Tail!().TryUncover(Output, coverage, evenIfGone: true), world.Log, hashes: false);
        _catalog = settings.Catalog is { Enabled: true } catalog ? new CatalogSealer(_buffer, catalog, world.Log) : null;
        _backoff = new Backoff(settings.Retry, world.Clock, world.Random);
        var disk = new DiskSteps(settings.Name, world.Clock, world.Log);
        var exits = new BacklogExits(_buffer, new UploaderServices(TryUncover), disk);
        _sender = new ObjectSender(_buffer, world.Stores[index], exits, new Quarantine(_buffer, disk, world.Log), _backoff, new Concurrency(), metrics, world.Clock, world.Log);
    }

    public Output Output { get; }

    public required Func<TailWorker> Tail { get; init; }

    public void Sync() => Quietly(() => _buffer.SyncOpenChunks(_buffer.TakeDirty()));

    public void CloseAll() => _buffer.CloseAll();

    /// <summary>All that can be sealed and sent now.</summary>
    public void SealAndSend()
    {
        Quietly(() =>
        {
            while (_sealer.SealNext() || _catalog?.TryMake() == true)
            {
            }
        });
        _sending.RemoveAll(task => task.IsCompleted);
        while (!_backoff.IsWaiting && _buffer.Backlog.TakeForUpload(_world.Clock.GetTimestamp()) is { } item)
        {
            var task = SendAsync(item);
            if (!task.IsCompleted)
            {
                _sending.Add(task);
            }
        }
    }

    /// <summary>Nothing more is read: what is delivered is told by the next catalog object.</summary>
    public void FinishCatalog() => _catalog?.Finish();

    public void Dispose() => _buffer.Dispose();

    /// <summary>A failing disk is told in the log by who meets it, and tried again.</summary>
    public static void Quietly(Action action)
    {
        try
        {
            action();
        }
        catch (StorageException)
        {
            // As the loops of the product do.
        }
    }

    private async Task SendAsync(BacklogItem item)
    {
        try
        {
            await _sender.SendAsync(item, CancellationToken.None).ConfigureAwait(false);
        }
        catch (StorageException)
        {
            _sender.Postpone(item);
        }
        catch (Collector.Testing.Storage.SimulatedCrashException)
        {
            // The process is dead; who asked for the step sees it by the disk.
        }
    }

    private Task<UncoverResult> TryUncover(CoverageMap coverage, Action giveUp)
    {
        try
        {
            return Task.FromResult(Tail().TryUncover(Output, coverage, evenIfGone: false, giveUp) ? UncoverResult.Uncovered : UncoverResult.Gone);
        }
        catch (StorageException)
        {
            return Task.FromResult(UncoverResult.NotNow);
        }
    }
}
