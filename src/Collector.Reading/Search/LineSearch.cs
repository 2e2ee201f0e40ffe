using Collector.Reading.Lines;

namespace Collector.Reading.Search;

/// <summary>Which lines of those that are asked for are shown, and how many around them. Immutable, but for the patterns' own buffers: one thread.</summary>
public sealed record LineSearch
{
    public static LineSearch Everything { get; } = new();

    public TextPattern? Pattern { get; init; }

    /// <summary>Lines that do not match the pattern.</summary>
    public bool IsInverted { get; init; }

    public FieldCondition? Where { get; init; }

    /// <summary>Lines shown before and behind each that matches.</summary>
    public int Before { get; init; }

    public int After { get; init; }

    /// <summary>The lines keep their records as they are stored, for who prints those.</summary>
    public bool KeepsRecords { get; init; }

    internal bool IsEverything => Pattern is null && Where is null;

    /// <summary>Whether a line of an object need not be taken apart, because nothing of it can be shown.</summary>
    internal bool Skips(ReadOnlySpan<byte> stored) => Pattern is not null && !IsInverted && Before == 0 && After == 0 && Pattern.Excludes(stored);

    internal bool Matches(ReadOnlySpan<byte> text) =>
        (Pattern is null || Pattern.IsMatch(text) != IsInverted) && (Where is null || Where.Holds(text));
}

/// <summary>The lines of one sequence that are shown: those that match, and those around them.</summary>
internal sealed class SearchWindow(LineSearch search)
{
    /// <summary>As grep has it: gaps are told only between groups of lines.</summary>
    private bool HasContext => search.Before > 0 || search.After > 0;

    private readonly Queue<LogLine> _before = new();
    private int _after;
    private bool _hasGap;
    private bool _hasShown;

    /// <summary>Takes one line; gives those that are shown because of it to <paramref name="show"/>.</summary>
    public void Take(in ParsedLine line, Pipeline.Records.RecordTime merge, Action<LogLine> show)
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
