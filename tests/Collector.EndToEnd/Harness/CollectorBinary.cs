using Collector.Testing.Processes;

namespace Collector.EndToEnd.Harness;

/// <summary>The published binaries that are tried: what <c>hack/build.sh</c> makes, or the environment names.</summary>
internal static class CollectorBinary
{
    private static readonly Lazy<string> Found = new(() => Find("COLLECTOR_BINARY", "collector", "hack/build.sh"));
    private static readonly Lazy<string> FoundArm64 = new(() => Find("COLLECTOR_BINARY_ARM64", "collector-linux-arm64", "RID=linux-arm64 hack/build.sh"));

    /// <summary>This machine's: <c>$COLLECTOR_BINARY</c>. Throws <see cref="FileNotFoundException"/>, saying what to run, when there is none.</summary>
    public static string Path => Found.Value;

    /// <summary>The one for arm64: <c>$COLLECTOR_BINARY_ARM64</c>. Throws as <see cref="Path"/> does.</summary>
    public static string Arm64 => FoundArm64.Value;

    /// <summary>What runs it on another machine, program first (<c>hack/toolchain.sh linux-arm64 run</c> installs both).</summary>
    public static IReadOnlyList<string> Arm64Launcher => ["/usr/bin/qemu-aarch64-static", "-L", System.IO.Path.Combine(Repository.Root, "artifacts", "tools", "linux-arm64")];

    private static string Find(string variable, string directory, string script)
    {
        string path = Environment.GetEnvironmentVariable(variable) is { Length: > 0 } given
            ? System.IO.Path.GetFullPath(given)
            : System.IO.Path.Combine(Repository.Root, "artifacts", directory, "collector");
        return File.Exists(path) ? path : throw new FileNotFoundException($"There is no collector at {path}. Run {script}, or set {variable}.");
    }
}
