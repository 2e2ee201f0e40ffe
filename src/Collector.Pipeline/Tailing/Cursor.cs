using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;

namespace Collector.Pipeline.Tailing;

/// <summary>A run of a generation's bytes that a record was made of.</summary>
internal struct SourceRun(Generation generation, long from, long to)
{
    public Generation Generation = generation;
    public long From = from;
    public long To = to;
}

/// <summary>
/// A line that does not fit into the read buffer, or begins with NULs: where it begins, where its text begins, and how far
/// it has been searched for its end.
/// </summary>
internal readonly record struct LongLine(long From, long TextFrom, long SearchedTo);

/// <summary>
/// A place in a chain from which one pass serves one or more outputs: such as have the same coverage from there on, so that
/// what one of them lacks they all lack. Owned by the tail worker.
/// </summary>
internal sealed class Cursor(Generation generation, long offset, IEnumerable<Output> outputs) : IDisposable
{
    public Generation Generation { get; set; } = generation;

    public long Offset { get; set; } = offset;

    /// <summary>Whom it serves; empty with <see cref="IsForNobody"/>.</summary>
    public List<Output> Outputs { get; } = [.. outputs];

    /// <summary>No output wants this chain: its records are only counted.</summary>
    public bool IsForNobody { get; init; }

    /// <summary>What is pending, by stream.</summary>
    public PartialRun?[] Pending { get; } = new PartialRun?[3];

    public LongLine? LongLine { get; set; }

    /// <summary>The offset at which its container's end was told to the outputs; -1: at none.</summary>
    public long FlushedAt { get; set; } = -1;

    public bool HasPending => Pending[0] is not null || Pending[1] is not null || Pending[2] is not null;

    /// <summary>Nothing is begun: another cursor at its place would read the same.</summary>
    public bool IsBetweenRecords => !HasPending && LongLine is null;

    /// <summary>What the outputs it serves have of a generation.</summary>
    public IntervalSet CoveredOf(Generation generation) => IsForNobody ? generation.Unwanted : generation.Covered[Outputs[0].Index];

    /// <summary>Whether an output that is to read on at that place may be served from here.</summary>
    public bool CanServe(Output output, Generation generation, long offset) =>
        Generation == generation && Offset == offset && IsBetweenRecords && Outputs.Count > 0 && !Outputs.Contains(output) && generation.IsCoveredAlike(output, Outputs[0], offset);

    public PartialRun PendingOf(LogStream stream, PendingBudget budget) => Pending[(int)stream] ??= new PartialRun(stream, budget);

    public void Release(LogStream stream)
    {
        Pending[(int)stream]?.Dispose();
        Pending[(int)stream] = null;
    }

    public void Dispose()
    {
        Release(LogStream.None);
        Release(LogStream.Stdout);
        Release(LogStream.Stderr);
    }
}

/// <summary>The <c>P</c> lines of a record whose <c>F</c> has not come. Not covered by anybody while it waits here.</summary>
internal sealed class PartialRun(LogStream stream, PendingBudget budget) : IDisposable
{
    /// <summary>A run interleaved with more lines of the other stream than that is closed: its intervals have to be kept.</summary>
    public const int MostRuns = 4096;

    /// <summary>A run that never ends is closed at so many times <c>maxRecordSize</c> of source bytes; the rest is a new record.</summary>
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
            budget.Take(taken.Length);
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
        budget.Give(Text.Length);
        Text.Dispose();
    }
}
