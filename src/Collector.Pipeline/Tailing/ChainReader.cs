using System.Buffers;
using Collector.Pipeline.Cri;
using Collector.Pipeline.Following;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;

namespace Collector.Pipeline.Tailing;

/// <summary>How a read of a cursor ended.</summary>
internal enum ReadOutcome
{
    /// <summary>There may be more.</summary>
    Progress,

    /// <summary>At the end of the content; an unterminated line may be left.</summary>
    AtEnd,

    /// <summary>No output took anything, or the file is not the one that was read: a look finds out.</summary>
    Blocked,
}

/// <summary>
/// Reads: from a cursor's place into the one read buffer, lines, join, and to the sink. One synchronous call stack, without an
/// allocation for a line. Owned by the tail worker.
/// </summary>
internal sealed class ChainReader(RecordSink sink, Func<Chain, Generation, Route> makeRoute) : IDisposable
{
    /// <summary>
    /// The size of one read, and of one frame for each partition. A longer line borrows a buffer of its own while it is processed.
    /// </summary>
    private const int BufferSize = 256 * 1024;

    /// <summary>Room for the text around the message in its line.</summary>
    private const int LineOverhead = 4096;

    /// <summary>Docker escapes a byte with up to six bytes.</summary>
    private const int WorstEscape = 6;

