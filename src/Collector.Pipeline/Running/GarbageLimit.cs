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

    /// <summary>Index of the objects of 85,000 bytes and more in <see cref="GCMemoryInfo.GenerationInfo"/>.</summary>
    private const int LargeObjects = 3;

    /// <summary>At the start of 10,000 files some 10 MB are allocated in that time.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Checks until the timer is disposed.</summary>
    public static ITimer Watch(TimeProvider clock)
    {
        var collectedAt = GC.GetTotalAllocatedBytes();
        long large = 0;
        return clock.CreateTimer(
            _ =>
            {
                var allocated = GC.GetTotalAllocatedBytes();
                if (allocated - collectedAt <= Most)
                {
                    return;
                }

                GC.Collect(1, GCCollectionMode.Forced, blocking: true);

                // Only a full collection frees large objects: tables that have grown, and the coverage of thousands of files.
                if (LargeBytes() - large > Most)
                {
                    GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
                    large = LargeBytes();
                }

                collectedAt = allocated;
            },
            null,
            LookInterval,
            LookInterval);
    }

    private static long LargeBytes() => GC.GetGCMemoryInfo(GCKind.Any).GenerationInfo[LargeObjects].SizeAfterBytes;
}
