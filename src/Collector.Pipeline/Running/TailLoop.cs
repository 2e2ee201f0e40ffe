using Collector.Pipeline.Buffer.Storage;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Tailing;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Running;

/// <summary>What the tail's thread does from its first cycle to its last: reads, and at the end closes what is open.</summary>
internal sealed partial class TailLoop(TailWorker tail, IReadOnlyList<OutputLoops> outputs, PipelineSettings settings, TimeProvider clock, ILogger logger)
{
    /// <summary>Share of the grace that reading may use, so that sealing and uploading have the rest.</summary>
    private const double ReadingShare = 0.6;

    /// <summary>With <c>--once</c>: everything that was there has been read, and taken by the outputs.</summary>
    public bool HasReadAll { get; private set; }

    /// <summary>When the stop was noticed, on the clock's timestamps; null: it was not.</summary>
    public long? StoppedAt { get; private set; }

    public void Run(Heartbeat heartbeat, Syncer syncer, CancellationToken stop, CancellationToken hardStop)
    {
        if (settings.IsOnce)
        {
            ReadAll(heartbeat, syncer, stop);
            StoppedAt = stop.IsCancellationRequested ? clock.GetTimestamp() : null;
        }
        else
        {
            Read(heartbeat, syncer, stop);
            StoppedAt = clock.GetTimestamp();
            ReadRest(heartbeat, StoppedAt.Value, hardStop);
        }

        FoldSkipped();
        foreach (var output in outputs)
        {
            output.Lane.Buffer.CloseAll();
        }
    }

    private void Read(Heartbeat heartbeat, Syncer syncer, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            heartbeat.Beat();
            if (!tail.Cycle())
            {
                tail.Wait(stop);
            }

            syncer.Offer();
        }
    }

    /// <summary>Until nothing more is there that an output has not got. When outputs take nothing for the length of the grace, the rest is left.</summary>
    private void ReadAll(Heartbeat heartbeat, Syncer syncer, CancellationToken stop)
    {
        var since = clock.GetTimestamp();
        while (!stop.IsCancellationRequested && clock.GetElapsedTime(since) < settings.Grace)
        {
            heartbeat.Beat();
            tail.PollAll();
            if (tail.Cycle())
            {
                since = clock.GetTimestamp();
            }
            else if (tail.IsWaiting)
            {
                tail.Wait(stop);
            }
            else
            {
                HasReadAll = true;
                return;
            }

            syncer.Offer();
        }
    }

    /// <summary>After a stop: until everything that is there has been read, or its share of the grace is over.</summary>
    private void ReadRest(Heartbeat heartbeat, long since, CancellationToken hardStop)
    {
        tail.EndWaits();
        do
        {
            heartbeat.Beat();
            tail.PollAll();
        }
        while (tail.Cycle() && !hardStop.IsCancellationRequested && clock.GetElapsedTime(since) < settings.Grace * ReadingShare);
    }

    /// <summary>A disk that refuses is no reason to end otherwise than in order: what was passed over is passed over again.</summary>
    private void FoldSkipped()
    {
        try
        {
            tail.FoldSkipped();
        }
        catch (StorageException e)
        {
            LogNotFolded(e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "the positions cannot be written at the end: {Why}; what was read without a record is read once more by the next start")]
    private partial void LogNotFolded(string why);
}
