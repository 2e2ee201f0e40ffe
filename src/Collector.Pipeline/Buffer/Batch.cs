using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;

namespace Collector.Pipeline.Buffer;

/// <summary>A run of source bytes that the records of a batch cover.</summary>
internal struct CoverageRun
{
    public GenerationIdentity Identity;
    public long From;
    public long To;

    /// <summary>The guard at <see cref="To"/>, filled in before the commit.</summary>
    public ResumeGuard Guard;

    /// <summary>The size that the file was last seen to have.</summary>
    public long SeenSize;
}

/// <summary>
/// Records of one partition on their way to one frame. Room for the frame's header is kept in front, so that the frame is
/// written with one call and the records are copied once. Owned by the tail worker, which reuses it; not thread safe.
/// </summary>
internal sealed class Batch : IDisposable
{
    /// <summary>A batch this large is committed before its turn is over.</summary>
    public const int CommitAt = 512 * 1024;

    /// <summary>RFC 3339 with nanoseconds and an offset has 35 bytes.</summary>
    public const int LongestTime = 40;

    /// <summary>A spare batch keeps no more; a busy partition's batch grows again within a turn.</summary>
    private const int KeepBuffer = 128 * 1024;

    /// <summary>Capacity of a new batch: records of one read may go to hundreds of partitions.</summary>
    private const int FirstBuffer = 2 * 1024;

    private readonly byte[] _firstTime = new byte[LongestTime];
    private readonly byte[] _lastTime = new byte[LongestTime];
    private CoverageRun[] _runs = new CoverageRun[4];
    private int _runCount;
    private int _firstTimeLength;
    private int _lastTimeLength;

    public Batch() => Reset();

    /// <summary>Where the encoder writes the records.</summary>
    public ByteBuffer Bytes { get; } = new(FirstBuffer);

    public int Records { get; private set; }

    /// <summary>Which streams its records are of; none of them for a <c>file</c> source's.</summary>
    public LogStreams Streams { get; private set; }

    /// <summary>
    /// Whose its first record is, where the records do not say it: the value of <c>kubernetes</c> of a record. The route's; not to be
    /// changed.
    /// </summary>
    public ReadOnlyMemory<byte> Kubernetes { get; private set; }

    /// <summary>Bytes of the records, without the frame around them.</summary>
    public int BodyLength => Bytes.Length - Frame.HeaderLength;

    public Span<CoverageRun> Runs => _runs.AsSpan(0, _runCount);

    public ReadOnlySpan<byte> FirstTime => _firstTime.AsSpan(0, _firstTimeLength);

    public ReadOnlySpan<byte> LastTime => _lastTime.AsSpan(0, _lastTimeLength);

    /// <summary>Says that <see cref="Bytes"/> has one record more, of this time (the runtime's own text; may be empty) and stream.</summary>
    public void EndRecord(ReadOnlySpan<byte> time, LogStream stream = LogStream.None)
    {
        Records++;
        Streams |= (LogStreams)stream;
        if (time.Length is 0 or > LongestTime)
        {
            return;
        }

        if (_firstTimeLength == 0)
        {
            time.CopyTo(_firstTime);
            _firstTimeLength = time.Length;
        }

        time.CopyTo(_lastTime);
        _lastTimeLength = time.Length;
    }

    /// <summary>Says whose the next record is; that of the first one counts.</summary>
    public void Describe(RecordTail of) => Kubernetes = Records == 0 ? of.Kubernetes : Kubernetes;

    /// <summary>Says that the records appended cover these bytes, too.</summary>
    public void Cover(GenerationIdentity identity, long from, long to)
    {
        if (_runCount > 0)
        {
            ref var last = ref _runs[_runCount - 1];
            if (last.To == from && last.Identity.Id == identity.Id)
            {
                last.To = to;
                return;
            }

            if (_runCount == _runs.Length)
            {
                Array.Resize(ref _runs, _runCount * 2);
            }
        }

        _runs[_runCount++] = new CoverageRun { Identity = identity, From = from, To = to };
    }

    /// <summary>The coverage of the batch's records, as a map.</summary>
    public CoverageMap ToCoverage()
    {
        var map = new CoverageMap();
        foreach (ref readonly var run in Runs)
        {
            var entry = map.GetOrAdd(run.Identity);
            entry.Add(run.From, run.To, run.Guard);
            entry.SeenSize = Math.Max(entry.SeenSize, run.SeenSize);
        }

        return map;
    }

    public void Reset()
    {
        Bytes.Reset(KeepBuffer);
        Bytes.Append(stackalloc byte[Frame.HeaderLength]);
        _runs.AsSpan(0, _runCount).Clear();
        Streams = LogStreams.None;
        Kubernetes = default;
        _runCount = Records = _firstTimeLength = _lastTimeLength = 0;
    }

    public void Dispose() => Bytes.Dispose();
}
