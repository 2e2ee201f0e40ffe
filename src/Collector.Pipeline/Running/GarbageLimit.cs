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

    /// <summary>Checks until the timer is disposed.</summary>
    public static ITimer Watch(TimeProvider clock)
    {
        var collectedAt = GC.GetTotalAllocatedBytes();
        long afterFull = 0;
        return clock.CreateTimer(
            _ =>
            {
                var allocated = GC.GetTotalAllocatedBytes();
                if (allocated - collectedAt <= Most)
                {
                    return;
                }

                GC.Collect(1, GCCollectionMode.Forced, blocking: true);

                // What lives for some seconds, as chunks and large buffers do, has become old by then, and only a full collection
                // frees it. That costs what the live data are, so more of them may leave more garbage.
                if (HeapBytes() - afterFull > Most + (afterFull / 4))
                {
                    GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
                    afterFull = HeapBytes();
                }

                collectedAt = allocated;
            },
            null,
            LookInterval,
            LookInterval);
    }

    /// <summary>After the last collection, with the gaps between objects.</summary>
    private static long HeapBytes() => GC.GetGCMemoryInfo(GCKind.Any).HeapSizeBytes;
}
