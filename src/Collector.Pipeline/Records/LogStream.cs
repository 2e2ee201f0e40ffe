namespace Collector.Pipeline.Records;

/// <summary>Which stream of a container a line came from.</summary>
public enum LogStream : byte
{
    /// <summary>A file source, or a line with an unreadable stream.</summary>
    None = 0,
    Stdout = 1,
    Stderr = 2,
}

/// <summary>Streams of a container, the bits of <see cref="LogStream"/>.</summary>
[Flags]
public enum LogStreams : byte
{
    None = 0,
    Stdout = LogStream.Stdout,
    Stderr = LogStream.Stderr,
    Both = Stdout | Stderr,
}

/// <summary>The marks on a record (contract §3), each also counted.</summary>
[Flags]
public enum RecordMarks : byte
{
    None = 0,

    /// <summary>Cut at <c>maxRecordSize</c>.</summary>
    Truncated = 1,

    /// <summary>Closed without its end (<c>P</c> without <c>F</c>, or a line without its newline at the end of its generation).</summary>
    Partial = 2,

    /// <summary>Not a line of the runtime's format: the text is kept whole.</summary>
    Unparsed = 4,

    /// <summary>The line's own time could not be parsed, so the record has the time of reading.</summary>
    TimeUnparsed = 16,
}
