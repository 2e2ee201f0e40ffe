using Collector.Pipeline.Records;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// Makes records of the lines of one cursor (DESIGN.md, Joining): a whole line passes without a copy; a part waits here for its
/// end, and no output covers it while it waits. Owned by the tail worker.
/// </summary>
/// <param name="budget">Limits the pending text, over all joiners.</param>
internal sealed class Joiner(PendingBudget budget) : IDisposable
{
    private readonly PartialRun?[] _pending = new PartialRun?[3];

    public bool HasPending => _pending[0] is not null || _pending[1] is not null || _pending[2] is not null;

    /// <summary>The pending runs, at most one for each stream.</summary>
    public IEnumerable<PartialRun> Pending => _pending.OfType<PartialRun>();

    /// <summary>Whether a line is a record by itself: it is whole, and its stream has nothing pending.</summary>
    public bool Passes(in StreamLine line) => !line.IsPartial && _pending[(int)line.Stream] is null;

    /// <summary>
    /// Adds a line to the pending run of its stream. Returns the run of a record that is complete, or must be closed because it has
    /// no more room; the caller calls <see cref="Release"/> after using it. Null: its end is still to come.
    /// </summary>
    public PartialRun? Add(in StreamLine line, bool isEnd, Generation generation, long from, long to, int maxRecordSize)
    {
        var run = _pending[(int)line.Stream] ??= new PartialRun(line.Stream, budget);
        run.Add(line.Time, line.Text, generation, from, to, maxRecordSize);
        return isEnd || run.IsFull(maxRecordSize) || budget.IsExceeded ? run : null;
    }

    public void Release(PartialRun run)
    {
        _pending[(int)run.Stream] = null;
        run.Dispose();
    }

    public void Dispose()
    {
        foreach (var run in Pending)
        {
            Release(run);
        }
    }
}

/// <summary>A parsed line of a container's stream. Borrowed.</summary>
internal readonly ref struct StreamLine(ReadOnlySpan<byte> time, LogStream stream, ReadOnlySpan<byte> text, bool isPartial)
{
    public readonly ReadOnlySpan<byte> Time = time;
    public readonly LogStream Stream = stream;
    public readonly ReadOnlySpan<byte> Text = text;

    /// <summary>Another line of the stream continues this one.</summary>
    public readonly bool IsPartial = isPartial;
}

/// <summary>The <c>P</c> lines of a record whose <c>F</c> has not come. Not covered by any output while it waits here.</summary>
internal sealed class PartialRun(LogStream stream, PendingBudget budget) : IDisposable
{
    /// <summary>A run interleaved with more lines of the other stream than that is closed: its intervals have to be kept.</summary>
    public const int MostRuns = 4096;

    /// <summary>
    /// A run that never ends is closed at this multiple of <c>maxRecordSize</c> in source bytes; the rest is a new record.
    /// </summary>
    public const int MostSizes = 16;

    private readonly byte[] _time = new byte[Buffer.Batch.LongestTime];
    private int _timeLength;

    public LogStream Stream { get; } = stream;

    /// <summary>At most one byte longer than <c>maxRecordSize</c>: then it is to be cut.</summary>
    public ByteBuffer Text { get; } = new(16 * 1024);

    public List<SourceRun> Runs { get; } = [];

    public long SourceBytes { get; private set; }

    public bool IsTruncated { get; private set; }

    /// <summary>The time of its first line.</summary>
    public ReadOnlySpan<byte> Time => _time.AsSpan(0, _timeLength);

    public bool IsFull(int maxRecordSize) => Runs.Count >= MostRuns || SourceBytes >= (long)maxRecordSize * MostSizes;

    public void Add(ReadOnlySpan<byte> time, ReadOnlySpan<byte> text, Generation generation, long from, long to, int maxRecordSize)
    {
        if (Runs.Count == 0)
        {
            _timeLength = Math.Min(time.Length, _time.Length);
            time[.._timeLength].CopyTo(_time);
        }

        if (!IsTruncated)
        {
            var taken = text[..Math.Min(text.Length, maxRecordSize + 1 - Text.Length)];
            Text.Append(taken);
            budget.Add(taken.Length);
            IsTruncated = Text.Length > maxRecordSize;
        }

        SourceBytes += to - from;
        if (Runs.Count > 0 && Runs[^1] is var last && last.To == from && last.Generation == generation)
        {
            Runs[^1] = last with { To = to };
            return;
        }

        Runs.Add(new SourceRun(generation, from, to));
    }

    public void Dispose()
    {
        budget.Remove(Text.Length);
        Text.Dispose();
    }
}
