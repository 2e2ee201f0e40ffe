using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Collector.EndToEnd.Harness;
using Collector.Testing.Oracle;
using Xunit;

namespace Collector.EndToEnd.Sources;

/// <summary>One container that writes far more than the others.</summary>
public sealed class BurstTests : IDisposable
{
    private const int LineLength = 1000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    /// <summary>S-40: 300 MiB as fast as they can be written, into one file, that is rotated at once.</summary>
    [Fact]
    public void A_burst_of_300_MiB_that_is_rotated_away_is_stored_to_the_last_line()
    {
        const int Lines = 300 * 1024 * 1024 / LineLength;
        var log = new PodLog(stage.Tree).Write("before");
        Agent agent = stage.Start();
        agent.AwaitUploaded(1);

        TimeSpan written = Flood(log.FilePath, Lines);
        File.Move(log.FilePath, log.FilePath + ".20261121-000001");
        File.WriteAllText(log.FilePath, "");
        log.Write("after");
        Stopwatch watch = Stopwatch.StartNew();
        agent.AwaitMetric("collector_records_uploaded_total", v => v >= Lines + 2, Patience);

        MetricsScrape scrape = agent.Scrape();
        Figures.Print("S-40", $"{Lines * (double)LineLength / 1024 / 1024:0} MiB written in {written.TotalSeconds:0.0} s, stored {watch.Elapsed.TotalSeconds:0.0} s after the rotation, peak RSS {agent.PeakMemory():0} MiB");
        agent.Stop();
        Assert.Equal((0, 0), (scrape.Sum("collector_bytes_lost_total"), scrape.Sum("collector_files_lost_total")));
        AssertWholeAndInOrder(Lines);
    }

    /// <summary>S-100: while one pod floods; the time from a quiet pod's line to its object is printed, as is the flood's.</summary>
    [Fact]
    public async Task Two_hundred_quiet_pods_are_heard_while_one_floods()
    {
        const int Quiet = 200, Rounds = 5, FloodLines = 200_000;
        stage.Outputs = [new OutputYaml(More: "compression: zstd")];
        List<PodLog> quiet = [.. Enumerable.Range(0, Quiet).Select(i => new PodLog(stage.Tree, $"quiet-{i}", "calm", uid: $"uid-{i}"))];
        var loud = new PodLog(stage.Tree, "loud");
        Agent agent = stage.Start();
        Stopwatch watch = Stopwatch.StartNew();
        Task<TimeSpan> flood = Task.Run(() => Flood(loud.FilePath, FloodLines));
        for (int round = 0; round < Rounds; round++)
        {
            foreach (PodLog log in quiet)
            {
                log.WriteRaw($"{DateTime.UtcNow:yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'} stdout F said by a quiet one\n");
            }
        }

        TimeSpan written = await flood;
        agent.AwaitMetric("collector_records_uploaded_total", v => v == FloodLines + (Quiet * Rounds), Patience);
        TimeSpan stored = watch.Elapsed;
        agent.Stop();

        List<TimeSpan> delays = [.. StoredRecords.Keys(stage.Objects).Where(k => k.Contains("namespace-calm", StringComparison.Ordinal)).SelectMany(Delays).Order()];
        Assert.Equal(Quiet * Rounds, delays.Count);
        Figures.Print("S-100", $"a flood of {FloodLines * (double)LineLength / 1e6:0} MB written in {written.TotalSeconds:0.0} s, stored after {stored.TotalSeconds:0.0} s; {Quiet} quiet pods' lines stored after {delays[delays.Count / 2].TotalSeconds:0.00} s (median), {delays[delays.Count * 99 / 100].TotalSeconds:0.00} s (p99); maxAge 0.3 s");
    }

    // Numbered lines, a megabyte a write.
    private static TimeSpan Flood(string path, int lines)
    {
        string rest = " ".PadRight(LineLength - "2026-11-21T00:00:00.000000001Z stdout F ".Length - 8, '.') + "\n";
        var block = new StringBuilder();
        Stopwatch watch = Stopwatch.StartNew();
        using FileStream file = new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        for (int i = 0; i < lines; i++)
        {
            block.Append("2026-11-21T00:00:00.000000001Z stdout F ").Append(i.ToString("d7", CultureInfo.InvariantCulture)).Append(rest);
            if (block.Length < 1_000_000 && i + 1 < lines) continue;
            file.Write(Encoding.ASCII.GetBytes(block.ToString()));
            block.Clear();
        }

        return watch.Elapsed;
    }

    private void AssertWholeAndInOrder(int lines)
    {
        int expected = -1; // the line before the burst
        foreach (string key in StoredRecords.Keys(stage.Objects))
        {
            foreach (string line in StoredRecords.LinesOf(stage.Objects, key))
            {
                string text = expected == -1 ? "before" : expected == lines ? "after" : expected.ToString("d7", CultureInfo.InvariantCulture);
                if (!line.Contains($"\"log\":\"{text}", StringComparison.Ordinal)) Assert.Fail($"{key}: '{text}' is missing before {line}");
                expected++;
            }
        }

        Assert.Equal(lines + 1, expected);
    }

    private IEnumerable<TimeSpan> Delays(string key)
    {
        DateTime stored = File.GetLastWriteTimeUtc(Path.Combine(stage.Objects, key));
        return StoredRecords.LinesOf(stage.Objects, key).Select(l => stored - JsonSerializer.Deserialize<JsonElement>(l).GetProperty("time").GetDateTime().ToUniversalTime());
    }
}
