using System.Diagnostics;
using System.Globalization;
using System.Text;
using Collector.Testing.Processes;

namespace Collector.Benchmarks;

/// <summary>
/// 200 quiet containers that log a line a second, alone and beside one that floods (S-100): how long after it was written a
/// quiet line is in a stored object, of which the batch's age is a second.
/// </summary>
internal sealed class FairnessRows(BenchmarkSettings settings, BenchmarkCluster cluster)
{
    /// <summary>The last one is the loud one; the 22 others of its namespace, whose objects it fills, are not written to.</summary>
    private const int Files = 223;

    private const int Quiet = 200;
    private const int FloodPiece = 1 << 20;
    private const double FloodBytesPerSecond = 100e6;

    // A key for each namespace: the quiet ones fill nine objects a second, which no disk's syncs can blur.
    private const string KeyByNamespace = """, keyPrefix: '{.kubernetes.namespace_name||"none"}/'""";
    private const string Mark = "quiet line";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(5);

    public void Measure()
    {
        Add("200 quiet files alone: written to stored, p99", isFlooded: false);
        Add("  … beside one at up to 100 MB/s", isFlooded: true);
    }

    private void Add(string what, bool isFlooded)
    {
        using var node = new BenchmarkNode(settings, cluster, Files, 0);
        using var setup = new AgentSetup(settings) { Node = node.Logs.Tree, Cluster = cluster, MaxAge = "1s", Compression = "none", More = KeyByNamespace };
        using var agent = setup.Start();
        Retry.Until("it is ready", () => setup.Scrape(agent) is not null, Patience);
        var (lines, flood) = Write(node.Logs, isFlooded);
        var loud = Path.Join(setup.Objects, node.Logs.Containers[^1].Identity.Namespace);
        List<double> delays = [];
        Retry.Until("every quiet line is stored", () => (delays = Delays(setup.Objects, loud)).Count >= lines, Patience);
        delays.Sort();
        var note = isFlooded ? string.Create(CultureInfo.InvariantCulture, $"{flood / 1e6 / settings.Flood.TotalSeconds:F0} MB/s; median {delays[delays.Count / 2]:F2} s") : $"median {delays[delays.Count / 2]:F2} s";
        Table.Add(what, delays[(int)(delays.Count * 0.99)], "s", note);
    }

    /// <summary>Each quiet file in its turn, so that all have had one within a second; the flood fills the time between.</summary>
    private (int Lines, long Flood) Write(NodeLogs logs, bool isFlooded)
    {
        var piece = logs.Sample(FloodPiece, out _);
        var quiet = logs.Containers.Where(c => c.Identity.Namespace != logs.Containers[^1].Identity.Namespace).ToList();
        using var loud = new FileStream(logs.Containers[^1].Path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        var clock = Stopwatch.StartNew();
        var (lines, flood) = (0, 0L);
        while (clock.Elapsed < settings.Flood)
        {
            for (; lines < clock.Elapsed.TotalSeconds * Quiet; lines++)
            {
                File.AppendAllText(quiet[lines % quiet.Count].Path, $"{DateTime.UtcNow:yyyy-MM-ddTHH:mm:ss.fffffffZ} stdout F {Mark}\n");
            }

            for (; isFlooded && flood < clock.Elapsed.TotalSeconds * FloodBytesPerSecond; flood += piece.Length)
            {
                loud.Write(piece);
            }

            Thread.Sleep(Step);
        }

        return (lines, flood);
    }

    /// <summary>Of each quiet record in the store: the time of its object's file less its own, in seconds.</summary>
    private static List<double> Delays(string objects, string loud)
    {
        var delays = new List<double>();
        foreach (var file in Directory.GetDirectories(objects).Where(d => d != loud && Path.GetFileName(d) != "_catalog").SelectMany(d => new DirectoryInfo(d).EnumerateFiles("*.jsonl")))
        {
            foreach (var line in File.ReadLines(file.FullName, Encoding.UTF8).Where(l => l.Contains(Mark, StringComparison.Ordinal)))
            {
                var time = line["{\"time\":\"".Length..].Split('"')[0];
                delays.Add((file.LastWriteTimeUtc - DateTime.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal)).TotalSeconds);
            }
        }

        return delays;
    }
}
