using Collector.Pipeline.Records;
using Collector.Reading.Lines;

namespace Collector.Reading.Search;

/// <summary>What a window shows: a line, or the place of one.</summary>
internal interface IShown
{
    /// <summary>Lines were left out before it.</summary>
    bool IsAfterGap { set; }
}

/// <summary>Makes what a window shows.</summary>
/// <param name="line">Borrowed.</param>
/// <param name="merge">Its time for merging.</param>
/// <param name="isContext">The line itself does not match.</param>
internal delegate T MakeShown<out T>(in ParsedLine line, RecordTime merge, bool isContext);

/// <summary>The shown lines of one sequence.</summary>
internal sealed class SearchWindow(LineSearch search)
    : SearchWindow<LogLine>(search, (in line, merge, isContext) => new LogLine(line, merge, search.KeepsRecords) { IsContext = isContext });

/// <summary>The shown ones of lines in order: matches, and the lines around them.</summary>
internal class SearchWindow<T>(LineSearch search, MakeShown<T> make)
    where T : class, IShown
{
    private readonly Queue<T> _before = new();
    private int _after;
    private bool _hasGap;
    private bool _hasShown;

    /// <summary>Adds one line; passes the lines that it makes visible to <paramref name="show"/>.</summary>
    public void Add(in ParsedLine line, RecordTime merge, Action<T> show)
    {
        if (search.IsEverything)
        {
            show(make(line, merge, isContext: false));
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
            var match = make(line, merge, isContext: false);
            match.IsAfterGap = isFirst && _hasGap && _hasShown && search.HasContext;
            show(match);
            (_after, _hasGap, _hasShown) = (search.After, false, true);
        }
        else if (_after > 0)
        {
            _after--;
            show(make(line, merge, isContext: true));
        }
        else if (search.Before > 0)
        {
            if (_before.Count == search.Before)
            {
                _before.Dequeue();
                _hasGap = true;
            }

            _before.Enqueue(make(line, merge, isContext: true));
        }
        else
        {
            _hasGap = true;
        }
    }
}
