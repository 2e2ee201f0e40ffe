using Collector.Pipeline.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Running;

/// <summary>Starts the loops and watches them: a loop that dies is logged and stops the others (I12).</summary>
internal sealed partial class LoopWatch(Health health, TimeSpan deadline, CancellationTokenSource failed, ILogger logger)
{
    private volatile bool _hasFailed;

    public bool HasFailed => _hasFailed;

    /// <summary>Runs a loop on a thread of its own; the task ends with it and never fails.</summary>
    public Task StartThread(string name, Action<Heartbeat> loop)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                using var heartbeat = health.Register(name, deadline);
                loop(heartbeat);
            }
            catch (Exception e)
            {
                Died(name, e);
            }

            done.SetResult();
        })
        {
            IsBackground = true,
            Name = name,
        };
        thread.Start();
        return done.Task;
    }

    /// <summary>The same for an asynchronous loop.</summary>
    public async Task StartTask(string name, Func<Heartbeat, Task> loop)
    {
        try
        {
            using var heartbeat = health.Register(name, deadline);
            await loop(heartbeat).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Died(name, e);
        }
    }

    private void Died(string name, Exception e)
    {
        _hasFailed = true;
        LogDied(name, e);
        failed.Cancel();
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "the loop {Loop} died; the process ends")]
    private partial void LogDied(string loop, Exception error);
}
