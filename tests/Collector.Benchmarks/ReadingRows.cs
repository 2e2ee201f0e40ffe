using System.Globalization;
using System.Text;
using Collector.Pipeline.Buffer.Compressors;
using Collector.Pipeline.Records;
using Collector.Testing.S3;

namespace Collector.Benchmarks;

/// <summary>
/// What answers of <c>collector logs</c> cost: requests, bytes, time and memory among a million objects that are 50 ms away
/// (<see cref="GeneratedBucket"/>), and text a CPU second of a search over a directory. The bucket is computed in this process, on the same
/// cores: times are no better than they would be with a real one.
/// </summary>
internal static class ReadingRows
{
    private const string Hour = "--since-time 2026-11-20T01:00:00Z --until-time 2026-11-20T01:59:59Z --all-restarts";
    private const int Searched = 256 << 20;

    /// <param name="collector">The binary.</param>
    /// <param name="directory">For the logs that are searched.</param>
    public static async Task MeasureAsync(string collector, string directory)
    {
        Console.WriteLine("| question | requests | MB | seconds | CPU seconds | peak memory | limit |\n|---|---|---|---|---|---|---|");
        await using var bucket = new GeneratedBucket(TimeSpan.FromMilliseconds(50));
        Ask(collector, bucket, "last 100 lines of a dead pod by name", $"{GeneratedBucket.Pod(41, 2)} -n ns23 --tail 100", "3 requests, 0.3 s");
        Ask(collector, bucket, "an hour of a Deployment", $"deploy/app41 -n ns23 {Hour}", "2 s");
        Ask(collector, bucket, "an hour of 50 pods, merged", $"'app0*' -n ns23 {Hour}", "128 MiB");
        Search(collector, directory);
    }

    private static void Ask(string collector, GeneratedBucket bucket, string what, string question, string limit)
    {
        // The first one starts everything that a computed bucket starts once.
        for (var round = 0; round < 2; round++)
        {
            bucket.Reset();
            var run = Run($"env AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret {collector} logs {question} -o raw --from '{bucket.From}'");
            if (round > 0)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {bucket.Requests.Count} | {bucket.BytesSent / 1e6:F1} | {run.Seconds:F2} | {run.CpuSeconds:F2} | {Table.MiB(run.PeakRss)} | {limit} |"));
            }
        }
    }

    /// <summary>Records of the mix, in objects of 16 MiB of text.</summary>
    private static void Search(string collector, string directory)
    {
        foreach (var (kind, extension) in ((Compression, string)[])[(Compression.None, ""), (Compression.Gzip, ".gz"), (Compression.Zstd, ".zst")])
        {
            var root = Path.Join(directory, kind.ToString());
            var text = Store(root, kind, extension);
            var run = Run($"{collector} logs -A --all-restarts --grep 'nothing that anybody wrote [0-9]+' --from file://{root}/persisted-logs", expected: 1);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| grep, {kind.ToString().ToLowerInvariant()}: {text / 1e6 / run.CpuSeconds:F0} MB of text a CPU second | | {text / 1e6:F1} of text | {run.Seconds:F2} | {run.CpuSeconds:F2} | {Table.MiB(run.PeakRss)} | 150 MB |"));
        }
    }

    private static ChildRun Run(string command, int expected = 0)
    {
        var run = ChildRun.Measure("sh", "-c", $"exec {command} >/dev/null 2>&1");
        return run.ExitCode == expected ? run : throw new InvalidOperationException($"exit code {run.ExitCode} of: {command}");
    }

    private static long Store(string root, Compression kind, string extension)
    {
        const int Objects = 16;
        long total = 0;
        for (var i = 0; i < Objects; i++)
        {
            var place = Directory.CreateDirectory(Path.Join(root, "persisted-logs", $"namespace-bench.pod-app-{i:D2}.cont-app"));
            var text = Records(i, Searched / Objects);
            using var file = File.Create(Path.Join(place.FullName, $"1763600000000-node-1-{i:x12}1a2b3c4d.jsonl{extension}"));
            using var body = BodyCompressor.Open(kind, 0, file, text.Length);
            body.Write(text);
            total += text.Length;
        }

        return total;
    }

    private static byte[] Records(int pod, int length)
    {
        var text = new StringBuilder(length + 1000);
        var random = new Random(pod);
        for (var i = 0; text.Length < length; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{{\"time\":\"2026-11-20T00:{i / 60_000 % 60:D2}:{i / 1000 % 60:D2}.{i % 1000:D3}000000Z\",\"stream\":\"stdout\",\"log\":\"level=info msg=\\\"request served\\\" id={random.NextInt64():x16} user={random.Next(100_000)} path=/api/v1/cart/{random.Next(1000)} status=200 took={random.Next(900)}ms bytes={random.Next(100_000)}\",\"kubernetes\":{{\"namespace_name\":\"bench\",\"pod_name\":\"app-{pod:D2}\",\"pod_id\":\"{pod:D8}-1111-4222-8333-444455556666\",\"container_name\":\"app\",\"restart_count\":0,\"owner_kind\":\"Deployment\",\"owner_name\":\"app\",\"labels\":{{\"app\":\"cart\",\"tier\":\"web\"}}}}}}\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
