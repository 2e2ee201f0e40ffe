using System.Diagnostics.Metrics;

namespace Collector.Pipeline.Diagnostics;

// Names as the Prometheus client guidelines (process_*) and prometheus-net (dotnet_*) have them: dashboards know them.
public sealed partial class CollectorMetrics
{
    private void DeclareProcess()
    {
        _meter.CreateObservableCounter("process_cpu_seconds_total", () => OfProcess(p => p.CpuSeconds), "s", "User and system CPU time.");
        _meter.CreateObservableGauge("process_resident_memory_bytes", () => OfProcess(p => p.ResidentBytes), "By", "Resident memory.");
        _meter.CreateObservableGauge("process_virtual_memory_bytes", () => OfProcess(p => p.VirtualBytes), "By", "Virtual memory.");
        _meter.CreateObservableGauge("process_open_fds", () => OfProcess(p => p.OpenDescriptors), "{descriptor}", "Open file descriptors.");
        _meter.CreateObservableGauge("process_max_fds", () => OfProcess(p => p.MaxDescriptors), "{descriptor}", "Limit of open file descriptors.");
        _meter.CreateObservableGauge("process_threads", () => OfProcess(p => p.Threads), "{thread}", "Threads of the process.");
        _meter.CreateObservableGauge("process_start_time_seconds", () => OfProcess(p => p.StartTime), "s", "When the process started, in Unix time.");
    }

    private void DeclareRuntime()
    {
        _meter.CreateObservableCounter("dotnet_collection_count_total", Collections, "{collection}", "Garbage collections, by generation.");
        _meter.CreateObservableGauge("dotnet_total_memory_bytes", () => GC.GetTotalMemory(forceFullCollection: false), "By", "Managed memory in use.");
        _meter.CreateObservableGauge("dotnet_gc_committed_bytes", () => GC.GetGCMemoryInfo().TotalCommittedBytes, "By", "Memory committed by the garbage collector, as of its last run.");
        _meter.CreateObservableCounter("dotnet_allocated_bytes_total", () => GC.GetTotalAllocatedBytes(), "By", "Managed memory ever allocated.");
        _meter.CreateObservableCounter("dotnet_gc_pause_seconds_total", () => GC.GetTotalPauseDuration().TotalSeconds, "s", "Time the process stood still for garbage collection.");
        _meter.CreateObservableGauge("dotnet_threadpool_threads", () => ThreadPool.ThreadCount, "{thread}", "Threads of the thread pool.");
        _meter.CreateObservableGauge("dotnet_threadpool_queue_length", () => ThreadPool.PendingWorkItemCount, "{item}", "Work that waits for a thread.");
    }

    private static IEnumerable<Measurement<int>> Collections() =>
        Enumerable.Range(0, GC.MaxGeneration + 1)
            .Select(generation => new Measurement<int>(GC.CollectionCount(generation), Tag("generation", generation)));

    private IEnumerable<Measurement<double>> OfProcess(Func<ProcessFigures, double> value) =>
        Now.Process is { } process ? [new Measurement<double>(value(process))] : [];
}
