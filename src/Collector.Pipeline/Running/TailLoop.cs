using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Tailing;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Running;

/// <summary>The work of the tail's thread from its first cycle to its last: reads, and at the end closes the open chunks.</summary>
internal sealed partial class TailLoop(TailWorker tail, IReadOnlyList<OutputLoops> outputs, PipelineSettings settings, TimeProvider clock, ILogger logger, Parking parking)
{
    /// <summary>The share of the grace that sealing and uploading have after reading is over, but not longer than…</summary>
    private const double DeliveryShare = 0.4;

    /// <summary>… this. Undelivered objects stay on disk then.</summary>
    private static readonly TimeSpan LongestDelivery = TimeSpan.FromSeconds(5);

    /// <summary>When nothing was read for this long after a stop, or for a tenth of the grace, nothing more will come.</summary>
    private static readonly TimeSpan LongestQuiet = TimeSpan.FromSeconds(1);

    /// <summary>The log says what the shutdown waits for.</summary>
    private static readonly TimeSpan TellAfter = TimeSpan.FromSeconds(3);

    /// <summary>With <c>--once</c>: everything that was there has been read, and taken by the outputs.</summary>
    public bool HasReadAll { get; private set; }

    /// <summary>When the stop was noticed, on the clock's timestamps; null: it was not.</summary>
    public long? StoppedAt { get; private set; }

    public void Run(Heartbeat heartbeat, Syncer syncer, CancellationToken stop, CancellationToken hardStop)
    {
        foreach (var output in outputs)
        {
            output.Output.Buffer.Beat = heartbeat.Beat;
        }

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

        tail.TellBooks();
        FoldSkipped();
        foreach (var output in outputs)
        {
            parking.Try(output.Output.Title, "closing its chunks at the end", output.Output.Buffer.CloseAll);
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

    /// <summary>
    /// Until the outputs have everything that is there. When outputs take nothing for the length of the grace, the rest is left; files
    /// may wait for their pods' metadata before.
    /// </summary>
    private void ReadAll(Heartbeat heartbeat, Syncer syncer, CancellationToken stop)
    {
        var since = clock.GetTimestamp();
        while (!stop.IsCancellationRequested && clock.GetElapsedTime(since) < settings.Shutdown.Grace)
        {
            heartbeat.Beat();
            tail.PollAll();
            if (tail.Cycle())
            {
                since = clock.GetTimestamp();
            }
            else if (tail.IsWaiting)
            {
                // This wait has an end of its own (kubernetes.metadataTimeout).
                since = tail.WaitsForMetadata ? clock.GetTimestamp() : since;
                tail.Wait(stop);
            }
            else
            {
                HasReadAll = !tail.HasUnreadable;
                return;
            }

            syncer.Offer();
        }
    }

    /// <summary>
    /// After a stop: until everything that is there has been read and nothing more comes, or the time for reading is over. Pods
    /// that are stopped with the node still log (S-99). For other pods, the lines that existed at the stop must be read, and later
    /// lines are read for half of the grace.
    /// </summary>
    private void ReadRest(Heartbeat heartbeat, long since, CancellationToken hardStop)
    {
        tail.EndWaits();
        var end = settings.Shutdown.Grace - TimeSpan.FromTicks(Math.Min(LongestDelivery.Ticks, (long)(settings.Shutdown.Grace.Ticks * DeliveryShare)));
        var quiet = TimeSpan.FromTicks(Math.Min(LongestQuiet.Ticks, settings.Shutdown.Grace.Ticks / 10));
        var enough = settings.Shutdown.Grace / 2;
        var (hasCaughtUp, hasTold) = (false, false);
        do
        {
            heartbeat.Beat();
            tail.PollAll();
            if (!tail.Cycle())
            {
                hasCaughtUp = true;
                tail.Wait(hardStop);
            }

            if (!hasTold && clock.GetElapsedTime(since) > TellAfter)
            {
                hasTold = true;
                tail.TellBooks();
                LogStillReading((hasCaughtUp ? enough : end).TotalSeconds);
            }
        }
        while (!hardStop.IsCancellationRequested && clock.GetElapsedTime(since) < (hasCaughtUp && enough < end ? enough : end) &&
            clock.GetElapsedTime(Math.Max(since, tail.ReadAt)) < quiet);
    }

    /// <summary>A failing disk does not change the orderly end: excluded lines are skipped again.</summary>
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

    [LoggerMessage(Level = LogLevel.Information, Message = "stopping: files are still being written; they are read until {Seconds} s after the signal, and the next start reads the rest")]
    private partial void LogStillReading(double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the last positions cannot be written: {Why}; the next start reads some excluded lines a second time. Nothing is lost or stored twice")]
    private partial void LogNotFolded(string why);
}
