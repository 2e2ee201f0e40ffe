namespace Collector.Pipeline.Running;

/// <summary>
/// Bounds the garbage of opening files and sending objects. The runtime lets garbage grow to about the processor's cache size,
/// which is 80 MB on a server with 105 MB of cache, and only an environment variable can change that. Records leave no garbage:
/// while a few logs only flow, nothing is collected here.
/// </summary>
internal static class GarbageLimit
{
    /// <summary>Less than the live data of a few hundred files, so that it is not visible beside them.</summary>
    private const long Most = 8 << 20;

    /// <summary>At the start of 10,000 files some 10 MB are allocated in that time.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>After so long without such garbage the start, or a burst, is over.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(20);

    /// <summary>Checks until the timer is disposed.</summary>
    public static ITimer Watch(TimeProvider clock)
    {
        var collectedAt = GC.GetTotalAllocatedBytes();
        var since = clock.GetTimestamp();
        var isTrimmed = false;
        return clock.CreateTimer(
            _ =>
            {
                var allocated = GC.GetTotalAllocatedBytes();
                if (allocated - collectedAt > Most)
                {
                    GC.Collect(1, GCCollectionMode.Forced, blocking: true);
                    (collectedAt, since, isTrimmed) = (allocated, clock.GetTimestamp(), false);
                }
                else if (!isTrimmed && clock.GetElapsedTime(since) > Quiet)
                {
                    // Gives the memory of the start or the burst back to the node, once.
                    GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                    isTrimmed = true;
                }
            },
            null,
            LookInterval,
            LookInterval);
    }
}
