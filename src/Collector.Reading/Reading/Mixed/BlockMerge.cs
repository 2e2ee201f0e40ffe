using Collector.Pipeline.Records;
using Collector.Reading.Lines;

namespace Collector.Reading;

/// <summary>
/// The lines of blocks, merged by their times. A block is decoded when its turn comes. Lines above a bound are given back, the
/// latest first, and decoded again when theirs comes.
/// </summary>
/// <param name="blocks">In the order in which they are stored, which is that of lines with equal times.</param>
/// <param name="reader">Reads them; disposed here.</param>
/// <param name="mostHeld">The limit of the lines, in bytes.</param>
internal sealed class BlockMerge(IReadOnlyList<Block> blocks, BlockReader reader, long mostHeld) : ILineSource
{
    /// <summary>Blocks whose objects are fetched ahead.</summary>
    private const int Ahead = 8;

    /// <summary>Those that no line came from yet.</summary>
    private readonly List<(Block Block, int Order)> _waiting = [.. blocks.Select((block, order) => (block, order)).OrderBy(one => one.block.Least)];
    private readonly PriorityQueue<OpenBlock, (RecordTime, int)> _open = new();
    private int _begun;
    private long _held;

    /// <summary>Bytes of the lines that are decoded.</summary>
    public long Held => _held;

    /// <summary>How often a block was decoded again.</summary>
    public int Again { get; private set; }

    public LogLine Head => _open.Peek().Head;

    public LogLine Dequeue()
    {
        var block = _open.Dequeue();
        var line = block.Take();
        _held -= line.Size;
        if (!block.IsOver)
            _open.Enqueue(block, block.Next);
        return line;
    }

    public async ValueTask<bool> FillAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Begin();
            if (_open.Count == 0)
                return false;
            if (_open.Peek().HasLines)
                return true;
            cancellation.ThrowIfCancellationRequested();
            var block = _open.Dequeue();
            await ReadAsync(block, cancellation).ConfigureAwait(false);
        }
    }

    public void Dispose() => reader.Dispose();

    /// <summary>Blocks begin that may have a line before the next one of the others.</summary>
    private void Begin()
    {
        while (_begun < _waiting.Count && (!_open.TryPeek(out _, out var next) || (_waiting[_begun].Block.Least, _waiting[_begun].Order).CompareTo(next) <= 0))
        {
            var block = new OpenBlock(_waiting[_begun].Block, _waiting[_begun].Order);
            _open.Enqueue(block, block.Next);
            _begun++;
        }
    }

    private async Task ReadAsync(OpenBlock block, CancellationToken cancellation)
    {
        for (var i = _begun; i < Math.Min(_begun + Ahead, _waiting.Count); i++)
            reader.Ahead(_waiting[i].Block);
        Again += block.IsAgain ? 1 : 0;
        _held += block.Hold(await reader.ReadAsync(block.Block, cancellation).ConfigureAwait(false));
        if (block.IsOver)
            return;
        _open.Enqueue(block, block.Next);
        while (_held > mostHeld && Latest(block) is { } latest)
            _held -= latest.GiveBack();
    }

    /// <summary>The block that holds the latest line; of the one whose line is the next, its first line stays.</summary>
    private OpenBlock? Latest(OpenBlock next)
    {
        OpenBlock? latest = null;
        foreach (var (block, _) in _open.UnorderedItems)
        {
            if (block.Lines > (block == next ? 1 : 0) && (latest is null || block.Last.CompareTo(latest.Last) > 0))
                latest = block;
        }

        return latest;
    }

    /// <summary>A block of which lines are still to come.</summary>
    private sealed class OpenBlock(Block block, int order)
    {
        /// <summary>Those that are held, the next one is the last.</summary>
        private List<LogLine> _lines = [];

        /// <summary>The time of the next line that is not held; null: there is none.</summary>
        private RecordTime? _rest = block.Least;
        private int _taken;

        public Block Block => block;

        public bool HasLines => _lines.Count > 0;

        public int Lines => _lines.Count;

        public bool IsAgain { get; private set; }

        public bool IsOver => _lines.Count == 0 && _rest is null;

        public LogLine Head => _lines[^1];

        /// <summary>The place of its next line in the merge.</summary>
        public (RecordTime, int) Next => (HasLines ? Head.MergeTime : _rest!.Value, order);

        /// <summary>The place of the last line that is held.</summary>
        public (RecordTime, int) Last => (_lines[0].MergeTime, order);

        public LogLine Take()
        {
            var line = _lines[^1];
            _lines.RemoveAt(_lines.Count - 1);
            _taken++;
            return line;
        }

        /// <summary>Takes over its lines; returns how many bytes of them are held.</summary>
        /// <param name="all">Those that were taken, too.</param>
        public long Hold(List<LogLine> all)
        {
            all.Reverse();
            all.RemoveRange(all.Count - Math.Min(all.Count, _taken), Math.Min(all.Count, _taken));
            (_lines, _rest, IsAgain) = (all, null, true);
            return all.Sum(line => (long)line.Size);
        }

        /// <summary>Gives the later half of its lines back; returns how many bytes they are.</summary>
        public long GiveBack()
        {
            var count = Math.Max(1, _lines.Count / 2);
            var size = _lines.Take(count).Sum(line => (long)line.Size);
            _rest = _lines[count - 1].MergeTime;
            _lines.RemoveRange(0, count);
            _lines.TrimExcess();
            return size;
        }
    }
}
