namespace Collector.Pipeline.Positions;

/// <summary>What an output noted of a generation's end. The numbers are those of a <c>PEND</c> record (Buffer/FORMAT.md).</summary>
public enum GenerationEnd : byte
{
    /// <summary>The output has all of it. If its coverage does not, records were lost after they were read, by a power failure.</summary>
    Whole = 0,

    /// <summary>It is gone, and its coverage no longer matters.</summary>
    Forgotten = 1,

    /// <summary>It ended before the output had all of it. What is missing was counted as lost, or is not wanted.</summary>
    Incomplete = 2,
}

/// <summary>A generation's end as it was noted.</summary>
/// <param name="End">Whether the output has all of it.</param>
/// <param name="LostAt">When it lost its bytes, in Unix nanoseconds (Following/DESIGN.md); 0: it had not, or the time is not known.</param>
internal readonly record struct NotedEnd(GenerationEnd End, long LostAt)
{
    /// <summary>The <see cref="LostAt"/> of a generation that was found again: later than any file.</summary>
    public const long FoundAgain = long.MaxValue;

    /// <summary>The end that is right when another one was noted later: it may be lost, and found, several times.</summary>
    public NotedEnd With(NotedEnd later) =>
        new(End == GenerationEnd.Incomplete ? End : later.End, later.LostAt != 0 ? later.LostAt : LostAt);
}
