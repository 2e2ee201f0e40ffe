namespace Collector.Pipeline.Diagnostics;

/// <summary>
/// The figures of reading one source: in a <see cref="TurnTally"/> during one turn, in a <see cref="BooksSnapshot"/> since the
/// start of the process. A record is counted when it is whole (joined). Not thread safe.
/// </summary>
public sealed class SourceFigures
{
    /// <summary>Records that came out of parsing and joining, including excluded and unmatched ones.</summary>
    public long Records { get; set; }

    /// <summary>Bytes of the files, as read, newlines and runtime prefixes included.</summary>
    public long Bytes { get; set; }

    /// <summary>Part of <see cref="Records"/>: excluded by an annotation or by the configuration.</summary>
    public EnumCounts<ExclusionReason> Excluded { get; private set; } = new();

    /// <summary>Part of <see cref="Records"/>: no output matched.</summary>
    public long Unmatched { get; set; }

    /// <summary>Part of <see cref="Records"/>: cut at <c>maxRecordSize</c>.</summary>
    public long Truncated { get; set; }

    /// <summary>Part of <see cref="Records"/>: stored without their last part.</summary>
    public long Partial { get; set; }

    /// <summary>Part of <see cref="Records"/>: not a line of the runtime's format.</summary>
    public long Unparsed { get; set; }

    /// <summary>Part of <see cref="Records"/>: with the time of reading, because their own could not be parsed.</summary>
    public long TimeUnparsed { get; set; }

    /// <summary>Part of <see cref="Records"/>: with bytes that are not UTF-8.</summary>
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
