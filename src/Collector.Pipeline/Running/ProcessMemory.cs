namespace Collector.Pipeline.Running;

/// <summary>
/// Keeps the process small beyond what the runtime does by itself: garbage is bounded while it works, and memory goes back to the
/// system when it is idle. Begins before the data dir is recovered, which reads a header of each object that waits in it.
/// </summary>
public sealed class ProcessMemory : IDisposable
{
    private readonly ITimer _garbage;
    private readonly ITimer _idle;

    /// <param name="clock">Of its timers.</param>
    public ProcessMemory(TimeProvider clock)
    {
        _garbage = GarbageLimit.Watch(clock);
        _idle = IdleMemory.Watch(clock);
    }

    public void Dispose()
    {
        _garbage.Dispose();
        _idle.Dispose();
    }
}
