namespace Collector.Pipeline.Sources.Files;

/// <summary>Wall clock times in the form of the kernel's file times.</summary>
internal static class FileTime
{
    public static long UnixNanoseconds(this DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
}
