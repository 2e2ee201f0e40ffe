using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// The destination of the records of one container run (or one file), resolved once: the end of every record, the matching outputs,
/// and their partitions. When more is known of the container another route replaces it. Owned by the tail worker.
/// </summary>
internal sealed class Route
{
    private readonly bool? _parseJson;

    public Route(SourceSettings source, RecordIdentity identity, IReadOnlyList<Output> outputs)
    {
        Identity = identity;
        var told = source.Complete(identity);
        Tail = RecordTail.Render(told);
        Outputs = [.. outputs.Where(output => output.Wants(source.Name, identity)).Select(output => new OutputRoute(output, told))];
        ParsesJson = source is ContainerSourceSettings { ParseJson: true };
        Json = (source as FileSourceSettings)?.MakeJsonLines();
    }

    /// <param name="source">The source that reads it.</param>
    /// <param name="facts">What is known of the container.</param>
    /// <param name="outputs">All outputs.</param>
    /// <param name="former">The route that this one replaces: its records are made durable before any record goes
    /// elsewhere.</param>
    public Route(SourceSettings source, ContainerFacts facts, IReadOnlyList<Output> outputs, Route? former)
        : this(source, facts.Identity, outputs)
    {
        Excluded = facts.Excluded;
        Reason = facts.Reason;
        _parseJson = facts.ParseJson;
        ParsesJson = facts.ParseJson ?? ParsesJson;
        foreach (var output in Outputs)
        {
            output.Follow(Array.Find(former?.Outputs ?? [], l => l.Output == output.Output));
        }
    }

    public RecordIdentity Identity { get; }

    /// <summary>Streams whose records are counted and left out.</summary>
    public LogStreams Excluded { get; }

    /// <summary>The reason for it.</summary>
    public ExclusionReason Reason { get; }

    /// <summary>Whether a line that is a JSON object also appears parsed.</summary>
    public bool ParsesJson { get; }

    /// <summary>How the lines of a <c>file</c> source become records; null: they are text.</summary>
    public JsonLines? Json { get; }

    public RecordTail Tail { get; }

    /// <summary>Whether it has these facts.</summary>
    public bool Says(ContainerFacts facts) =>
        Identity == facts.Identity && Excluded == facts.Excluded && Reason == facts.Reason && _parseJson == facts.ParseJson;

    public bool Excludes(LogStream stream) => ((byte)Excluded & (byte)stream) != 0;

    /// <summary>The matching outputs.</summary>
    public OutputRoute[] Outputs { get; }
}

/// <summary>One output's part of a route.</summary>
internal sealed class OutputRoute
{
    private const int Streams = 3;
    private readonly PartitionTemplate[] _templates = new PartitionTemplate[Streams];
    private readonly Partition?[] _partitions = new Partition?[Streams];
    private readonly Partition?[] _former = new Partition?[Streams];
    private readonly long[] _periods = new long[Streams];
    private readonly long?[] _readPeriods = new long?[Streams];
    private readonly bool _hasDate;

    public OutputRoute(Output output, RecordIdentity identity)
    {
        Output = output;
        var template = output.Buffer.Settings.KeyPrefix;
        _hasDate = template.HasDate;
        for (var i = 0; i < Streams; i++)
        {
            _templates[i] = i == 0 || template.HasStream ? template.Bind(identity, (LogStream)i) : _templates[0];
        }
    }

    public Output Output { get; }

    /// <summary>It continues where that route ends.</summary>
    public void Follow(OutputRoute? former)
    {
        for (var i = 0; i < Streams; i++)
        {
            _former[i] = former?._partitions[i] ?? former?._former[i];
        }
    }

    /// <summary>The partition of a record of that stream and time (the runtime's text).</summary>
    /// <param name="stream">Its stream.</param>
    /// <param name="time">Its time's text; if that is not a time, <paramref name="readAt"/> counts.</param>
    /// <param name="readAt">The time of reading.</param>
    public Partition PartitionOf(LogStream stream, ReadOnlySpan<byte> time, RecordTime readAt)
    {
        ref var partition = ref _partitions[(int)stream];
        if (!_hasDate && partition is { IsRetired: false })
        {
            return partition;
        }

        return Resolve(ref partition, stream, _hasDate && RecordTime.TryParse(time, out var parsed) ? parsed : readAt, readAt);
    }

    private Partition Resolve(ref Partition? partition, LogStream stream, RecordTime time, RecordTime readAt)
    {
        var template = _templates[(int)stream];
        var period = template.PeriodOf(time);
        if (partition is { IsRetired: false } && period == _periods[(int)stream])
        {
            return partition;
        }

        // Records that a power loss takes go to the same partition when they are read again, unless other metadata or the time of
        // reading chose the partition: then the stream's earlier records are made durable first, or they would be stored after the
        // later ones.
        var next = Output.Buffer.GetPartition(template.Render(time));
        var isOtherReading = time == readAt && (_readPeriods[(int)stream] ?? period) != period;
        if ((_former[(int)stream] is { } former && former != next) || (isOtherReading && partition != next))
        {
            OutputBuffer.SyncBefore(next);
        }

        _readPeriods[(int)stream] = time == readAt ? period : _readPeriods[(int)stream];
        _former[(int)stream] = null;
        _periods[(int)stream] = period;
        return partition = next;
    }
}
