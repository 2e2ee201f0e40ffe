using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// Commits batches as frames: the records with the coverage, guards and digests of their sources (I1). The generations learn of
/// their coverage when the frame is in its chunk, not before. Owned by the tail worker, one for all chains.
/// </summary>
/// <param name="tally">The turn's tally; records are counted there when their frame is in its chunk.</param>
internal sealed class FrameCommits(TurnTally tally)
{
    private Chain _chain = null!;
    private Generation _generation = null!;
    private byte[] _buffer = [];
    private long _bufferStart;
    private int _bufferLength;

    /// <summary>The bytes before the read ones, asked for only where a guard needs them; -1: not asked yet.</summary>
    private readonly byte[] _before = new byte[ResumeGuard.MaxLength];
    private int _beforeLength = -1;

    /// <summary>Begins a turn on a chain.</summary>
    public void Begin(Chain chain) => _chain = chain;

    /// <summary>Sets the bytes that were read: guards are computed from them, and they stay valid until the next read.</summary>
    public void BeginRead(Generation generation, byte[] buffer, int length, long offset)
    {
        _generation = generation;
        _buffer = buffer;
        _bufferLength = length;
        _bufferStart = offset;
        _beforeLength = -1;
    }

    /// <summary>
    /// Commits batches of an output, each as one frame; when the output does not take one it is <see cref="Output.Failed"/>, and
    /// nothing of that batch is covered.
    /// </summary>
    public void Commit(Output output, IReadOnlyList<Partition> partitions)
    {
        for (var i = 0; i < partitions.Count; i++)
        {
            CommitOne(output, partitions[i]);
        }
    }

    private void CommitOne(Output output, Partition partition)
    {
        var batch = partition.Batch!;
        if (!output.Failed)
        {
            foreach (ref var run in batch.Runs)
            {
                run.Guard = GuardAt(run.Identity.Id, run.To);
                run.SeenSize = _generation.Identity.Id == run.Identity.Id && !_generation.IsGzip ? _generation.Size : 0;
            }

            var coverage = batch.ToCoverage();
            AddUnrecorded(output, coverage);
            if (output.Buffer.Commit(partition, coverage, out var grown) == CommitResult.Committed)
            {
                var figures = tally.GetOrAdd(output.Buffer.Book);
                figures.Records += batch.Records;
                figures.Bytes += grown;
                Cover(output, coverage);
            }
            else
            {
                output.Failed = true;
            }
        }

        output.Buffer.Batches.Release(partition);
    }

    /// <summary>Skips without a record become durable with the records around them.</summary>
    private void AddUnrecorded(Output output, CoverageMap coverage)
    {
        foreach (var entry in coverage.Entries)
        {
            var generation = _chain.Find(entry.Identity.Id)!;
            foreach (var interval in generation.Unrecorded[output.Index].Items)
            {
                entry.Add(interval.From, interval.To, GuardAt(entry.Identity.Id, interval.To));
            }

            entry.Add(generation.Digest);
        }
    }

    private void Cover(Output output, CoverageMap coverage)
    {
        foreach (var entry in coverage.Entries)
        {
            var generation = _chain.Find(entry.Identity.Id)!;
            generation.Covered[output.Index].Add(entry.Intervals);
            foreach (var interval in entry.Intervals.Items)
            {
                generation.Unrecorded[output.Index].Remove(interval.From, interval.To);
            }

            if (entry.Guard.Length > 0 && entry.Intervals.End >= generation.GuardAt)
            {
                generation.Guard = entry.Guard;
                generation.GuardAt = entry.Intervals.End;
            }
        }
    }

    /// <summary>
    /// Of as many bytes as a guard has, also when less was read: the last line alone may be the same in a file that is written anew.
    /// </summary>
    private ResumeGuard GuardAt(GenerationId id, long position)
    {
        var end = position - _bufferStart;
        if (id != _generation.Identity.Id || end <= 0 || end > _bufferLength)
        {
            return default;
        }

        var read = _buffer.AsSpan(0, (int)end);
        if (end >= ResumeGuard.MaxLength || BytesBefore() is not { Length: > 0 } before)
        {
            return ResumeGuard.Of(read);
        }

        Span<byte> all = stackalloc byte[2 * ResumeGuard.MaxLength];
        before.CopyTo(all);
        read.CopyTo(all[before.Length..]);
        return ResumeGuard.Of(all[..(before.Length + read.Length)]);
    }

    /// <summary>What lies before the read bytes; nothing for a compressed file, which is not written anew.</summary>
    private ReadOnlySpan<byte> BytesBefore()
    {
        if (_beforeLength < 0)
        {
            var wanted = (int)Math.Min(_bufferStart, ResumeGuard.MaxLength);
            _beforeLength = _generation is { IsGzip: false, File: { } file } && wanted > 0 && TryRead(file, _before.AsSpan(0, wanted), _bufferStart - wanted) ? wanted : 0;
        }

        return _before.AsSpan(0, _beforeLength);
    }

    /// <summary>What cannot be read now guards nothing: the record itself has been read.</summary>
    private static bool TryRead(SourceFile file, Span<byte> bytes, long offset)
    {
        try
        {
            return file.Read(bytes, offset) == bytes.Length;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
