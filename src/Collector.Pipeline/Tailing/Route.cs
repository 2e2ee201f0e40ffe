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
    private static readonly LogStream[] Streams = [LogStream.None, LogStream.Stdout, LogStream.Stderr];

    /// <summary>One for each stream, or one for all.</summary>
    private readonly PartitionTemplate[] _templates;
    private readonly StreamRoute?[] _streams = new StreamRoute?[Streams.Length];

    public OutputRoute(Output output, RecordIdentity identity)
    {
        Output = output;
        _templates = Array.ConvertAll(KeyPrefix.HasStream ? Streams : [LogStream.None], stream => KeyPrefix.Bind(identity, stream));
    }

    public Output Output { get; }

    private KeyTemplate KeyPrefix => Output.Buffer.Settings.KeyPrefix;

    /// <summary>It continues where that route ends.</summary>
    public void Follow(OutputRoute? former)
    {
        foreach (var stream in Streams)
        {
            if (former?._streams[(int)stream]?.Last is { } last)
            {
                StreamOf(stream).Former = last;
            }
        }
    }

    /// <summary>The partition of a record of that stream and time (the runtime's text).</summary>
    /// <param name="stream">Its stream.</param>
    /// <param name="time">Its time's text; if that is not a time, <paramref name="readAt"/> counts.</param>
    /// <param name="readAt">The time of reading.</param>
    public Partition PartitionOf(LogStream stream, ReadOnlySpan<byte> time, RecordTime readAt)
    {
        var route = StreamOf(stream);
        if (!KeyPrefix.HasDate && route.Partition is { IsRetired: false } partition)
        {
            return partition;
        }

        return Resolve(route, KeyPrefix.HasDate && RecordTime.TryParse(time, out var parsed) ? parsed : readAt, readAt);
    }

    private StreamRoute StreamOf(LogStream stream) =>
        _streams[(int)stream] ??= new StreamRoute(_templates.Length == 1 ? _templates[0] : _templates[(int)stream]);

    private Partition Resolve(StreamRoute route, RecordTime time, RecordTime readAt)
    {
        var period = route.Template.PeriodOf(time);
        if (route.Partition is { IsRetired: false } partition && period == route.Period)
        {
            return partition;
        }

        // Records that a power loss takes go to the same partition when they are read again, unless other metadata or the time of
        // reading chose the partition: then the stream's earlier records are made durable first, or they would be stored after the
        // later ones.
        var next = Output.Buffer.GetPartition(route.Template.Render(time));
        var isOtherReading = time == readAt && (route.ReadPeriod ?? period) != period;
        if ((route.Former is { } former && former != next) || (isOtherReading && route.Partition != next))
        {
            OutputBuffer.SyncBefore(next);
        }

        route.ReadPeriod = time == readAt ? period : route.ReadPeriod;
        route.Former = null;
        route.Period = period;
        return route.Partition = next;
    }

    /// <summary>The partition of one stream's records.</summary>
    private sealed class StreamRoute(PartitionTemplate template)
    {
        public PartitionTemplate Template { get; } = template;

        /// <summary>Of the last record; null: there was none.</summary>
        public Partition? Partition { get; set; }

        /// <summary>Of the last record by the former route, until there is one by this route.</summary>
        public Partition? Former { get; set; }

        public Partition? Last => Partition ?? Former;

        /// <summary>The period of <see cref="Partition"/>.</summary>
        public long Period { get; set; }

        /// <summary>The period in which a record without a time was last read.</summary>
        public long? ReadPeriod { get; set; }
    }
}
