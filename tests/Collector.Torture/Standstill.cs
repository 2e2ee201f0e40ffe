namespace Collector.Torture;

/// <summary>Lets everybody who writes logs stand still for a moment, so that the collector can be seen to have read all there is.</summary>
internal sealed class Standstill(int writers) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _released = new(initialState: true);
    private int _arrived;

    /// <summary>Called by a writer between two lines: waits while the others are to stand still.</summary>
    public void Pass()
    {
        if (_released.IsSet) return;
        lock (_gate) _arrived++;
        _released.Wait();
    }

    /// <summary>False: not all of them came to a stand in time, and nobody stands.</summary>
    /// <param name="call">Has the writers come to <see cref="Pass"/>.</param>
    public bool TryBegin(Action call, TimeSpan timeout)
    {
        lock (_gate) _arrived = 0;
        _released.Reset();
        call();
        if (SpinWait.SpinUntil(HaveAllArrived, timeout)) return true;
        End();
        return false;
    }

    public void End() => _released.Set();

    public void Dispose() => _released.Dispose();

    private bool HaveAllArrived()
    {
        Thread.Sleep(1);
        lock (_gate) return _arrived >= writers;
    }
}
