using System.Runtime.CompilerServices;
using Collector.Pipeline.Records;
using Collector.Reading.Lines;
using Collector.Reading.Search;

namespace Collector.Reading;

/// <summary>Merges lines by their times (DESIGN.md, Order): those of sequences as they are stored, and those of blocks.</summary>
/// <param name="fetcher">Gets the objects.</param>
/// <param name="question">Which records.</param>
/// <param name="search">Selects the lines to show.</param>
/// <param name="runs">The wanted runs; null: all.</param>
/// <param name="bounds">How much of blocks is held.</param>
/// <param name="findings">Receives what is found on the way.</param>
internal sealed class LineMerge(ObjectFetcher fetcher, Question question, LineSearch search, RunTable? runs, MergeBounds bounds, Findings findings)
{
    /// <summary>Sequences that are open at once: each takes a quarter of a MiB.</summary>
    private const int MostOpen = 96;

    /// <summary>The limit if some are zstd, because its decoders take a MiB more.</summary>
    private const int MostOpenOfZstd = 24;

    /// <summary>Sequences that are requested in parallel.</summary>
    private const int AtOnce = 16;

    /// <summary>All lines, each once, by their times for merging.</summary>
    /// <param name="sequences">In their stored order.</param>
    /// <param name="blocks">Of other sequences, by their times.</param>
    /// <param name="only">Of the blocks' lines, those of these containers; null: all.</param>
    /// <param name="cancellation">Ends it.</param>
    public async IAsyncEnumerable<LogLine> ReadAsync(
        IReadOnlyList<ObjectSequence> sequences, IReadOnlyList<Block> blocks, IReadOnlySet<ContainerName>? only, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var waiting = new Queue<ObjectSequence>(sequences);
        var mostOpen = sequences.Any(sequence => sequence.Objects.Any(item => item.Name.Compression == Compression.Zstd)) ? MostOpenOfZstd : MostOpen;
        var heads = new PriorityQueue<ILineSource, (RecordTime, int)>();
        var open = new HashSet<ILineSource>();
        var opened = 0;
        try
        {
            var merge = new BlockMerge(blocks, new BlockReader(fetcher, question, search, runs, bounds, findings) { Only = only }, bounds.MostHeld);
            open.Add(merge);
            if (await merge.FillAsync(cancellation).ConfigureAwait(false))
                heads.Enqueue(merge, (merge.Head.MergeTime, opened));

            while (waiting.Count > 0 || heads.Count > 0)
            {
                while (heads.Count < mostOpen && waiting.Count > 0)
                    await OpenSomeAsync(Math.Min(AtOnce, mostOpen - heads.Count)).ConfigureAwait(false);

                if (!heads.TryDequeue(out var reader, out var order))
                    continue;

                // While its next line is the earliest, the sequence is read directly, without going through the heap.
                do
                {
                    findings.Lines++;
                    yield return reader.Dequeue();
                    if (!await reader.FillAsync(cancellation).ConfigureAwait(false))
                    {
                        Close(reader);
                        reader = null;
                    }
                }
                while (reader is not null && (!heads.TryPeek(out _, out var other) || (reader.Head.MergeTime, order.Item2).CompareTo(other) < 0));
                if (reader is not null)
                    heads.Enqueue(reader, (reader.Head.MergeTime, order.Item2));
            }
        }
        finally
        {
            // Also when the caller stops early, or the store fails: the sequence at work is not in the heap then.
            foreach (var reader in open)
                reader.Dispose();
        }

        void Close(ILineSource reader)
        {
            open.Remove(reader);
            reader.Dispose();
        }

        // Requested in parallel, decoded one after the other: the first objects may hold no wanted lines.
        async Task OpenSomeAsync(int most)
        {
            List<SequenceReader> some = [];
            while (some.Count < most && waiting.TryDequeue(out var sequence))
            {
                some.Add(new SequenceReader(sequence, new Selection(question, runs, findings), search, fetcher, question, findings) { Ahead = Math.Max(1, ObjectFetcher.MostAhead / Math.Max(1, sequences.Count)) });
            }

            open.UnionWith(some);
            var unread = some;
            while (unread.Count > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                await Task.WhenAll(unread.Select(reader => reader.OpenAsync(cancellation))).ConfigureAwait(false);
                unread.ForEach(reader => reader.ReadBatch());
                unread = [.. unread.Where(reader => !reader.HasHead && !reader.IsEnded)];
            }

            foreach (var reader in some)
            {
                findings.Waited += ++opened > mostOpen ? 1 : 0;
                if (reader.HasHead)
                    heads.Enqueue(reader, (reader.Head.MergeTime, opened));
                else
                    Close(reader);
            }
        }
    }
}
