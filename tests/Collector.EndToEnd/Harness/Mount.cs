using Collector.Testing.Storage;
using Xunit;

namespace Collector.EndToEnd.Harness;

/// <summary>Small disks for tests that may be skipped.</summary>
internal static class Mount
{
    /// <summary>Mounts a tmpfs over a directory; skips the test where that is not permitted.</summary>
    public static SmallDisk OrSkip(string path, string size, bool readOnly = false)
    {
        SmallDisk? disk = SmallDisk.TryMount(path, size, readOnly, out string? reason);
        if (disk is null) Assert.Skip(reason!);
        return disk;
    }
}
