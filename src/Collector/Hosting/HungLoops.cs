using Collector.Commands;
using Collector.Pipeline.Diagnostics;

namespace Collector.Hosting;

/// <summary>
/// Reports loops that make no progress for long, and ends the process when a shutdown waits for a loop that never will: the kernel
/// does not interrupt a write to a disk, or a read from a mount, that does not answer.
/// </summary>
/// <param name="health">The loops' signs of life.</param>
/// <param name="grace">The time limit of a shutdown (<c>shutdown.grace</c>).</param>
/// <param name="end">Ends the process with that exit code, whatever its threads do.</param>
/// <param name="clock">Measures.</param>
/// <param name="logger">Is told.</param>
internal sealed partial class HungLoops(Health health, TimeSpan grace, Action<int> end, TimeProvider clock, ILogger logger)
{
    /// <summary>
    /// A healthy loop may be in a long step when the grace is over; a loop that was silent for this long is not healthy.
    /// </summary>
    private static readonly TimeSpan Overtime = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly HashSet<string> _told = [];
    private long? _stoppedAt;

    /// <summary>Looks every second until <paramref name="ended"/>, or until it has ended the process.</summary>
    public async Task RunAsync(CancellationToken stop, CancellationToken hardStop, CancellationToken ended)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(ended).ConfigureAwait(false) && !Check(stop.IsCancellationRequested, hardStop.IsCancellationRequested))
            {
            }
        }
        catch (OperationCanceledException)
        {
            // The loops have ended.
        }
    }

    /// <summary>One look at all loops. True: the process ends.</summary>
    /// <param name="isStopping">A shutdown was requested.</param>
    /// <param name="isUrgent">An immediate shutdown was requested.</param>
    internal bool Check(bool isStopping, bool isUrgent)
    {
        Tell(health.Stalled());
        _stoppedAt ??= isStopping ? clock.GetTimestamp() : null;
        var isOver = isUrgent || (_stoppedAt is { } since && clock.GetElapsedTime(since) >= grace);
        if (!isOver || health.Silent(Overtime) is not { Count: > 0 } hung)
        {
            return false;
        }

        LogGivenUp(string.Join(", ", hung.Select(l => l.Loop)), (long)hung.Max(l => l.Silence).TotalSeconds);
        end(ExitCode.Fatal);
        return true;
    }

    private void Tell(IReadOnlyList<(string Loop, TimeSpan Silence)> stalled)
    {
        foreach (var (loop, silence) in stalled.Where(l => _told.Add(l.Loop)))
        {
            LogStalled(loop, (long)silence.TotalSeconds);
        }

        foreach (var loop in _told.Where(l => !stalled.Any(s => s.Loop == l)).ToList())
        {
            _told.Remove(loop);
            LogTurnsAgain(loop);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "the loop \"{Loop}\" has made no progress for {Seconds} s: a disk or a mount that it uses does not answer; its logs wait in their files, but kubelet's rotation deletes them after a while, and /healthz fails until the loop makes progress; check the disk of the data dir, and the mounts of logs and stores")]
    private partial void LogStalled(string loop, long seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "the loop \"{Loop}\" makes progress again")]
    private partial void LogTurnsAgain(string loop);

    [LoggerMessage(Level = LogLevel.Critical, Message = "the time for the shutdown is over (shutdown.grace, or a second signal), and these loops have made no progress for {Seconds} s: {Loops}; most likely a disk or a mount does not answer; the process ends without them; the next start delivers the records on disk, and reads the rest again")]
    private partial void LogGivenUp(string loops, long seconds);
}
