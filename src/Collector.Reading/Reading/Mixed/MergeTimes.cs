using Collector.Pipeline.Records;
using Collector.Reading.Lines;

namespace Collector.Reading;

/// <summary>
/// The times with which the records of a sequence that mixes containers count for merging: the greatest so far of the record's own
/// container, so that its lines keep their order. All records of the question are to be passed in the order in which they are
/// stored, those of unwanted runs too.
/// </summary>
/// <param name="ofRuns">Whether runs count apart, because only one is wanted.</param>
/// <param name="most">Runs that are known.</param>
internal sealed class MergeTimes(bool ofRuns, int most)
{
    public static IReadOnlyDictionary<RunName, RecordTime> None { get; } = new Dictionary<RunName, RecordTime>();

    private Dictionary<RunName, Latest> _runs = [];
    private Dictionary<RunName, RecordTime>? _earlier;
    private bool _isPlain;
    private int _block;
    private Source? _lastSource;
    private RunName _lastName;
    private Latest _last = new();

    /// <summary>The time of the record before.</summary>
    public RecordTime Before { get; private set; } = new(long.MinValue);

    /// <summary>The run of the record before.</summary>
    public RunName LastRun => _lastName;

    /// <summary>Those of a block alone.</summary>
    public static MergeTimes Of(Block block, bool ofRuns)
    {
        var times = new MergeTimes(ofRuns, int.MaxValue) { Before = block.Before };
        foreach (var (run, time) in block.Earlier)
            times._runs[run] = new Latest { Time = time };
        return times;
    }

    /// <summary>Another object begins: a record without a time does not follow one of the object before.</summary>
    public void BeginObject() => Before = new RecordTime(long.MinValue);

    /// <summary>Another block begins.</summary>
    public void BeginBlock()
    {
        _block++;
        (_earlier, _isPlain) = (null, true);
        if (_runs.Count <= most)
            return;

        // Those whose last record is the oldest: they would matter only if a clock were set back before it.
        _runs = _runs.OrderByDescending(one => one.Value.Time).Take(most / 2).ToDictionary();
        _lastSource = null;
    }

    /// <summary>The block is over: what is needed for the times of its records without those before it.</summary>
    public void EndBlock(Block block) => (block.Earlier, block.IsPlain) = (_earlier ?? None, _isPlain);

    /// <summary>The time of the next record. One without a time counts as late as the record before it, and at least as late as its object.</summary>
    public RecordTime Next(in ParsedLine line, DateTimeOffset opened)
    {
        var latest = LatestOf(line.Source);
        var own = line.Time ?? line.Within?.First;
        var time = own ?? Later(Before, RecordTime.From(opened));
        if (time < latest.Time)
        {
            if (latest.Block != _block)
                (_earlier ??= []).TryAdd(_lastName, latest.Time);
            time = latest.Time;
        }
        else
        {
            (latest.Time, latest.Block) = (time, _block);
        }

        _isPlain &= own == time;
        Before = time;
        return time;
    }

    private static RecordTime Later(RecordTime one, RecordTime other) => one > other ? one : other;

    private Latest LatestOf(Source source)
    {
        if (ReferenceEquals(source, _lastSource))
            return _last;
        (_lastSource, _lastName) = (source, new RunName(RunTable.NameOf(source), ofRuns ? source.Life : null));
        if (!_runs.TryGetValue(_lastName, out var latest))
            _runs[_lastName] = latest = new Latest();
        return _last = latest;
    }

    /// <summary>The latest record of a run so far, and in which block it is.</summary>
    private sealed class Latest
    {
        public RecordTime Time { get; set; } = new(long.MinValue);

        public int Block { get; set; }
    }
}
