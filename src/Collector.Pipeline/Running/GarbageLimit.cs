namespace Collector.Pipeline.Running;

/// <summary>
/// Bounds the garbage of opening files and sending objects. The runtime lets garbage grow to about the processor's cache size,
/// which is 80 MB on a server with 105 MB of cache, and only an environment variable can change that. Records leave no garbage:
/// while a few logs only flow, nothing is collected here.
/// </summary>
internal sealed class GarbageLimit
{
    /// <summary>Less than the live data of a few hundred files, so that it is not visible beside them.</summary>
    private const long Most = 8 << 20;

    /// <summary>At the start of 10,000 files some 10 MB are allocated in that time.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    private long _collectedAt = GC.GetTotalAllocatedBytes();
    private long _live = GC.GetTotalMemory(forceFullCollection: false);

    private GarbageLimit()
    {
    }

    /// <summary>Checks until the timer is disposed.</summary>
    public static ITimer Watch(TimeProvider clock)
    {
        var limit = new GarbageLimit();
        return clock.CreateTimer(_ => limit.Check(), null, LookInterval, LookInterval);
    }

    /// <summary>
    /// What survives two young collections is collected by a full one alone. That one costs as much as there is live data, so it
    /// comes when the heap has grown by half.
    /// </summary>
    private void Check()
    {
        var allocated = GC.GetTotalAllocatedBytes();
        if (allocated - _collectedAt <= Most)
        {
            return;
        }

        _collectedAt = allocated;
        GC.Collect(1, GCCollectionMode.Forced, blocking: true);
        if (GC.GetTotalMemory(forceFullCollection: false) > (_live * 3 / 2) + Most)
        {
            GC.Collect(2, GCCollectionMode.Forced, blocking: true);
            _live = GC.GetTotalMemory(forceFullCollection: false);
        }
    }
}
