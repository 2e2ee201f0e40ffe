using System.Globalization;

namespace Collector.Pipeline.Diagnostics;

// Names follow the Prometheus client guidelines (process_*) and prometheus-net (dotnet_*), because dashboards know them. They are
// declared here because prometheus-net's come through System.Diagnostics.Process, without resident memory, descriptors and pauses.
public sealed partial class CollectorMetrics
{
    private static readonly string[] Generations = [.. Enumerable.Range(0, GC.MaxGeneration + 1).Select(g => g.ToString(CultureInfo.InvariantCulture))];

    private void DeclareProcess()
    {
        Count("process_cpu_seconds_total", "User and system CPU time.", [], (now, show) => show(now.Process?.CpuSeconds));
        Gauge("process_resident_memory_bytes", "Resident memory.", [], (now, show) => show(now.Process?.ResidentBytes));
        Gauge("process_virtual_memory_bytes", "Virtual memory.", [], (now, show) => show(now.Process?.VirtualBytes));
        Gauge("process_open_fds", "Open file descriptors.", [], (now, show) => show(now.Process?.OpenDescriptors));
        Gauge("process_max_fds", "Limit of open file descriptors.", [], (now, show) => show(now.Process?.MaxDescriptors));
        Gauge("process_threads", "Threads of the process.", [], (now, show) => show(now.Process?.Threads));
        Gauge("process_start_time_seconds", "When the process started, in Unix time.", [], (now, show) => show(now.Process?.StartTime));
    }

    private void DeclareRuntime()
    {
        Count("dotnet_collection_count_total", "Garbage collections, by generation.", ["generation"], (_, show) =>
        {
            for (var generation = 0; generation < Generations.Length; generation++)
            {
                show(GC.CollectionCount(generation), Generations[generation]);
            }
        });
        Gauge("dotnet_total_memory_bytes", "Managed memory in use.", [], (_, show) => show(GC.GetTotalMemory(forceFullCollection: false)));
        Gauge("dotnet_gc_committed_bytes", "Memory committed by the garbage collector, as of its last run.", [], (_, show) => show(GC.GetGCMemoryInfo().TotalCommittedBytes));
        Count("dotnet_allocated_bytes_total", "Managed memory ever allocated.", [], (_, show) => show(GC.GetTotalAllocatedBytes()));
        Count("dotnet_gc_pause_seconds_total", "Time the process stood still for garbage collection.", [], (_, show) => show(GC.GetTotalPauseDuration().TotalSeconds));
        Gauge("dotnet_threadpool_threads", "Threads of the thread pool.", [], (_, show) => show(ThreadPool.ThreadCount));
        Gauge("dotnet_threadpool_queue_length", "Work items that wait for a thread.", [], (_, show) => show(ThreadPool.PendingWorkItemCount));
    }
}
