namespace Collector.Pipeline.Loops;

/// <summary>
/// Wakes a sleeping loop. A wake-up that arrives while the loop is at work ends its next sleep at once; several count as one. A
/// loop checks everything after each sleep, so the wake-up has no reason. Any thread may wake, one at a time sleeps.
/// </summary>
public sealed class WakeSignal
{
    private readonly object _gate = new();
    private bool _isSet;
    private TaskCompletionSource? _sleeper;

    /// <summary>Ends the sleep, or the next one.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            _isSet = true;
            Monitor.Pulse(_gate);
            _sleeper?.TrySetResult();
        }
    }

    /// <summary>Ignores the wake-ups so far.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _isSet = false;
        }
    }

    /// <summary>Blocks the thread until a wake-up, the end of the time, or <paramref name="cancellation"/>, which throws nothing.</summary>
    /// <param name="most">By the system's clock.</param>
    /// <param name="cancellation">Wakes.</param>
    public void Sleep(TimeSpan most, CancellationToken cancellation)
    {
        using var registration = cancellation.UnsafeRegister(static signal => ((WakeSignal)signal!).Wake(), this);
        lock (_gate)
        {
            if (!_isSet)
            {
                Monitor.Wait(_gate, most);
            }

            _isSet = false;
        }
    }

    /// <summary>As <see cref="Sleep"/>, without a thread.</summary>
    /// <param name="most">Of <paramref name="clock"/>.</param>
    /// <param name="clock">Measures the time.</param>
    /// <param name="cancellation">Ends the sleep.</param>
    public async Task SleepAsync(TimeSpan most, TimeProvider clock, CancellationToken cancellation)
    {
        var sleeper = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_isSet)
            {
                _isSet = false;
                return;
            }

            _sleeper = sleeper;
        }

        using (clock.CreateTimer(static sleeper => ((TaskCompletionSource)sleeper!).TrySetResult(), sleeper, most, Timeout.InfiniteTimeSpan))
        using (cancellation.UnsafeRegister(static sleeper => ((TaskCompletionSource)sleeper!).TrySetResult(), sleeper))
        {
            await sleeper.Task.ConfigureAwait(false);
        }

        lock (_gate)
        {
            // A cancelled sleeper does not take the wake-up of the next one.
            if (_sleeper == sleeper)
            {
                _sleeper = null;
                _isSet = false;
            }
        }
    }
}
