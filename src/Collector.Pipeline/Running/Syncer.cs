using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Loops;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Tailing;

namespace Collector.Pipeline.Running;

/// <summary>
/// Makes open chunks, and the loss counters, durable on a thread of its own, so that the tail does not wait for the disk: the tail
/// offers dirty chunks at the configured interval, when the last round is over.
/// </summary>
internal sealed class Syncer(IReadOnlyList<OutputLoops> outputs, LossFile losses, TimeSpan interval, TimeProvider clock, Parking parking)
{
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(500);
    private readonly Lock _lock = new();
    private readonly WakeSignal _wake = new();
    private List<(Output Output, IReadOnlyList<OpenChunk> Dirty)>? _offered;
    private long _offeredAt = clock.GetTimestamp();
    private bool _isBusy;

    /// <summary>Called by the tail worker, often.</summary>
    public void Offer()
    {
        if (clock.GetElapsedTime(_offeredAt) < interval)
        {
            return;
        }

        lock (_lock)
        {
            if (!_isBusy)
            {
                _offered = [.. outputs.Select(o => (o.Output, TakeDirty(o.Output)))];
                _offeredAt = clock.GetTimestamp();
                _isBusy = true;
                _wake.Wake();
            }
        }
    }

    public void Run(Heartbeat heartbeat, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            heartbeat.Beat();
            KeepLosses();
            if (Take() is { } offered)
            {
                Sync(offered, heartbeat.Beat);
                lock (_lock)
                {
                    _isBusy = false;
                }
            }
            else
            {
                _wake.Sleep(Idle, end);
            }
        }
    }

    /// <summary>Makes the loss counters durable, where they have changed.</summary>
    public void KeepLosses() => parking.Try("the loss counters", "saving them for the next start", losses.Keep);

    private IReadOnlyList<OpenChunk> TakeDirty(Output output)
    {
        IReadOnlyList<OpenChunk> dirty = [];
        parking.Try(output.Title, "finding chunks to sync", () => dirty = output.Buffer.TakeDirty());
        return dirty;
    }

    private List<(Output Output, IReadOnlyList<OpenChunk> Dirty)>? Take()
    {
        lock (_lock)
        {
            var offered = _offered;
            _offered = null;
            return offered;
        }
    }

    /// <summary>Chunks that are not synced now stay dirty, and are offered again.</summary>
    private void Sync(List<(Output Output, IReadOnlyList<OpenChunk> Dirty)> offered, Action beat)
    {
        foreach (var (output, dirty) in offered)
        {
            parking.Try(output.Title, "syncing its chunks", () => Sync(output.Buffer, dirty, beat));
        }
    }

    private static void Sync(OutputBuffer buffer, IReadOnlyList<OpenChunk> dirty, Action beat)
    {
        try
        {
            buffer.SyncOpenChunks(dirty, beat);
        }
        catch (StorageException e)
        {
            // The readable part of the chunk is sealed; the tail waits a moment.
            buffer.Space.Failed(e);
        }
    }
}
