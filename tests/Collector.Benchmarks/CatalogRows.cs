namespace Collector.Benchmarks;

/// <summary>
/// What the catalog adds to what is stored: its objects and bytes against those of the records, gzip, an object for each container,
/// as after one <c>batch.maxAge</c> on a node of 100 pods. Its bytes count in proportion to small objects most.
/// </summary>
internal sealed class CatalogRows(BenchmarkSettings settings, BenchmarkCluster cluster)
{
    private const int Pods = 100;

    public void Measure()
    {
        foreach (var bytesEach in (int[])[10_000, 100_000, 1_000_000])
        {
            Measure(bytesEach);
        }
    }

    private void Measure(int bytesEach)
    {
        using var node = new BenchmarkNode(settings, cluster, Pods, Pods * (long)bytesEach);
        using var setup = new AgentSetup(settings) { Node = node.Logs.Tree, Cluster = cluster };
        setup.RunOnce();
        var files = new DirectoryInfo(setup.Objects).GetFiles("*", SearchOption.AllDirectories);
        var catalog = Array.FindAll(files, file => file.FullName.Contains("/_catalog/", StringComparison.Ordinal));
        var records = files.Except(catalog).ToList();
        if (catalog.Length == 0 || records.Count == 0)
        {
            throw new InvalidOperationException($"{catalog.Length} catalog objects and {records.Count} others are in {setup.Objects}: there is nothing to compare");
        }

        var (told, stored) = (catalog.Sum(file => file.Length), records.Sum(file => file.Length));
        Table.Add($"catalog of {records.Count} objects of {stored / records.Count / 1000.0:F1} kB: more PUTs", 100.0 * catalog.Length / records.Count, Limit.AtMost(5, "%"));
        Table.Add("  … more bytes", 100.0 * told / stored, Limit.AtMost(2, "%"), $"{told / records.Count} bytes an object");
    }
}
