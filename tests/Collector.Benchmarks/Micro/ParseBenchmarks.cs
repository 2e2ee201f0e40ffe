using BenchmarkDotNet.Attributes;
using Collector.Pipeline.Cri;
using Collector.Pipeline.Records;

namespace Collector.Benchmarks.Micro;

/// <summary>From a MiB of a log to lines, and from lines to records.</summary>
[MemoryDiagnoser, InProcess]
public class ParseBenchmarks : IDisposable
{
    /// <summary>What all records of a file share: 240 bytes, as in the contract's figures.</summary>
    internal static readonly byte[] Tail = RecordTail.Render(new RecordIdentity
    {
        LogType = "application",
        LogSource = "container",
        Cluster = "bench",
        Hostname = "node1",
        Namespace = "bench-1",
        PodName = "app-1",
        PodId = "00000001-0000-4000-8000-000000000001",
        ContainerName = "app",
        DockerId = "0123456789abcdef",
        Host = "node1",
    }).Bytes.ToArray();

    private readonly byte[] _log = MixLines.Make();
    private readonly ByteBuffer _records = new(8 << 20);

    /// <summary>Finds and parses every line.</summary>
    [Benchmark]
    public int Parse()
    {
        var text = 0;
        ReadOnlySpan<byte> rest = _log;
        for (int end; (end = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..])
        {
            text += CriLine.TryParse(rest[..end], out var line) ? line.Text.Length : 0;
        }

        return text;
    }

    /// <summary>As <see cref="Parse"/>, and encodes every line as a record of its own.</summary>
    [Benchmark]
    public int ParseAndEncode()
    {
        _records.Reset();
        ReadOnlySpan<byte> rest = _log;
        for (int end; (end = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..])
        {
            if (CriLine.TryParse(rest[..end], out var line))
            {
                RecordEncoder.WriteContainer(_records, line.Time, line.Stream, line.Text, RecordMarks.None, Tail, parseJson: false);
            }
        }

        return _records.Length;
    }

    [GlobalCleanup]
    public void Dispose() => _records.Dispose();
}
