using System.Text;
using Collector.Reading.Search;

namespace Collector.Reading.Lines;

/// <summary>
/// Joins the lines of a stack trace into one, whatever was stored. A line continues the one before it, of the same container and
/// stream, when it is indented, or begins like traces of Java, .NET, Python, Go and Node do. At most <see cref="MostLines"/> are
/// joined.
/// </summary>
public sealed class TraceJoiner(LineSearch search)
{
    private const int MostLines = 500;

    /// <summary>
    /// In nanoseconds: a line that comes this long after the first one does not belong to it, and other lines need not wait for it.
    /// </summary>
    private const long Patience = 1_000_000_000;

    private static readonly byte[][] Beginnings =
    [
        .. new[] { "Caused by:", "Suppressed:", "... ", "at ", "--- End of ", "Traceback (most recent call last)", "During handling of the above", "The above exception was", "goroutine ", "created by " }
            .Select(Encoding.UTF8.GetBytes),
    ];

    private readonly Dictionary<(Source Source, string Stream), (LogLine First, List<byte[]> More)> _open = [];

    /// <summary>The question without its conditions on single lines, so that no line of a trace is missing: all lines.</summary>
    public LineSearch Unjoined { get; } = LineSearch.Everything;

    /// <summary>The number of lines to read for this many joined ones: traces are long.</summary>
    public static int LinesFor(int count) => (int)Math.Min(int.MaxValue, 20L * count);

    /// <summary>Adds the next line; passes complete and matching ones to <paramref name="show"/>.</summary>
    public void Add(LogLine line, Action<LogLine> show)
    {
        CloseBefore(line.MergeTime.UnixNanoseconds - Patience, show);
        var key = (line.Source, line.Stream);
        if (_open.TryGetValue(key, out var open))
        {
            if (open.More.Count < MostLines && GoesOn(line.Text, open))
            {
                open.More.Add(line.Text);
                return;
            }

            Close(key, show);
        }

        _open[key] = (line, []);
    }

    /// <summary>No more lines come.</summary>
    public void Finish(Action<LogLine> show) => CloseBefore(long.MaxValue, show);

    private void CloseBefore(long time, Action<LogLine> show)
    {
        foreach (var key in _open.Where(one => one.Value.First.MergeTime.UnixNanoseconds < time).OrderBy(one => one.Value.First.MergeTime).Select(one => one.Key).ToList())
            Close(key, show);
    }

    private void Close((Source Source, string Stream) key, Action<LogLine> show)
    {
        if (!_open.Remove(key, out var closed))
            return;
        if (closed.More.Count > 0)
            closed.First.Text = [.. closed.First.Text, .. closed.More.SelectMany(text => text.Prepend((byte)'\n'))];
        if (search.Matches(closed.First.Text))
            show(closed.First);
    }

    private static bool GoesOn(ReadOnlySpan<byte> text, (LogLine First, List<byte[]> More) open)
    {
        if (text is [(byte)' ' or (byte)'\t', ..])
            return true;
        foreach (var beginning in Beginnings)
        {
            if (text.StartsWith(beginning))
                return true;
        }

        // Python names the exception at the end of its trace.
        return open.More.Count > 0 && open.More.Exists(line => line.AsSpan().StartsWith(Beginnings[5])) && open.More[^1] is [(byte)' ', ..];
    }
}
