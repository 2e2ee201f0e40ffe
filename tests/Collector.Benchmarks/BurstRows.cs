using System.Diagnostics;
using System.Globalization;
using Collector.Testing.Processes;

namespace Collector.Benchmarks;

/// <summary>300 MiB into one file within a second, and the file rotated behind them (S-40): when the last record is stored, and the memory.</summary>
internal sealed class BurstRows(BenchmarkSettings settings, BenchmarkCluster cluster)
{
    private const int Pieces = 10;
    private const int PieceBytes = 30 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public void Measure()
    {
        using var node = new BenchmarkNode(settings, cluster, 1, 1000);
        using var setup = new AgentSetup(settings) { Node = node.Logs.Tree, Cluster = cluster, MaxAge = "1s" };
        var path = node.Logs.Containers[0].Path;
        var piece = node.Logs.Sample(PieceBytes, out _);
        using var agent = setup.Start();
        double Stored() => setup.Scrape(agent)?.Sum("collector_records_uploaded_total") ?? 0;
        Retry.Until("it reads", () => Stored() > 0, Patience);

        var clock = Stopwatch.StartNew();
        using (var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0))
        {
            for (var i = 0; i < Pieces; i++)
            {
                file.Write(piece);
            }
        }

        File.Move(path, path + ".20261121-000000");
        File.WriteAllBytes(path, node.Logs.Sample(1, out _));
        var written = clock.Elapsed;
        var bytes = (double)new FileInfo(path).Length + new FileInfo(path + ".20261121-000000").Length;
        Retry.Until("all of it is stored", () => setup.Scrape(agent) is { } s && s.Sum("collector_bytes_read_total") >= bytes && s.Sum("collector_records_uploaded_total") == s.Sum("collector_records_read_total"), Patience);
        Table.Add("300 MiB burst into one file: stored after", clock.Elapsed.TotalSeconds, "s", string.Create(CultureInfo.InvariantCulture, $"written and rotated within {written.TotalSeconds:F2} s"));
        Table.Add("  … peak RSS", ProcessLook.PeakRss(agent.Id) / (double)Table.Mebibyte, "MiB");
    }
}
