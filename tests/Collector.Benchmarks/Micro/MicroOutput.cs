using Collector.Pipeline.Buffer;
using Collector.Pipeline.Cri;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Collector.Benchmarks.Micro;

/// <summary>One output's buffer in a temporary directory, with frames of encoded records to append.</summary>
internal sealed class MicroOutput : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("collector-micro").FullName;
    private readonly byte[] _frame = EncodeFrame();
    private readonly Batch _batch = new();
    private readonly OutputBuffer _buffer;
    private readonly Sealer _sealer;
    private long _offset;

    public MicroOutput(Compression compression)
    {
        var log = NullLogger.Instance;
        var recovery = new OutputRecovery(FileSystemDirectory.Open(_path), log);
        var loaded = recovery.Load();
        var numbering = new Numbering(1, TimeProvider.System);
        var template = KeyTemplate.TryParse("p/", out var parsed, out var mistake) ? parsed : throw new InvalidOperationException(mistake);
        var settings = new OutputSettings { Name = "micro", KeyPrefix = template, Node = "node1", Compression = compression, Catalog = new() { Enabled = false }, Shared = new() { MinFreeDisk = default }, Buffer = new() { MaxSize = 1L << 40 } };
        _buffer = new OutputBuffer(settings, recovery.Recover(loaded, numbering), new Books(TimeProvider.System).Output("micro"), TimeProvider.System, log);
        _sealer = new Sealer(_buffer, _ => { }, log);
    }

    public void Append(int frames)
    {
        var partition = _buffer.GetPartition("p/");
        for (var i = 0; i < frames; i++)
        {
            _batch.Reset();
            _batch.Bytes.Append(_frame);
            _batch.EndRecord("2026-11-21T00:00:00Z"u8);
            _batch.Cover(new GenerationIdentity(new GenerationId(1), 0, 1, 2, 3, "chain", "0.log", Fingerprint.Of("abc"u8)), _offset, _offset + _frame.Length);
            _offset += _frame.Length;
            partition.Batch = _batch;
            if (_buffer.Commit(partition, _batch.ToCoverage(), out _) != CommitResult.Committed)
                throw new InvalidOperationException("the buffer does not take the frame");
            partition.Batch = null;
        }
    }

    public void Close() => _buffer.CloseAll();

    public void Seal()
    {
        if (!_sealer.SealNext())
            throw new InvalidOperationException("there is nothing to seal");
    }

    /// <summary>Deletes what was made, so that the disk does not fill.</summary>
    public void Clear()
    {
        Close();
        while (_sealer.SealNext())
        {
        }

        while (_buffer.Backlog.TakeForDrop() is { } item)
        {
            _buffer.Directory.Delete(item.FileName);
            _buffer.Backlog.Remove(item);
        }
    }

    public void Dispose()
    {
        _batch.Dispose();
        _buffer.Dispose();
        Directory.Delete(_path, recursive: true);
    }

    private static byte[] EncodeFrame()
    {
        using var records = new ByteBuffer();
        ReadOnlySpan<byte> rest = MixLines.Make();
        for (int end; records.Length < Batch.CommitAt && (end = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..])
        {
            if (CriLine.TryParse(rest[..end], out var line))
                RecordEncoder.WriteContainer(records, line.Time, line.Stream, line.Text, RecordMarks.None, ParseBenchmarks.Tail, parseJson: false);
        }

        return records.Written.ToArray();
    }
}
