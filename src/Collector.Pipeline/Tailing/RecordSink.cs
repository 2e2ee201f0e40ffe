using System.Diagnostics.CodeAnalysis;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Tailing;

/// <summary>The counted facts about one record.</summary>
[Flags]
internal enum RecordCounts : byte
{
    None = 0,
    Truncated = 1,
    Partial = 2,
    Unparsed = 4,
    InvalidUtf8 = 8,
    TimeUnparsed = 16,
}

/// <summary>
/// Takes whole records from the reader, encodes them into the batches of the matching outputs, commits the batches as frames, and
/// keeps the books. A record is counted as read when the first output has it in its buffer. Owned by the tail worker, one for all
/// chains.
/// </summary>
internal sealed class RecordSink : IDisposable
{
    private readonly Books _books;
    private readonly TimeProvider _clock;
    private readonly TurnTally _tally = new();
    private readonly ByteBuffer _scratch = new();
    private readonly byte[] _readAtText = new byte[RecordTime.FormattedLength];
    private readonly byte[] _ownTimeText = new byte[RecordTime.FormattedLength];
    private readonly ReadCounter _read = new();
    private RecordTime _readAt;
    private readonly FrameCommits _frames;
    private Chain _chain = null!;

    public RecordSink(Books books, TimeProvider clock)
    {
        _books = books;
        _clock = clock;
        _frames = new FrameCommits(_tally);
    }

    /// <summary>Begins a turn on a chain.</summary>
    public void Begin(Chain chain)
    {
        _chain = chain;
        _frames.Begin(chain);
        _readAt = RecordTime.From(_clock.GetUtcNow());
        _readAt.Format(_readAtText);
        foreach (var output in chain.Outputs)
        {
            output.Failed = false;
        }
    }

    /// <summary>
    /// Sets the bytes that were read: guards are computed from them, and they stay valid until <see cref="Commit"/>.
    /// </summary>
    public void BeginRead(Generation generation, byte[] buffer, int length, long offset) => _frames.BeginRead(generation, buffer, length, offset);

    /// <summary>Adds a record of a container. All arguments are borrowed.</summary>
    public void AddContainer(
        Cursor cursor, Route route, ReadOnlySpan<byte> time, LogStream stream, ReadOnlySpan<byte> text, RecordMarks marks, ReadOnlySpan<SourceRun> runs)
    {
        if (route.Excludes(stream))
        {
            Exclude(cursor, route, runs);
            return;
        }

        var parseJson = route.ParsesJson && (marks & RecordMarks.Unparsed) == RecordMarks.None;
        var isNew = IsNew(runs);
        _read.Begin();
        var counts = (RecordCounts)marks;
        Batch? encoded = null;
        int from = 0, length = 0;
        foreach (var part in route.Outputs)
        {
            if (!Accepts(cursor, part.Output, runs) || !TryGetBatch(part, stream, time, out var partition))
            {
                continue;
            }

            var batch = partition.Batch!;
            if (part.Output.Buffer.Settings.Format == ObjectFormat.Text)
            {
                batch.Describe(route.Tail);
                RecordEncoder.WriteText(batch.Bytes, text);
            }
            else if (encoded is not null)
            {
                batch.Bytes.Append(encoded.Bytes.Written.Slice(from, length));
            }
            else
            {
                from = batch.Bytes.Length;
                if (RecordEncoder.WriteContainer(batch.Bytes, time, stream, text, marks, route.Tail.Bytes, parseJson))
                {
                    counts |= RecordCounts.InvalidUtf8;
                }

                (encoded, length) = (batch, batch.Bytes.Length - from);
            }

            _read.AddOutput(part.Output);
            End(batch, time, stream, runs);
        }

        PassOver(cursor, route, runs);
        Count(route, isNew, cursor.IsForNobody, runs, counts);
        CommitLarge(route);
    }

    /// <summary>Adds a line of a <c>file</c> source. All arguments are borrowed.</summary>
    public void AddFileLine(Cursor cursor, Route route, ReadOnlySpan<byte> text, RecordMarks marks, ReadOnlySpan<SourceRun> runs)
    {
        var isNew = IsNew(runs);
        _read.Begin();
        ReadOnlySpan<byte> time = _readAtText;
        _scratch.Reset();
        RecordTime? ownTime = null;
        var repaired = route.Json is { } json
            ? RecordEncoder.WriteFileJson(_scratch, text, json, _readAtText, ref marks, route.Tail.Bytes, out ownTime)
            : RecordEncoder.WriteFileText(_scratch, _readAtText, text, marks, route.Tail.Bytes);
        var counts = (RecordCounts)marks | (repaired ? RecordCounts.InvalidUtf8 : RecordCounts.None);
        if (ownTime is { } named)
        {
            named.Format(_ownTimeText);
            time = _ownTimeText;
        }

        foreach (var part in route.Outputs)
        {
            if (!Accepts(cursor, part.Output, runs) || !TryGetBatch(part, LogStream.None, time, out var partition))
            {
                continue;
            }

            var batch = partition.Batch!;
            if (part.Output.Buffer.Settings.Format == ObjectFormat.Text)
            {
                batch.Describe(route.Tail);
                RecordEncoder.WriteText(batch.Bytes, text);
            }
            else
            {
                batch.Bytes.Append(_scratch.Written);
            }

            _read.AddOutput(part.Output);
            End(batch, time, LogStream.None, runs);
        }

        PassOver(cursor, route, runs);
        Count(route, isNew, cursor.IsForNobody, runs, counts);
        CommitLarge(route);
    }

