using System.Diagnostics;
using System.Globalization;
using Collector.Pipeline.Buffer.Compressors;
using Collector.Pipeline.Records;

namespace Collector.Benchmarks;

/// <summary>
/// The figures of contract §6 that can be had by now: the agent reads a node's logs once, everything from file to stored
/// object, beside a bare newline scan and the bare compressors over the same bytes in the same run.
/// </summary>
internal sealed class Figures(string collector, string torture, string directory, long bytes)
{
    private const int Pieces = 1 << 20;
    private readonly List<Row> _rows = [];

    private sealed record Row(string What, double Megabytes, double CpuSeconds, double Seconds, long Lines, long PeakRss, string Aim);

    public int Run()
    {
        Directory.CreateDirectory(directory);
        foreach (var files in (int[])[20, 500])
        {
            var node = Path.Join(directory, $"node-{files}");
            var lines = Generate(node, files);
            if (files == 20)
            {
                AddBare(node, lines);
            }

            foreach (var compression in (string[])["none", "gzip", "zstd"])
            {
                if (!AddAgent(node, files, lines, compression))
                {
                    return 1;
                }
            }

            Directory.Delete(node, recursive: true);
        }

        Print();
        return 0;
    }

    private long Generate(string node, int files)
    {
        using var process = Process.Start(new ProcessStartInfo(torture, ["generate", "--dir", node, "--files", files.ToString(CultureInfo.InvariantCulture), "--bytes", bytes.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        // "20 logs, 4120667 lines, 1000002967 bytes under …"
        return long.Parse(said.Split(", ")[1].Split(' ')[0], CultureInfo.InvariantCulture);
    }

    /// <summary>What nobody can be faster than: reading and finding newlines; and what the compressors alone cost on the records.</summary>
    private void AddBare(string node, long lines)
    {
        var buffer = new byte[Pieces];
        AddMeasured("bare newline scan of the logs", lines, () =>
        {
            long total = 0;
            foreach (var log in Logs(node))
            {
                using var file = File.OpenHandle(log);
                for (int got; (got = RandomAccess.Read(file, buffer, total)) > 0; total += got)
                {
                    CountNewlines(buffer.AsSpan(0, got));
                }

                total = 0;
            }
        });
        foreach (var (name, kind) in ((string, Compression)[])[("gzip", Compression.Gzip), ("zstd", Compression.Zstd)])
        {
            AddMeasured($"bare {name} of the logs, default level", lines, () =>
            {
                foreach (var log in Logs(node))
                {
                    using var file = File.OpenRead(log);
                    using var body = BodyCompressor.Open(kind, 0, Stream.Null, file.Length);
                    file.CopyTo(body, Pieces);
                }
            });
        }
    }

    private static IEnumerable<string> Logs(string node) => Directory.EnumerateFiles(Path.Join(node, "pods"), "*.log", SearchOption.AllDirectories);

    private static int CountNewlines(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        for (int at; (at = bytes.IndexOf((byte)'\n')) >= 0; count++)
        {
            bytes = bytes[(at + 1)..];
        }

        return count;
    }

    private void AddMeasured(string what, long lines, Action action)
    {
        var cpu = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        action();
        _rows.Add(new Row(what, bytes / 1e6, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds, clock.Elapsed.TotalSeconds, lines, 0, ""));
    }

    private bool AddAgent(string node, int files, long lines, string compression)
    {
        var work = Path.Join(directory, "work");
        Directory.CreateDirectory(Path.Join(work, "objects"));
        var config = Path.Join(work, "collector.yaml");
        File.WriteAllText(config, $$"""
            cluster: bench
            node: node1
            dataDir: {{work}}/data
            kubernetes: {enabled: false}
            sources: [{name: containers, type: containers, path: {{node}}/containers/*.log, podLogs: {{node}}/pods}]
            outputs: [{store: {type: filesystem, path: {{work}}/objects}, compression: {{compression}}, buffer: {maxSize: 100GiB} }]
            buffer: {minFreeDisk: 1MB}
            telemetry: {listen: "127.0.0.1:0", log: {level: warning} }
            """);
        var run = ChildRun.Measure(collector, "run", "--once", "--config", config);
        Directory.Delete(work, recursive: true);
        var aim = compression == "none" ? (files == 20 ? "200 MB/CPU-s" : "") : "100 MB/CPU-s";
        _rows.Add(new Row($"agent, {files} files, {compression}", bytes / 1e6, run.CpuSeconds, run.Seconds, lines, run.PeakRss, aim));
        if (run.ExitCode != 0)
        {
            Console.Error.WriteLine($"the agent ended with exit code {run.ExitCode}");
        }

        return run.ExitCode == 0;
    }

    private void Print()
    {
        Console.WriteLine($"{DateTime.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} cores, {bytes / 1e6:F0} MB of the mix, everything from file to stored object");
        Console.WriteLine($"{"",-40} {"MB/CPU-s",9} {"MB/s",7} {"lines/s",10} {"CPU-s/GB",9} {"peak RSS",9}  aim");
        foreach (var row in _rows)
        {
            var rss = row.PeakRss == 0 ? "" : $"{row.PeakRss / 1048576.0:F0} MiB";
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{row.What,-40} {row.Megabytes / row.CpuSeconds,9:F0} {row.Megabytes / row.Seconds,7:F0} {row.Lines / row.Seconds,10:F0} {row.CpuSeconds / row.Megabytes * 1000,9:F1} {rss,9}  {row.Aim}"));
        }
    }
}
