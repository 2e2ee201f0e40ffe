using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Tailing;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Running;

/// <summary>What the tail's thread does from its first cycle to its last: reads, and at the end closes what is open.</summary>
internal sealed partial class TailLoop(TailWorker tail, IReadOnlyList<OutputLoops> outputs, PipelineSettings settings, TimeProvider clock, ILogger logger, Parking parking)
{
    /// <summary>What sealing and uploading have of the grace when reading is over: this share, but not longer than…</summary>
    private const double DeliveryShare = 0.4;

    /// <summary>… this. What is not delivered by then stays on disk.</summary>
    private static readonly TimeSpan LongestDelivery = TimeSpan.FromSeconds(5);

    /// <summary>Nothing read for that long after a stop, or for a tenth of the grace: nothing more comes.</summary>
    private static readonly TimeSpan LongestQuiet = TimeSpan.FromSeconds(1);

    /// <summary>Whoever waits for the end is told what for.</summary>
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
                HasReadAll = !tail.HasUnreadable;
                return;
            }

            syncer.Offer();
        }
    }

    /// <summary>
    /// After a stop: until everything that is there has been read and nothing more comes, or the time for reading is over. Pods
    /// that are stopped with the node still log (S-99); for those that are not, what was there at the stop has to be read, and
    /// what they write meanwhile for half of the grace.
    /// </summary>
    private void ReadRest(Heartbeat heartbeat, long since, CancellationToken hardStop)
    {
        tail.EndWaits();
        var end = settings.Grace - TimeSpan.FromTicks(Math.Min(LongestDelivery.Ticks, (long)(settings.Grace.Ticks * DeliveryShare)));
        var quiet = TimeSpan.FromTicks(Math.Min(LongestQuiet.Ticks, settings.Grace.Ticks / 10));
        var enough = settings.Grace / 2;
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

    [LoggerMessage(Level = LogLevel.Information, Message = "stopping: files are still written to; they are read until {Seconds} s after the signal, and the rest is the next start's")]
    private partial void LogStillReading(double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the positions cannot be written at the end: {Why}; what was read without a record is read once more by the next start")]
    private partial void LogNotFolded(string why);
}
