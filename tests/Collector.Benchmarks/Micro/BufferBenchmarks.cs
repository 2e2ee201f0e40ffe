using BenchmarkDotNet.Attributes;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Records;

namespace Collector.Benchmarks.Micro;

/// <summary>A MiB of records into an open chunk: one frame of <see cref="Batch.CommitAt"/> and another, checksummed and written.</summary>
[MemoryDiagnoser, InProcess]
public class AppendBenchmarks : IDisposable
{
    private readonly MicroOutput _output = new(Compression.None);

    [Benchmark]
    public void Append() => _output.Append(frames: 2);

    [IterationCleanup]
    public void Clear() => _output.Clear();

    [GlobalCleanup]
    public void Dispose() => _output.Dispose();
}

/// <summary>A chunk of 16 MiB of records sealed: read, checked, compressed, written, hashed, made durable, named.</summary>
[MemoryDiagnoser, InProcess]
public class SealBenchmarks : IDisposable
{
    private const int Frames = 32;
    private MicroOutput _output = null!;

    [Params(Compression.None, Compression.Gzip, Compression.Zstd)]
    public Compression Compression { get; set; }

    [GlobalSetup]
    public void Open() => _output = new MicroOutput(Compression);

    [IterationSetup]
    public void Fill()
    {
        _output.Append(Frames);
        _output.Close();
    }

    [Benchmark]
    public void Seal() => _output.Seal();

    [IterationCleanup]
    public void Clear() => _output.Clear();

    [GlobalCleanup]
    public void Dispose() => _output.Dispose();
}
