namespace Collector.Reading.Search;

/// <summary>
/// Selects which of the wanted lines are shown, and how many around them. Immutable.
/// </summary>
public sealed record LineSearch
{
    public static LineSearch Everything { get; } = new();

    public TextPattern? Pattern { get; init; }

    /// <summary>Lines that do not match the pattern.</summary>
    public bool IsInverted { get; init; }

    public FieldCondition? Where { get; init; }

    /// <summary>Lines shown before and after each match.</summary>
    public int Before { get; init; }

    public int After { get; init; }

    /// <summary>Lines keep their stored records, for output that prints them.</summary>
    public bool KeepsRecords { get; init; }

    internal bool IsEverything => Pattern is null && Where is null;

    /// <summary>Whether a line need not be parsed, because nothing of it can be shown.</summary>
    internal bool Skips(ReadOnlySpan<byte> stored) => Pattern is not null && !IsInverted && Before == 0 && After == 0 && Pattern.Excludes(stored);

    internal bool Matches(ReadOnlySpan<byte> text) =>
        (Pattern is null || Pattern.IsMatch(text) != IsInverted) && (Where is null || Where.Holds(text));

    /// <summary>Like grep: a gap is marked only between groups of lines.</summary>
    internal bool HasContext => Before > 0 || After > 0;
}
