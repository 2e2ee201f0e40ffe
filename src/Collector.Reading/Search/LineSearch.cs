using Collector.Reading.Lines;

namespace Collector.Reading.Search;

/// <summary>
/// Selects which of the wanted lines are shown, and how many around them. Immutable apart from the patterns' own buffers: one
/// thread.
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
}

/// <summary>The shown lines of one sequence: matches, and the lines around them.</summary>
internal sealed class SearchWindow(LineSearch search)
{
    /// <summary>Like grep: a gap is marked only between groups of lines.</summary>
    private bool HasContext => search.Before > 0 || search.After > 0;

    private readonly Queue<LogLine> _before = new();
    private int _after;
    private bool _hasGap;
    private bool _hasShown;

    /// <summary>Adds one line; passes the lines that it makes visible to <paramref name="show"/>.</summary>
    public void Add(in ParsedLine line, Pipeline.Records.RecordTime merge, Action<LogLine> show)
    {
        if (search.IsEverything)
        {
            show(new LogLine(line, merge, search.KeepsRecords));
            return;
        }

        if (search.Matches(line.Text))
        {
            var isFirst = true;
            foreach (var context in _before)
            {
                context.IsAfterGap = isFirst && _hasGap && _hasShown;
                isFirst = false;
                show(context);
            }

            _before.Clear();
            show(new LogLine(line, merge, search.KeepsRecords) { IsAfterGap = isFirst && _hasGap && _hasShown && HasContext });
            (_after, _hasGap, _hasShown) = (search.After, false, true);
        }
        else if (_after > 0)
        {
            _after--;
            show(new LogLine(line, merge, search.KeepsRecords) { IsContext = true });
        }
        else if (search.Before > 0)
        {
            if (_before.Count == search.Before)
            {
                _before.Dequeue();
                _hasGap = true;
            }

            _before.Enqueue(new LogLine(line, merge, search.KeepsRecords) { IsContext = true });
        }
        else
        {
            _hasGap = true;
        }
    }
}
