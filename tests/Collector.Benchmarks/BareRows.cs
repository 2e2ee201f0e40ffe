using Collector.Pipeline.Buffer.Compressors;
using Collector.Pipeline.Records;

namespace Collector.Benchmarks;

/// <summary>What nobody can be faster than, over the same bytes in the same run: finding the newlines, and the compressors alone.</summary>
internal static class BareRows
{
    private const int Piece = 1 << 20;

    public static void Measure(NodeLogs logs)
    {
        var buffer = new byte[Piece];
        Add("bare newline scan of the logs", logs, (path, _) =>
        {
            using var file = File.OpenHandle(path);
            long at = 0;
            for (int got; (got = RandomAccess.Read(file, buffer, at)) > 0; at += got)
            {
                _ = buffer.AsSpan(0, got).Count((byte)'\n');
            }
        });
        foreach (var (name, kind) in ((string, Compression)[])[("gzip", Compression.Gzip), ("zstd", Compression.Zstd)])
        {
            Add($"bare {name} of the logs, default level", logs, (path, length) =>
            {
                using var file = File.OpenRead(path);
                using var body = BodyCompressor.Open(kind, 0, Stream.Null, length);
                file.CopyTo(body, Piece);
            });
        }
    }

    private static void Add(string what, NodeLogs logs, Action<string, long> action)
    {
        var cpu = Environment.CpuUsage.TotalTime;
        foreach (var container in logs.Containers)
        {
            action(container.Path, new FileInfo(container.Path).Length);
        }

        Table.Add(what, logs.Bytes / 1e6 / (Environment.CpuUsage.TotalTime - cpu).TotalSeconds, "MB/CPU-s");
    }
}
