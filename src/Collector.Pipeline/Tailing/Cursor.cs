using Collector.Pipeline.Positions;

namespace Collector.Pipeline.Tailing;

/// <summary>A range of a generation's bytes that became one record.</summary>
internal struct SourceRun(Generation generation, long from, long to)
{
    public Generation Generation = generation;
    public long From = from;
    public long To = to;
}

/// <summary>
/// A line that does not fit into the read buffer, or begins with NULs: where it begins, where its text begins, and how far it has
/// been searched for its end.
/// </summary>
internal readonly record struct LongLine(long From, long TextFrom, long SearchedTo);

/// <summary>
/// A place in a chain from which one pass serves one or more outputs: outputs with the same coverage from there on, so that all of
/// them lack the same records. Owned by the tail worker.
/// </summary>
internal sealed class Cursor(Generation generation, long offset, IEnumerable<Output> outputs, PendingBudget budget) : IDisposable
{
    public Generation Generation { get; set; } = generation;

    public long Offset { get; set; } = offset;

    /// <summary>The outputs that it serves; empty with <see cref="IsForNobody"/>.</summary>
    public List<Output> Outputs { get; } = new(outputs);

    /// <summary>No output wants this chain: its records are only counted.</summary>
    public bool IsForNobody { get; init; }

    /// <summary>Makes records of the lines that it reads.</summary>
    public Joiner Joiner { get; } = new(budget);

    public LongLine? LongLine { get; set; }

    /// <summary>The offset at which its container's end was reported to the outputs; -1: not yet.</summary>
    public long FlushedAt { get; set; } = -1;

    /// <summary>Nothing is begun: another cursor at its place would read the same.</summary>
    public bool IsBetweenRecords => !Joiner.HasPending && LongLine is null;

    /// <summary>The coverage of a generation by its outputs.</summary>
    public IntervalSet CoveredOf(Generation generation) => IsForNobody ? generation.Unwanted : generation.Covered[Outputs[0].Index];

    /// <summary>Whether this cursor may serve an output that continues at that place.</summary>
    public bool CanServe(Output output, Generation generation, long offset) =>
        Generation == generation && Offset == offset && IsBetweenRecords && Outputs.Count > 0 && !Outputs.Contains(output) && generation.IsCoveredAlike(output, Outputs[0], offset);

    public void Dispose() => Joiner.Dispose();
}
