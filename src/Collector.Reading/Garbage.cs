namespace Collector.Reading;

/// <summary>
/// Bounds the garbage that decoded lines and bodies make. The runtime lets garbage grow to about the processor's cache size, which
/// may be 100 MB, and only an environment variable can change that. Each decoder calls this after each block of text.
/// </summary>
internal static class Garbage
{
    /// <summary>A few times the live memory, so that collecting costs little; small compared with the limit of 128 MiB.</summary>
    private const long Most = 12 << 20;

    private static long _collectedAt;

    /// <summary>Collects when enough was allocated since the last collection. Safe from any thread.</summary>
    public static void CollectIfDue()
    {
        var allocated = GC.GetTotalAllocatedBytes();
        var before = Interlocked.Read(ref _collectedAt);
        if (allocated - before > Most && Interlocked.CompareExchange(ref _collectedAt, allocated, before) == before)
        {
            // All generations: bodies that were fetched as a whole are large objects.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
        }
    }
}
