using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Collector.Benchmarks;

/// <summary>A child process from start to end: its CPU time as the kernel counted it, its peak memory as it was last seen.</summary>
internal sealed partial record ChildRun(int ExitCode, double UserSeconds, double KernelSeconds, double Seconds, long PeakRss)
{
    private const int Children = -1;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    public double CpuSeconds => UserSeconds + KernelSeconds;

    /// <summary>Runs a program to its end. One at a time: the kernel gives the sum over all children that have ended.</summary>
    public static ChildRun Measure(string program, params string[] arguments)
    {
        var before = CpuOfChildren();
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false })!;
        long peak = 0;
        while (!process.WaitForExit(Look))
        {
            peak = Math.Max(peak, ProcessLook.PeakRss(process.Id));
        }

        var after = CpuOfChildren();
        return new ChildRun(process.ExitCode, after.User - before.User, after.Kernel - before.Kernel, clock.Elapsed.TotalSeconds, peak);
    }

    private static (double User, double Kernel) CpuOfChildren()
    {
        _ = GetUsage(Children, out var usage);
        return (usage.UserSeconds + (usage.UserMicroseconds / 1e6), usage.SystemSeconds + (usage.SystemMicroseconds / 1e6));
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetUsage(int who, out Usage usage);

    /// <summary><c>struct rusage</c>; the fields after the ones in use are only room.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 144)]
    private struct Usage
    {
        public long UserSeconds;
        public long UserMicroseconds;
        public long SystemSeconds;
        public long SystemMicroseconds;
    }
}
