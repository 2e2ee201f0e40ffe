using BenchmarkDotNet.Attributes;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Tailing;

namespace Collector.Benchmarks.Micro;

/// <summary>A MiB of split lines joined: 64 pieces of 16 KiB, as runtimes split, four to a record.</summary>
[MemoryDiagnoser, InProcess]
public class JoinBenchmarks : IDisposable
{
    private const int Piece = 16 * 1024;
    private const int Pieces = 4;
    private const int Records = 16;
    private const int MaxRecordSize = 1 << 20;

    private readonly byte[] _text = new byte[Piece];
    private readonly Generation _generation = new(new GenerationIdentity(new GenerationId(1), 0, 1, 2, 3, "chain", "0.log", Fingerprint.Of("abc"u8)), outputs: 1);

    [Benchmark]
    public long Join()
    {
        long at = 0;
        for (var record = 0; record < Records; record++)
        {
            using var run = new PartialRun(LogStream.Stdout, new PendingBudget(long.MaxValue));
            for (var i = 0; i < Pieces; i++, at += Piece)
            {
                run.Add("2026-11-21T00:00:00.123456789Z"u8, _text, _generation, at, at + Piece, MaxRecordSize);
            }
        }

        return at;
    }

    [GlobalCleanup]
    public void Dispose() => _generation.Dispose();
}
