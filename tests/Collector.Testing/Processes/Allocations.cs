namespace Collector.Testing.Processes;

/// <summary>
/// What code allocates on the thread that runs it. A collection that any thread causes meanwhile counts the rest of the
/// thread's allocation context, up to 8 KiB, as used: beside one the code is measured again.
/// </summary>
public static class Allocations
{
    private const int MostTries = 20;

    /// <summary>Bytes that <paramref name="code"/> allocates; it may be run more than once.</summary>
    public static long Of(Action code)
    {
        for (int tries = 1; ; tries++)
        {
            int collections = GC.CollectionCount(0);
            long before = GC.GetAllocatedBytesForCurrentThread();
            code();
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated == 0 || GC.CollectionCount(0) == collections || tries == MostTries) return allocated;
        }
    }
}