    /// <summary>Notes bytes without a record: covered now, and durable with the next frame or fold.</summary>
    public static void Skip(Cursor cursor, Generation generation, long from, long to)
    {
        if (cursor.IsForNobody)
        {
            generation.PassOver(from, to);
        }

        foreach (var output in cursor.Outputs)
        {
            if (!output.Failed && !generation.Covered[output.Index].Contains(from, to))
            {
                generation.Covered[output.Index].Add(from, to);
                generation.Unrecorded[output.Index].Add(from, to);
            }
        }
    }

    /// <summary>
    /// Commits all batches; outputs that did not take theirs are <see cref="Output.Failed"/>, with nothing of it covered.
    /// </summary>
    public void Commit()
    {
        foreach (var output in _chain.Outputs)
        {
            _frames.Commit(output, output.Buffer.Batches.TakeAll());
        }

        _read.Commit(_tally.GetOrAdd(_chain.Book), _chain.Outputs.Count > 1);
        _books.Commit(_tally);
    }

    /// <summary>Forgets the batches of a turn that failed with an exception; nothing of them is covered.</summary>
    public void Abandon(Chain chain)
    {
        foreach (var output in chain.Outputs)
        {
            foreach (var partition in output.Buffer.Batches.TakeAll())
            {
                output.Buffer.Batches.Release(partition);
            }
        }

        _read.Clear();
        _books.Commit(_tally);
    }

    public void Dispose() => _scratch.Dispose();

    private static bool Accepts(Cursor cursor, Output output, ReadOnlySpan<SourceRun> runs) =>
        !output.Failed && cursor.Outputs.Contains(output) && !HasAny(output, runs);

    /// <summary>The record is excluded by an annotation or by the configuration: counted, and covered without a record.</summary>
    private void Exclude(Cursor cursor, Route route, ReadOnlySpan<SourceRun> runs)
    {
        var bytes = 0;
        var isNew = IsNew(runs);
        foreach (ref readonly var run in runs)
        {
            bytes += (int)(run.To - run.From);
            Skip(cursor, run.Generation, run.From, run.To);
            if (_chain.Outputs.Count > 1)
            {
                run.Generation.Counted.Add(run.From, run.To);
            }
        }

        if (isNew)
        {
            var figures = _tally.GetOrAdd(_chain.Book);
            ReadCounter.Add(figures, bytes, RecordCounts.None);
            figures.Excluded[route.Reason]++;
        }
    }

    /// <summary>An output that matches the chain, but not this run of the container, skips its records.</summary>
    private void PassOver(Cursor cursor, Route route, ReadOnlySpan<SourceRun> runs)
    {
        if (route.Outputs.Length == _chain.Outputs.Count)
        {
            return;
        }

        foreach (var output in cursor.Outputs)
        {
            if (!Array.Exists(route.Outputs, part => part.Output == output) && !output.Failed)
            {
                foreach (ref readonly var run in runs)
                {
                    run.Generation.Covered[output.Index].Add(run.From, run.To);
                    run.Generation.Unrecorded[output.Index].Add(run.From, run.To);
                }
            }
        }
    }

    /// <summary>Whether the output has any part of it already, for example of a run that was closed early.</summary>
    private static bool HasAny(Output output, ReadOnlySpan<SourceRun> runs)
    {
        foreach (ref readonly var run in runs)
        {
            if (run.Generation.Covered[output.Index].NextCovered(run.From) < run.To)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True if no earlier pass, for another output, counted this record.</summary>
    private bool IsNew(ReadOnlySpan<SourceRun> runs) =>
        _chain.Outputs.Count < 2 || runs[0].Generation.Counted.NextCovered(runs[0].From) >= runs[0].To;

    private bool TryGetBatch(OutputRoute part, LogStream stream, ReadOnlySpan<byte> time, [NotNullWhen(true)] out Partition? partition)
    {
        try
        {
            partition = part.PartitionOf(stream, time, _readAt);
            part.Output.Buffer.Batches.BatchOf(partition);
            return true;
        }
        catch (StorageException e)
        {
            part.Output.Buffer.Space.Failed(e);
            part.Output.Failed = true;
            partition = null;
            return false;
        }
    }

    private static void End(Batch batch, ReadOnlySpan<byte> time, LogStream stream, ReadOnlySpan<SourceRun> runs)
    {
        batch.EndRecord(time, stream);
        foreach (ref readonly var run in runs)
        {
            batch.Cover(run.Generation.Identity, run.From, run.To);
        }
    }

    private void Count(Route route, bool isNew, bool isForNobody, ReadOnlySpan<SourceRun> runs, RecordCounts counts)
    {
        var bytes = 0;
        var isUnwanted = isForNobody || route.Outputs.Length == 0;
        foreach (ref readonly var run in runs)
        {
            bytes += (int)(run.To - run.From);
            if (isUnwanted)
            {
                run.Generation.PassOver(run.From, run.To);
            }
        }

        if (isUnwanted)
        {
            var figures = _tally.GetOrAdd(_chain.Book);
            figures.Unmatched++;
            ReadCounter.Add(figures, bytes, counts);
        }
        else
        {
            _read.End(runs[0].Generation, runs[0].From, runs[0].To, bytes, counts, isNew);
        }
    }

    private void CommitLarge(Route route)
    {
        foreach (var part in route.Outputs)
        {
            _frames.Commit(part.Output, part.Output.Buffer.Batches.TakeDue());
        }
    }
}
