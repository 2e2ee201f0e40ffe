namespace Collector.Benchmarks;

/// <summary>How large a run is. Sizes in bytes.</summary>
/// <param name="Collector">The published binary.</param>
/// <param name="Directory">A directory of the run's own, on the disk that is to be measured.</param>
internal sealed record BenchmarkSettings(string Collector, string Directory)
{
    /// <summary>Logs of each throughput run.</summary>
    public long Bytes { get; init; } = 1_000_000_000;

    public long Backlog { get; init; } = 10L << 30;

    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(1);

    public TimeSpan Flood { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Of each throughput run the best of so many counts: what else runs on the machine only ever adds to it.</summary>
    public int Rounds { get; init; } = 2;

    public int ManyFiles { get; init; } = 10_000;

    public int Partitions { get; init; } = 2_000;

    /// <summary>What is printed is named by a group; empty: all of them.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>The same rows in less than 90 s, too small for the limits to mean much: it shows that everything runs.</summary>
    public BenchmarkSettings Quick() => this with
    {
        Bytes = 60_000_000,
        Backlog = 256L << 20,
        Idle = TimeSpan.FromSeconds(5),
        Flood = TimeSpan.FromSeconds(4),
        Rounds = 1,
        ManyFiles = 2_000,
        Partitions = 500,
    };
}
