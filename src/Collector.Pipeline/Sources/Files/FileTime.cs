namespace Collector.Pipeline.Sources.Files;

/// <summary>Wall clock times as the kernel's files have them.</summary>
internal static class FileTime
{
    public static long UnixNanoseconds(this DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
}
