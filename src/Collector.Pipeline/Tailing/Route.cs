using Collector.Pipeline.Buffer;
using Collector.Pipeline.Records;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// Where the records of one container's life (or one file) go, resolved once: the end of every record, the outputs that want
/// it, and their partitions. Owned by the tail worker.
/// </summary>
internal sealed class Route
{
    public Route(string source, RecordIdentity identity, IReadOnlyList<Lane> lanes)
    {
        Identity = identity;
        Tail = RecordTail.Render(identity);
        Lanes = [.. lanes.Where(lane => lane.Wants(source, identity)).Select(lane => new LaneRoute(lane, identity))];
    }

    public RecordIdentity Identity { get; }

    public RecordTail Tail { get; }

    /// <summary>The outputs that want it.</summary>
    public LaneRoute[] Lanes { get; }
}

/// <summary>One output's part of a route.</summary>
internal sealed class LaneRoute
{
    private const int Streams = 3;
    private readonly PartitionTemplate[] _templates = new PartitionTemplate[Streams];
    private readonly Partition?[] _partitions = new Partition?[Streams];
    private readonly long[] _periods = new long[Streams];
    private readonly bool _hasDate;

    public LaneRoute(Lane lane, RecordIdentity identity)
    {
        Lane = lane;
        var template = lane.Buffer.Settings.KeyPrefix;
        _hasDate = template.HasDate;
        for (var i = 0; i < Streams; i++)
        {
            _templates[i] = i == 0 || template.HasStream ? template.Bind(identity, (LogStream)i) : _templates[0];
        }
    }

    public Lane Lane { get; }

    /// <summary>The partition of a record of that stream and time (the runtime's text).</summary>
    /// <param name="stream">Its stream.</param>
    /// <param name="time">Its time's text; when that is no time, <paramref name="readAt"/> counts.</param>
    /// <param name="readAt">The time of reading.</param>
    public Partition PartitionOf(LogStream stream, ReadOnlySpan<byte> time, RecordTime readAt)
    {
        ref var partition = ref _partitions[(int)stream];
        if (!_hasDate && partition is { IsRetired: false })
        {
            return partition;
        }

        return Resolve(ref partition, stream, _hasDate && RecordTime.TryParse(time, out var parsed) ? parsed : readAt);
    }

    private Partition Resolve(ref Partition? partition, LogStream stream, RecordTime time)
    {
        var template = _templates[(int)stream];
        var period = template.PeriodOf(time);
        if (partition is { IsRetired: false } && period == _periods[(int)stream])
        {
            return partition;
        }

        // What a stream got before is durable before it goes on elsewhere: a power loss must not take the older part
        // and leave the newer, or what is read again would stand behind it.
        if (partition is not null)
        {
            Lane.Buffer.Settle(partition);
        }

        _periods[(int)stream] = period;
        return partition = Lane.Buffer.GetPartition(template.Render(time));
    }
}
