namespace Collector.Pipeline.Records;

/// <summary>
/// The top-level names that are reserved for the collector (contract §3). They are reserved even in records without them, so that a
/// line cannot forge a <c>cluster</c> or a <c>kubernetes</c> of its own. Marks are reserved only where they are set (except
/// <c>time_unparsed</c>, which is known only after the names were read), and <c>source</c> only where records have it.
/// </summary>
internal static class ReservedNames
{
    public const int Count = 12;

    /// <summary>Longest of them.</summary>
    public const int MaxLength = 13;

    public static ReadOnlySpan<byte> Time => "time"u8;

    /// <summary>Which one <paramref name="name"/> is, from 0; -1 for all others.</summary>
    public static int IndexOf(ReadOnlySpan<byte> name, RecordMarks marks, bool namesSource) => name.Length switch
    {
        4 when name.SequenceEqual(Time) => 0,
        4 when name.SequenceEqual("file"u8) => 9,
        6 when namesSource && name.SequenceEqual("source"u8) => 10,
        7 when name.SequenceEqual("cluster"u8) => 1,
        7 when (marks & RecordMarks.Partial) != RecordMarks.None && name.SequenceEqual("partial"u8) => 2,
        8 when name.SequenceEqual("log_type"u8) => 3,
        8 when name.SequenceEqual("hostname"u8) => 4,
        8 when (marks & RecordMarks.Unparsed) != RecordMarks.None && name.SequenceEqual("unparsed"u8) => 5,
        9 when (marks & RecordMarks.Truncated) != RecordMarks.None && name.SequenceEqual("truncated"u8) => 6,
        10 when name.SequenceEqual("log_source"u8) => 7,
        10 when name.SequenceEqual("kubernetes"u8) => 8,
        13 when name.SequenceEqual("time_unparsed"u8) => 11,
        _ => -1,
    };
}
