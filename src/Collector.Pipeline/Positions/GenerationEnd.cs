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
