using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Running;

/// <summary>
/// Gives memory back to the system when the work that needed it is over. The garbage collector runs when much was allocated, so an
/// idle agent would keep the memory of its busiest moment for days.
/// </summary>
internal static class IdleMemory
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    /// <summary>Less allocation than this between two checks is idle: watching files and the API allocates a tenth of it.</summary>
    private const long IdleAllocation = 2 << 20;

    /// <summary>More allocation than this since memory was last given back is worth a collection, which takes some 10 ms.</summary>
    private const long WorthCollecting = 8 << 20;

    /// <summary>Checks until the timer is disposed.</summary>
    public static ITimer Watch(TimeProvider clock)
    {
        long seen = 0, trimmedAt = 0;
        return clock.CreateTimer(
            _ =>
            {
                var allocated = GC.GetTotalAllocatedBytes();
                if (allocated - seen < IdleAllocation && allocated - trimmedAt > WorthCollecting)
                {
                    Trim();
                    trimmedAt = allocated;
                }

                seen = allocated;
            },
            null,
            LookInterval,
            LookInterval);
    }

    private static void Trim()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        try
        {
            // Memory that zlib, zstd and OpenSSL have freed.
            _ = LinuxCalls.TrimMalloc(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Not glibc.
        }
    }
}
