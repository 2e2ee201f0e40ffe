using Collector.Reading.Search;

namespace Collector.Reading.Lines;

/// <summary>The last traces and lines that match. Those of more than <paramref name="mostBytes"/> are not kept.</summary>
/// <param name="search">What matches.</param>
/// <param name="count">How many are kept.</param>
/// <param name="mostBytes">The limit for all of them.</param>
internal sealed class TraceTail(LineSearch search, int count, long mostBytes)
{
    private readonly TraceJoiner _joiner = new(search);
    private readonly Queue<LogLine> _kept = [];
    private readonly HashSet<LogLine> _firstOfStream = [];
    private readonly HashSet<TraceJoiner.Stream> _streams = [];
    private LogLine? _earliest;
    private long _bytes;

    /// <summary>The lines before the first one that is added are not known, so that a trace may lack its beginning.</summary>
    public bool BeginsWithin { get; init; }

    /// <summary>The limit of bytes was reached.</summary>
    public bool IsCut { get; private set; }

    public void Add(LogLine line)
    {
        if (BeginsWithin)
        {
            _earliest ??= line;
            if (_streams.Add(new TraceJoiner.Stream(line)) && line.MergeTime.UnixNanoseconds - _earliest.MergeTime.UnixNanoseconds <= TraceJoiner.Patience)
                _firstOfStream.Add(line);
        }

        _joiner.Add(line, Keep);
    }

    /// <summary>The last ones, in order. Null: there may be others, or one may lack its beginning, before the first line that was added.</summary>
    public IReadOnlyList<LogLine>? Finish()
    {
        _joiner.Finish(Keep);
        return BeginsWithin && (_kept.Count < count || _kept.Any(_firstOfStream.Contains)) ? null : [.. _kept];
    }

    private void Keep(LogLine line)
    {
        _kept.Enqueue(line);
        _bytes += line.Size;
        while (_kept.Count > count || (_bytes > mostBytes && _kept.Count > 1))
        {
            IsCut |= _kept.Count <= count;
            _bytes -= _kept.Dequeue().Size;
        }
    }
}
