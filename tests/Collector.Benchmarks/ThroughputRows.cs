using System.Globalization;

namespace Collector.Benchmarks;

/// <summary>MB per CPU-second and peak memory while a node's logs are read and delivered once, by compressor, store and number of files.</summary>
internal sealed class ThroughputRows(BenchmarkSettings settings, BenchmarkCluster cluster, LoopbackS3 store)
{
    private const int FewFiles = 20;
    private const int SomeFiles = 500;
    private static readonly string[] s_compressions = ["none", "gzip", "zstd"];

    /// <summary>All containers in one object after the other: what is left is the cost of the files.</summary>
    private const string OneKey = ", keyPrefix: all/";

    private readonly Dictionary<string, double> _costs = new(StringComparer.Ordinal);

    /// <summary>The best round of one kind of run.</summary>
    private sealed record Result(double CpuSeconds, double KernelSeconds, double Seconds, long PeakRss);

    public void Measure()
    {
        using (var node = new BenchmarkNode(settings, cluster, FewFiles, settings.Bytes))
        {
            MeasureFew(node.Logs);
        }

        foreach (var files in (int[])[SomeFiles, settings.ManyFiles])
        {
            using var node = new BenchmarkNode(settings, cluster, files, settings.Bytes);
            MeasureCost(node.Logs, files);
        }
    }

    private void MeasureFew(NodeLogs logs)
    {
        BareRows.Measure(logs);
        foreach (var compression in s_compressions)
        {
            // Round by round in turn, so that what else the machine does meets both.
            var pairs = Enumerable.Range(0, settings.Rounds).Select(_ => (File: Run(logs, compression), S3: Run(logs, compression, isS3: true))).ToList();
            var (file, s3) = (Best(pairs.Select(p => p.File)), Best(pairs.Select(p => p.S3)));
            AddThroughput($"{FewFiles} files, {compression}", logs, file, Limit.AtLeast(compression == "none" ? 300 : 200, "MB/CPU-s"));
            AddThroughput($"{FewFiles} files, {compression}, S3", logs, s3, Limit.AtLeast(compression == "none" ? 230 : 180, "MB/CPU-s"));
            Table.Add($"  … more CPU than the filesystem store", ((s3.CpuSeconds / file.CpuSeconds) - 1) * 100, "%");
            Table.Add($"  … peak RSS", Math.Max(file.PeakRss, s3.PeakRss) / (double)Table.Mebibyte, Limit.AtMost(72, "MiB"));
            _costs[compression] = file.CpuSeconds / logs.Lines;
        }

        _costs[OneKey] = Best(Rounds(() => Run(logs, "none", OneKey))).CpuSeconds / logs.Lines;
    }

    private void MeasureCost(NodeLogs logs, int files)
    {
        var own = Best(Rounds(() => Run(logs, "none")));
        AddThroughput($"{files} files, none", logs, own, limit: null);
        Table.Add("  … cost per line above 20 files, a key each", Above(own, logs, "none"), Limit.AtMost(150, "%"), $"{logs.Bytes / files / 1000} kB in each object");
        var one = Best(Rounds(() => Run(logs, "none", OneKey)));
        Table.Add("  … cost per line above 20 files, one key", Above(one, logs, OneKey), Limit.AtMost(20, "%"));
        var gzip = Best(Rounds(() => Run(logs, "gzip")));
        AddThroughput($"{files} files, gzip", logs, gzip, limit: null);
        Table.Add("  … peak RSS", Math.Max(own.PeakRss, gzip.PeakRss) / (double)Table.Mebibyte, Limit.AtMost(files <= SomeFiles ? 72 : 96, "MiB"));
    }

    private double Above(Result result, NodeLogs logs, string which) => ((result.CpuSeconds / logs.Lines / _costs[which]) - 1) * 100;

    private IEnumerable<Result> Rounds(Func<Result> run) => Enumerable.Range(0, settings.Rounds).Select(_ => run()).ToList();

    private static Result Best(IEnumerable<Result> rounds)
    {
        var all = rounds.ToList();
        return all.MinBy(r => r.CpuSeconds)! with { PeakRss = all.Max(r => r.PeakRss) };
    }

    private Result Run(NodeLogs logs, string compression, string more = "", bool isS3 = false)
    {
        using var setup = isS3
            ? new AgentSetup(settings) { Node = logs.Tree, Cluster = cluster, Compression = compression, More = more, Store = store.Store }
            : new AgentSetup(settings) { Node = logs.Tree, Cluster = cluster, Compression = compression, More = more };
        var run = setup.RunOnce();
        if (compression == "none" && !isS3 && more.Length == 0 && _costs.Count == 0)
        {
            Table.Add("pod metadata a record, mean", MeanMetadata(setup.Objects), "bytes");
        }

        return new Result(run.CpuSeconds, run.KernelSeconds, run.Seconds, run.PeakRss);
    }

    /// <summary>Over the first record of each object: those of one container have the same.</summary>
    private static double MeanMetadata(string objects) => Directory.EnumerateFiles(objects, "*.jsonl", SearchOption.AllDirectories).Average(path =>
    {
        var line = File.ReadLines(path).First();
        // The last member of the record, and the record's own brace behind it.
        return line.Length - line.LastIndexOf("\"kubernetes\":", StringComparison.Ordinal) - "}".Length;
    });

    private static void AddThroughput(string what, NodeLogs logs, Result result, Limit? limit)
    {
        var figure = logs.Bytes / 1e6 / result.CpuSeconds;
        var note = string.Create(CultureInfo.InvariantCulture, $"{logs.Bytes / 1e6 / result.Seconds:F0} MB/s, {logs.Lines / result.Seconds:F0} lines/s, {Table.MiB(result.PeakRss)}, {result.KernelSeconds / result.CpuSeconds:P0} of the CPU in the kernel");
        if (limit is { } given)
        {
            Table.Add(what, figure, given, note);
        }
        else
        {
            Table.Add(what, figure, "MB/CPU-s", note);
        }
    }
}
