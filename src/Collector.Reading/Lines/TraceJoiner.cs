using Collector.Reading.Search;

namespace Collector.Reading.Lines;

/// <summary>
/// Joins the lines of a stack trace into one, whatever was stored (<see cref="TraceRules"/>). Lines are joined within one run of
/// a container and one stream. What is shown is in the order of the traces' first lines.
/// </summary>
public sealed class TraceJoiner(LineSearch search)
{
    /// <summary>More than the 1,024 frames of Java's deepest trace.</summary>
    private const int MostLines = 2000;

    /// <summary>All lines that wait for a trace to end.</summary>
    private const int MostBytes = 4 << 20;

    /// <summary>In nanoseconds: a line that comes this long after the one before does not belong to it, and other lines need not wait for it.</summary>
    internal const long Patience = 1_000_000_000;

    private readonly Dictionary<Stream, Trace> _open = [];

    /// <summary>In the order of their first lines.</summary>
    private readonly Queue<Trace> _waiting = [];

    private long _bytes;

    /// <summary>The question without its conditions on single lines, so that no line of a trace is missing: all lines.</summary>
    public LineSearch Unjoined { get; } = LineSearch.Everything;

    /// <summary>Adds the next line; passes complete and matching ones to <paramref name="show"/>.</summary>
    public void Add(LogLine line, Action<LogLine> show)
    {
        var stream = new Stream(line);
        var blank = TraceRules.IsBlank(line.Text);
        _bytes += line.Size;
        if (_open.TryGetValue(stream, out var trace) && trace.IsOpenAt(line))
        {
            // Whether an empty line belongs to the trace is known by the line behind it.
            if (blank && TraceRules.MayHaveBlank(trace.State))
            {
                var between = new Trace(stream, line) { IsOver = true };
                trace.Blanks.Add(between);
                _waiting.Enqueue(between);
                Show(line, show);
                return;
            }

            if (trace.TryAdd(line))
            {
                Show(line, show);
                return;
            }
        }

        trace?.IsOver = true;
        var begun = new Trace(stream, line);
        _open[stream] = begun;
        _waiting.Enqueue(begun);
        Show(line, show);
    }

    /// <summary>No more lines come.</summary>
    public void Finish(Action<LogLine> show)
    {
        while (_waiting.Count > 0)
            ShowFirst(show);
    }

    /// <summary>Shows the traces that are over, up to the first that a line of this time may still belong to.</summary>
    private void Show(LogLine line, Action<LogLine> show)
    {
        while (_waiting.TryPeek(out var first) && (first.IsOver || !first.IsOpenAt(line) || _bytes > MostBytes))
            ShowFirst(show);
    }

    private void ShowFirst(Action<LogLine> show)
    {
        var trace = _waiting.Dequeue();
        if (_open.GetValueOrDefault(trace.Stream) == trace)
            _open.Remove(trace.Stream);
        if (trace.IsPart)
            return;
        _bytes -= trace.Size;
        var joined = trace.Join();
        if (search.Matches(joined.Text))
            show(joined);
    }

    /// <summary>Whose lines are in order, and of one writer.</summary>
    internal readonly record struct Stream(string Namespace, string Pod, string PodId, string Container, string ContainerId, int? Restarts, string Name)
    {
        public Stream(LogLine line)
            : this(line.Source.Namespace, line.Source.Pod, line.Source.PodId, line.Source.Container, line.Source.ContainerId, line.Source.Restarts, line.Stream)
        {
        }
    }

    /// <summary>A line, and those that go on with it.</summary>
    private sealed class Trace(Stream stream, LogLine first)
    {
        private readonly List<byte[]> _more = [];
        private Pipeline.Records.RecordTime _last = first.MergeTime;

        public Stream Stream { get; } = stream;

        public TraceState State { get; private set; } = TraceRules.Begin(first.Text);

        /// <summary>Empty lines behind it that may belong to it.</summary>
        public List<Trace> Blanks { get; } = [];

        /// <summary>No line is added any more.</summary>
        public bool IsOver { get; set; }

        /// <summary>It became part of another one.</summary>
        public bool IsPart { get; private set; }

        public long Size { get; private set; } = first.Size;

        public bool IsOpenAt(LogLine line) => line.MergeTime.UnixNanoseconds - _last.UnixNanoseconds <= Patience;

        public bool TryAdd(LogLine line)
        {
            if (_more.Count >= MostLines || TraceRules.Next(State, line.Text) is not { } next)
                return false;
            foreach (var blank in Blanks)
            {
                blank.IsPart = true;
                _more.Add(blank.First.Text);
                Size += blank.Size;
            }

            Blanks.Clear();
            _more.Add(line.Text);
            Size += line.Size;
            (State, _last) = (next, line.MergeTime);
            return true;
        }

        public LogLine Join()
        {
            if (_more.Count > 0)
                First.Text = [.. First.Text, .. _more.SelectMany(text => text.Prepend((byte)'\n'))];
            return First;
        }

        private LogLine First { get; } = first;
    }
}
