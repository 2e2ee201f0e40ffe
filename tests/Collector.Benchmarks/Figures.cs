namespace Collector.Benchmarks;

/// <summary>All rows of contract §6 in one run, and the sizes of small things beside them, group by group.</summary>
internal sealed class Figures(BenchmarkSettings settings)
{
    public async Task RunAsync()
    {
        Directory.CreateDirectory(settings.Directory);
        await using var cluster = new BenchmarkCluster(Path.Join(settings.Directory, "cluster"));
        await using var store = new LoopbackS3();
        Table.Header(settings);
        foreach (var (name, measure) in Groups(cluster, store))
        {
            if (settings.Only.Count == 0 || settings.Only.Contains(name))
            {
                measure();
            }
        }
    }

    private IEnumerable<(string Name, Action Measure)> Groups(BenchmarkCluster cluster, LoopbackS3 store) =>
    [
        ("throughput", new ThroughputRows(settings, cluster, store).Measure),
        ("backlog", new BacklogRows(settings, cluster, store).Measure),
        ("catalog", new CatalogRows(settings, cluster).Measure),
        ("idle", new IdleRows(settings, cluster, store).Measure),
        ("partitions", new PartitionRows(settings, cluster).Measure),
        ("burst", new BurstRows(settings, cluster).Measure),
        ("fairness", new FairnessRows(settings, cluster).Measure),
    ];
}
