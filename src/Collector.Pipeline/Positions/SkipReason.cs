namespace Collector.Pipeline.Positions;

/// <summary>Why an output skips some bytes of a source. The numbers are the format's.</summary>
internal enum SkipReason : byte
{
    /// <summary>They existed before the output's first start.</summary>
    StartAt = 1,

    /// <summary>They existed before the match was configured.</summary>
    LateMatch = 2,

    /// <summary>They were written while their pod was excluded.</summary>
    ExclusionOver = 3,

    /// <summary>Their stream is excluded.</summary>
    ExcludedStream = 4,

    /// <summary>They make no record: an empty line, a file that is not text.</summary>
    NoRecord = 5,

    /// <summary>The file shrank, and was read before under another id.</summary>
    ShrunkSource = 6,
}
