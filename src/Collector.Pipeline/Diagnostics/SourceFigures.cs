namespace Collector.Pipeline.Diagnostics;

/// <summary>
/// What was read from one source: in a <see cref="TurnTally"/> during one turn, in a <see cref="BooksSnapshot"/> since the
/// start of the process. A record is counted when it is whole (joined). Not thread safe.
/// </summary>
public sealed class SourceFigures
{
    /// <summary>Records that came out of parsing and joining, whatever became of them.</summary>
    public long Records { get; set; }

    /// <summary>Bytes of the files, as read, newlines and runtime prefixes included.</summary>
    public long Bytes { get; set; }

    /// <summary>Of <see cref="Records"/>: left out because somebody asked for it.</summary>
    public EnumCounts<ExclusionReason> Excluded { get; private set; } = new();

    /// <summary>Of <see cref="Records"/>: no output wanted them.</summary>
    public long Unmatched { get; set; }

    /// <summary>Of <see cref="Records"/>: cut at <c>maxRecordSize</c>.</summary>
    public long Truncated { get; set; }

    /// <summary>Of <see cref="Records"/>: closed without their end.</summary>
    public long Partial { get; set; }

    /// <summary>Of <see cref="Records"/>: not a line of the runtime's format.</summary>
    public long Unparsed { get; set; }

    /// <summary>Of <see cref="Records"/>: of the time of reading, because their own could not be read.</summary>
    public long TimeUnparsed { get; set; }

    /// <summary>Of <see cref="Records"/>: with bytes that are not UTF-8.</summary>
    public long InvalidUtf8 { get; set; }

    /// <summary>Records that at least one output took: the rest of the equation of contract §5.</summary>
    public long Matched => Records - Excluded.Total - Unmatched;

    internal void Add(SourceFigures other)
    {
        Records += other.Records;
        Bytes += other.Bytes;
        Excluded.Add(other.Excluded);
        Unmatched += other.Unmatched;
        Truncated += other.Truncated;
        Partial += other.Partial;
        Unparsed += other.Unparsed;
        TimeUnparsed += other.TimeUnparsed;
        InvalidUtf8 += other.InvalidUtf8;
    }

    internal void Clear()
    {
        Records = Bytes = Unmatched = Truncated = Partial = Unparsed = TimeUnparsed = InvalidUtf8 = 0;
        Excluded.Clear();
    }

    internal SourceFigures Copy()
    {
        var copy = (SourceFigures)MemberwiseClone();
        copy.Excluded = Excluded.Copy();
        return copy;
    }
}
