using Collector.ObjectStores;
using Collector.Reading.Lines;
using Collector.Reading.Search;

namespace Collector.Reading;

/// <summary>Reads the shown lines of blocks, in any order. One thread.</summary>
/// <param name="fetcher">Gets the objects.</param>
/// <param name="question">Which records.</param>
/// <param name="search">Selects the lines to show.</param>
/// <param name="runs">The wanted runs; null: all.</param>
/// <param name="bounds">How many bodies are open.</param>
/// <param name="findings">Receives what is found about runs; the finder of the blocks found the rest.</param>
internal sealed class BlockReader(ObjectFetcher fetcher, Question question, LineSearch search, RunTable? runs, MergeBounds bounds, Findings findings) : IDisposable
{
    private readonly OpenBodies _bodies = new(fetcher, bounds.MostOpen);
    private readonly HashSet<Block> _counted = [];
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private readonly HashSet<string> _broken = new(StringComparer.Ordinal);

    /// <summary>Only records of these containers; null: of all.</summary>
    public IReadOnlySet<ContainerName>? Only { get; init; }

    /// <summary>The lines by their times for merging; those of equal times as they are stored.</summary>
    public async Task<List<LogLine>> ReadAsync(Block block, CancellationToken cancellation)
    {
        List<LogLine> lines = [];
        var counts = new Findings();
        try
        {
            var text = await _bodies.OpenAsync(block, bounds.BlockText, cancellation).ConfigureAwait(false);
            Read(block, text, counts, lines);
        }
        catch (DamagedObjectException e)
        {
            Break(block, e.Message);
        }
        catch (StoreReadException e) when (e.Trouble == ReadTrouble.NotFound)
        {
            Break(block, "it was deleted while it was read");
        }

        Count(block, counts);
        return IsInOrder(lines) ? lines : [.. lines.OrderBy(line => line.MergeTime)];
    }

    /// <summary>The block will be read soon.</summary>
    public void Ahead(Block block)
    {
        if (block.At == 0)
            fetcher.Ahead(block.Item.Stored);
    }

    public void Dispose() => _bodies.Dispose();

    private void Read(Block block, LineSplitter text, Findings counts, List<LogLine> lines)
    {
        var selection = new Selection(question, runs, counts);
        var parser = block.Sequence.ParserOf(block.Item);
        var times = MergeTimes.Of(block, ofRuns: runs is not null);
        var place = 0;
        for (var number = 0; number < block.Lines; number++)
        {
            if (!text.TryRead(out var bytes))
                throw new DamagedObjectException("it is shorter than it was when it was read before");
            if (block.IsPlain && search.Skips(bytes))
                continue;
            var line = parser.Parse(bytes);
            if (!selection.Fits(line))
                continue;
            var merge = times.Next(line, block.Item.Name.OpenedAt);
            var shown = default(ShownPlace);
            if (block.Places is { } places)
            {
                while (place < places.Count && places[place].Number < number)
                    place++;
                if (place == places.Count || places[place].Number > number)
                    continue;
                shown = places[place];
            }

            if (Only?.Contains(RunTable.NameOf(line.Source)) != false && selection.FitsRun(line) && (block.Places is not null || search.Matches(line.Text)))
                lines.Add(new LogLine(line, merge, search.KeepsRecords) { IsContext = shown.IsContext, IsAfterGap = shown.IsAfterGap });
        }
    }

    /// <summary>A block may be read several times, and counts once.</summary>
    private void Count(Block block, Findings counts)
    {
        if (_read.Add(block.Item.Stored.Key))
            findings.AddRead();
        if (!_counted.Add(block))
            return;
        findings.OtherLives += counts.OtherLives;
        findings.WithoutRun += counts.WithoutRun;
    }

    private void Break(Block block, string how)
    {
        if (_broken.Add(block.Item.Stored.Key))
            findings.Break(block.Item.Stored.Key, how);
    }

    private static bool IsInOrder(List<LogLine> lines)
    {
        for (var i = 1; i < lines.Count; i++)
        {
            if (lines[i].MergeTime < lines[i - 1].MergeTime)
                return false;
        }

        return true;
    }
}
