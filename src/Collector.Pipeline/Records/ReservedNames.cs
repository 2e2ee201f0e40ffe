namespace Collector.Pipeline.Records;

/// <summary>
/// The top-level names that are the collector's (contract §3). They are reserved also where a record goes without them, so
/// that a line cannot pass off a <c>cluster</c> or a <c>kubernetes</c> of its own; the marks only where they are set.
/// </summary>
internal static class ReservedNames
{
    public const int Count = 9;

    /// <summary>Longest of them.</summary>
    public const int MaxLength = 10;

    public static ReadOnlySpan<byte> Time => "time"u8;

    /// <summary>Which one <paramref name="name"/> is, from 0; -1 for all others.</summary>
    public static int IndexOf(ReadOnlySpan<byte> name, RecordMarks marks) => name.Length switch
    {
        4 when name.SequenceEqual(Time) => 0,
        7 when name.SequenceEqual("cluster"u8) => 1,
        7 when (marks & RecordMarks.Partial) != RecordMarks.None && name.SequenceEqual("partial"u8) => 2,
        8 when name.SequenceEqual("log_type"u8) => 3,
        8 when name.SequenceEqual("hostname"u8) => 4,
        8 when (marks & RecordMarks.Unparsed) != RecordMarks.None && name.SequenceEqual("unparsed"u8) => 5,
        9 when (marks & RecordMarks.Truncated) != RecordMarks.None && name.SequenceEqual("truncated"u8) => 6,
        10 when name.SequenceEqual("log_source"u8) => 7,
        10 when name.SequenceEqual("kubernetes"u8) => 8,
        _ => -1,
    };
}