    private readonly ByteBuffer _scratch = new();
    private readonly SourceRun[] _run = new SourceRun[1];
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize);

    public RecordSink Sink => sink;

    /// <summary>Reads once, at most a buffer, and commits the result.</summary>
    public ReadOutcome Read(Chain chain, Cursor cursor, ref long budget)
    {
        var generation = cursor.Generation;
        if (cursor.LongLine is { } line)
        {
            return Search(chain, cursor, line, ref budget);
        }

        var gap = NextGap(cursor, generation);
        var wanted = _buffer.AsSpan(0, (int)Math.Min(_buffer.Length, gap));
        var length = Fill(generation, wanted, cursor.Offset);
        budget -= Math.Max(length, 1);
        if (length < 0)
        {
            return ReadOutcome.Blocked;
        }

        if (length == 0)
        {
            NoteEnd(generation, cursor.Offset);
            return ReadOutcome.AtEnd;
        }

        if (length < wanted.Length)
        {
            NoteEnd(generation, cursor.Offset + length);
        }

        sink.BeginRead(generation, _buffer, length, cursor.Offset);
        var route = RouteOf(chain, generation);
        var consumed = ReadLines(chain, cursor, route, wanted[..length]);
        if (consumed < length && length == gap)
        {
            // The next bytes are covered: the rest of a line that was taken without its end.
            ReadLine(chain, cursor, route, wanted[consumed..length], cursor.Offset + consumed, cursor.Offset + length, isUnterminated: true);
            consumed = length;
        }

        return Finish(chain, cursor, consumed, length, isFilled: length == wanted.Length);
    }

    /// <summary>Makes a record of the unterminated rest at the end of a generation that cannot grow any more.</summary>
    public void ReadUnterminated(Chain chain, Cursor cursor)
    {
        var generation = cursor.Generation;
        var from = cursor.LongLine?.From ?? cursor.Offset;
        var textFrom = cursor.LongLine?.TextFrom ?? cursor.Offset;
        var buffer = Borrow((int)Math.Clamp(generation.Size - textFrom, 0, MaxLine(chain)));
        var length = generation.File!.Read(buffer, textFrom);
        var end = cursor.LongLine is null ? textFrom + length : Math.Max(cursor.LongLine.Value.SearchedTo, textFrom + length);
        cursor.LongLine = null;
        sink.BeginRead(generation, buffer, length, textFrom);

        // A line of NULs only is taken, too: as a line without text.
        ReadLine(chain, cursor, RouteOf(chain, generation), buffer.AsSpan(0, length), from, end, isUnterminated: true);
        CommitRead(chain, cursor, end);
        GiveBack(buffer, generation);
    }

    /// <summary>Makes records of pending parts whose end will not come, or not in time.</summary>
    public void FlushPending(Chain chain, Cursor cursor, RecordMarks marks)
    {
        sink.BeginRead(cursor.Generation, _buffer, 0, cursor.Offset);
        foreach (var pending in cursor.Joiner.Pending)
        {
            Emit(chain, cursor, RouteOf(chain, pending.Runs[0].Generation), pending, marks);
        }

        CommitRead(chain, cursor, cursor.Offset);
    }

    public void Dispose() => _scratch.Dispose();

    /// <summary>
    /// Reads, and adds the bytes to the generation's digest; the end of its first line is a checkpoint there. What is committed of a
    /// file has its first bytes with it: without them its compressed form is another file after a restart. -1: a moment ago the file
    /// was written again from its beginning.
    /// </summary>
    private static int Fill(Generation generation, Span<byte> buffer, long offset)
    {
        var length = generation.File!.Read(buffer, offset);
        if (offset < Fingerprint.MaxLength && length > 0 && !GenerationWatch.UpdateFingerprint(generation, isBeingRead: true))
        {
            return -1;
        }

        generation.Digest = FirstLine.Append(generation.Digest, buffer[..length], offset);
        return length;
    }

    private static int MaxLine(Chain chain) =>
        (chain.Source is ContainerSourceSettings ? chain.Source.LongestRecord * WorstEscape : chain.Source.LongestRecord) + LineOverhead;

    /// <summary>The end of a compressed file is its size.</summary>
    private static void NoteEnd(Generation generation, long offset)
    {
        if (generation.IsGzip)
        {
            generation.Size = offset;
        }
    }

    /// <summary>
    /// Skips what the cursor's outputs have, and returns the length of the gap after it. Coverage begins and ends with a record, so
    /// a gap holds whole records.
    /// </summary>
    private static long NextGap(Cursor cursor, Generation generation)
    {
        var covered = cursor.CoveredOf(generation);
        cursor.Offset = covered.FirstGap(cursor.Offset);
        return covered.NextCovered(cursor.Offset) - cursor.Offset;
    }

    private Route RouteOf(Chain chain, Generation generation) =>
        chain.TryGetRoute(generation, out var route) ? route : chain.AddRoute(generation, makeRoute(chain, generation));

    /// <summary>The read buffer, or one that holds a longer line; the caller returns it.</summary>
    private byte[] Borrow(int length) => length <= _buffer.Length ? _buffer : ArrayPool<byte>.Shared.Rent(length);

    private void GiveBack(byte[] buffer, Generation generation)
    {
        if (buffer != _buffer)
        {
            sink.BeginRead(generation, _buffer, 0, 0);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Processes the whole lines of a buffer; returns their length in bytes.</summary>
    private int ReadLines(Chain chain, Cursor cursor, Route route, ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (true)
        {
            var rest = bytes[at..];
            var end = rest.IndexOf((byte)'\n');
            if (end < 0)
            {
                return at;
            }

            ReadLine(chain, cursor, route, rest[..end], cursor.Offset + at, cursor.Offset + at + end + 1, isUnterminated: false);
            at += end + 1;
        }
    }

    private ReadOutcome Finish(Chain chain, Cursor cursor, int consumed, int length, bool isFilled)
    {
        var end = cursor.Offset + length;
        if (!CommitRead(chain, cursor, cursor.Offset + consumed))
        {
            return ReadOutcome.Blocked;
        }

        if (consumed > 0)
        {
            return isFilled || consumed < length ? ReadOutcome.Progress : ReadOutcome.AtEnd;
        }

        var text = _buffer.AsSpan(0, length);
        if (isFilled || text[0] == 0)
        {
            var nuls = text.IndexOfAnyExcept((byte)0);
            cursor.LongLine = new LongLine(cursor.Offset, nuls < 0 ? end : cursor.Offset + nuls, end);
            return ReadOutcome.Progress;
        }

        return ReadOutcome.AtEnd;
    }

    /// <summary>
    /// Continues to search for the end of a line that does not fit into the buffer, and processes it when it is found.
    /// </summary>
    private ReadOutcome Search(Chain chain, Cursor cursor, LongLine line, ref long budget)
    {
        var generation = cursor.Generation;
        var length = Fill(generation, _buffer, line.SearchedTo);
        budget -= Math.Max(length, 1);
        if (length == 0)
        {
            NoteEnd(generation, line.SearchedTo);
            return ReadOutcome.AtEnd;
        }

        var bytes = _buffer.AsSpan(0, length);
        var nuls = line.TextFrom == line.SearchedTo ? bytes.IndexOfAnyExcept((byte)0) : 0;
        var textFrom = line.TextFrom + (nuls < 0 ? length : nuls);
        var end = bytes.IndexOf((byte)'\n');
        cursor.LongLine = line with { TextFrom = textFrom, SearchedTo = line.SearchedTo + length };
        if (end < 0)
        {
            return ReadOutcome.Progress;
        }

        ReadLongLine(chain, cursor, line.From, textFrom, line.SearchedTo + end);
        return cursor.Outputs.Count == 0 && !cursor.IsForNobody ? ReadOutcome.Blocked : ReadOutcome.Progress;
    }

    private void ReadLongLine(Chain chain, Cursor cursor, long from, long textFrom, long newline)
    {
        var length = (int)Math.Min(newline - textFrom, MaxLine(chain));
        var (generation, buffer) = (cursor.Generation, Borrow(length));
        length = generation.File!.Read(buffer.AsSpan(0, length), textFrom);
        cursor.LongLine = null;
        sink.BeginRead(generation, buffer, length, textFrom);
        ReadLine(chain, cursor, RouteOf(chain, generation), buffer.AsSpan(0, length), from, newline + 1, isUnterminated: false);
        CommitRead(chain, cursor, newline + 1);
        GiveBack(buffer, generation);
    }

    /// <summary>
    /// Commits, and moves the cursor for the outputs that took the records. An output that failed leaves the cursor: its missing
    /// records are not covered, and it returns to them later. False when no output is left.
    /// </summary>
    private bool CommitRead(Chain chain, Cursor cursor, long offset)
    {
        sink.Commit();
        for (var i = cursor.Outputs.Count - 1; i >= 0; i--)
        {
            if (cursor.Outputs[i].Failed)
            {
                chain.Detached.Add(cursor.Outputs[i]);
                cursor.Outputs.RemoveAt(i);
            }
        }

        if (cursor.Outputs.Count == 0 && !cursor.IsForNobody)
        {
            return false;
        }

        cursor.Offset = offset;
        return true;
    }

    private void ReadLine(Chain chain, Cursor cursor, Route route, ReadOnlySpan<byte> line, long from, long to, bool isUnterminated)
    {
        if (!line.IsEmpty && line[0] == 0)
        {
            // A hole that a stale writer left, or blocks that a power failure left empty.
            line = line.TrimStart((byte)0);
        }

        if (chain.Source is FileSourceSettings file)
        {
            ReadFileLine(cursor, route, file, line, from, to, isUnterminated);
        }
        else
        {
            ReadContainerLine(chain, cursor, route, line, from, to, isUnterminated);
        }
    }

    private void ReadFileLine(Cursor cursor, Route route, FileSourceSettings source, ReadOnlySpan<byte> line, long from, long to, bool isUnterminated)
    {
        if (line is [.., (byte)'\r'] && !isUnterminated)
        {
            line = line[..^1];
        }

        // Also the late newline of a line that was taken without it.
        if (line.IsEmpty)
        {
            RecordSink.Skip(cursor, cursor.Generation, from, to);
            return;
        }

        var cut = TextCut.To(line, source.LongestRecord);
        var marks = cut.Length < line.Length ? RecordMarks.Truncated : RecordMarks.None;
        _run[0] = new SourceRun(cursor.Generation, from, to);
        sink.AddFileLine(cursor, route, cut, marks, _run);
    }

    private void ReadContainerLine(Chain chain, Cursor cursor, Route route, ReadOnlySpan<byte> line, long from, long to, bool isUnterminated)
    {
        var generation = cursor.Generation;
        if (generation.Format != LineFormatKnown.Cri && DockerLine.TryParse(line, _scratch, out var docker))
        {
            generation.Format = LineFormatKnown.Docker;
            Join(chain, cursor, route, new StreamLine(docker.Time, docker.Stream, docker.Text, docker.IsPartial), from, to, isUnterminated);
        }
        else if (CriLine.TryParse(line, out var cri))
        {
            generation.Format = generation.Format == LineFormatKnown.NotYet ? LineFormatKnown.Cri : generation.Format;
            Join(chain, cursor, route, new StreamLine(cri.Time, cri.Stream, cri.Text, cri.IsPartial), from, to, isUnterminated);
        }
        else
        {
            ReadUnparsed(chain, cursor, route, line, from, to, isUnterminated);
        }
    }

    private void ReadUnparsed(Chain chain, Cursor cursor, Route route, ReadOnlySpan<byte> line, long from, long to, bool isUnterminated)
    {
        if (line.IsEmpty)
        {
            RecordSink.Skip(cursor, cursor.Generation, from, to);
            return;
        }

        var max = chain.Source.LongestRecord;
        var marks = RecordMarks.Unparsed | (line.Length > max ? RecordMarks.Truncated : RecordMarks.None) | (isUnterminated ? RecordMarks.Partial : RecordMarks.None);
        _run[0] = new SourceRun(cursor.Generation, from, to);
        sink.AddContainer(cursor, route, [], LogStream.None, TextCut.To(line, max), marks, _run);
    }

    private void Join(Chain chain, Cursor cursor, Route route, in StreamLine line, long from, long to, bool isUnterminated)
    {
        var max = chain.Source.LongestRecord;
        if (cursor.Joiner.Passes(line))
        {
            var marks = (isUnterminated ? RecordMarks.Partial : RecordMarks.None) | (line.Text.Length > max ? RecordMarks.Truncated : RecordMarks.None);
            _run[0] = new SourceRun(cursor.Generation, from, to);
            sink.AddContainer(cursor, route, line.Time, line.Stream, TextCut.To(line.Text, max), marks, _run);
        }
        else if (cursor.Joiner.Add(line, isEnd: !line.IsPartial || isUnterminated, cursor.Generation, from, to, max) is { } run)
        {
            Emit(chain, cursor, route, run, isUnterminated ? RecordMarks.Partial : line.IsPartial ? RecordMarks.Truncated : RecordMarks.None);
        }
    }

    private void Emit(Chain chain, Cursor cursor, Route route, PartialRun pending, RecordMarks marks)
    {
        marks |= pending.IsTruncated ? RecordMarks.Truncated : RecordMarks.None;
        var runs = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pending.Runs);
        sink.AddContainer(cursor, route, pending.Time, pending.Stream, TextCut.To(pending.Text.Written, chain.Source.LongestRecord), marks, runs);
        cursor.Joiner.Release(pending);
    }
}
