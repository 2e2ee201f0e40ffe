using Collector.Pipeline.Records;
using Collector.Reading.Lines;

namespace Collector.Reading;

/// <summary>The last lines of blocks.</summary>
/// <param name="reader">Reads the blocks.</param>
/// <param name="findings">Receives that there were too many lines.</param>
internal sealed class BlockTail(BlockReader reader, Findings findings)
{
    private readonly PriorityQueue<LogLine, (RecordTime, int, int)> _kept = new();
    private long _size;
    private bool _isCut;

    /// <summary>
    /// The last <paramref name="count"/> lines, merged by their times. Blocks are read from the one with the latest line on, until
    /// no other one can have a later line than those that were found.
    /// </summary>
    /// <param name="blocks">In the order in which they are stored, which is that of lines with equal times.</param>
    /// <param name="count">At least 1.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<List<LogLine>> ReadAsync(IReadOnlyList<Block> blocks, int count, CancellationToken cancellation)
    {
        foreach (var (order, block) in blocks.Index().OrderByDescending(one => one.Item.Greatest))
        {
            cancellation.ThrowIfCancellationRequested();
            if ((_kept.Count == count || _isCut) && block.Greatest < _kept.Peek().MergeTime)
                break;
            foreach (var (index, line) in (await reader.ReadAsync(block, cancellation).ConfigureAwait(false)).Index())
                Keep(line, (line.MergeTime, order, index), count);
        }

        findings.IsTailCut |= _isCut;
        var lines = new List<LogLine>(_kept.Count);
        while (_kept.TryDequeue(out var line, out _))
            lines.Add(line);
        return lines;
    }

    private void Keep(LogLine line, (RecordTime, int, int) place, int count)
    {
        // What was cut off once stays away: no line may be missing between two.
        if (_isCut && _kept.TryPeek(out _, out var first) && place.CompareTo(first) < 0)
            return;
        _kept.Enqueue(line, place);
        _size += line.Size;
        while (_kept.Count > count || (_size > TailReader.MostBytes && _kept.Count > 1))
        {
            _isCut |= _kept.Count <= count;
            _size -= _kept.Dequeue().Size;
        }
    }
}
