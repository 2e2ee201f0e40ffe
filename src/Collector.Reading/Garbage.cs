namespace Collector.Reading;

/// <summary>
/// Bounds the garbage that lines and bodies make. The runtime lets about as much pile up as the processor has cache, which may be 100 MB,
/// and has no setting for that but an environment variable. Whoever decodes text looks after each block of it.
/// </summary>
internal static class Garbage
{
    /// <summary>Some times what is alive of it, so that collecting costs little; small beside the 128 MiB of all.</summary>
    private const long Most = 12 << 20;

    private static long _collectedAt;

    /// <summary>Collects when enough was allocated since it was done last. Safe from any thread.</summary>
    public static void Look()
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
