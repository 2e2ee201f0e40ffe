using System.Diagnostics.CodeAnalysis;
using Collector.ObjectStores;
using Collector.Pipeline.Records;
using Collector.Reading.Decoding;
using Collector.Reading.Lines;
using Collector.Reading.Search;

namespace Collector.Reading;

/// <summary>
/// Reads every object of prefixes that mix containers, to know in which order their lines are to be read (DESIGN.md, "Prefixes that
/// mix containers"). Finds their runs on the way.
/// </summary>
/// <param name="fetcher">Gets the objects.</param>
/// <param name="question">Which records.</param>
/// <param name="search">Selects the lines to show.</param>
/// <param name="bounds">How large a block is.</param>
internal sealed class BlockFinder(ObjectFetcher fetcher, Question question, LineSearch search, MergeBounds bounds)
{
    /// <summary>Whole objects that are decoded at once.</summary>
    private const int AtOnce = 4;

    /// <summary>Objects of a sequence that are fetched ahead.</summary>
    private const int Ahead = 4;

    private readonly ObjectFetcher _fetcher = fetcher;
    private readonly Question _question = question;
    private readonly LineSearch _search = search;
    private readonly MergeBounds _bounds = bounds;

    /// <summary>The blocks with lines that may be shown, in the order in which they are stored.</summary>
    /// <param name="sequences">Those that mix containers.</param>
    /// <param name="runs">Receives the runs; null: all are wanted.</param>
    /// <param name="findings">Receives what is found in all objects, apart from runs.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<IReadOnlyList<Block>> FindAsync(IReadOnlyList<ObjectSequence> sequences, RunTable? runs, Findings findings, CancellationToken cancellation)
    {
        var found = new List<Block>[sequences.Count];
        var parts = sequences.Select(_ => findings.Part()).ToArray();
        await Parallel.ForEachAsync(sequences.Index(), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (one, stop) =>
        {
            var pass = new Pass(this, one.Item, runs, parts[one.Index]);
            for (var i = 0; i < one.Item.Objects.Count; i++)
            {
                stop.ThrowIfCancellationRequested();
                foreach (var next in one.Item.Objects.Skip(i + 1).Take(Ahead))
                    _fetcher.Ahead(next.Stored);
                await pass.ReadAsync(one.Item.Objects[i], stop).ConfigureAwait(false);
            }

            found[one.Index] = pass.Finish();
        }).ConfigureAwait(false);
        foreach (var part in parts)
            findings.Add(part);
        return [.. found.SelectMany(blocks => blocks)];
    }

    /// <summary>The objects of a sequence, one after the other.</summary>
    private sealed class Pass(BlockFinder owner, ObjectSequence sequence, RunTable? runs, Findings findings)
    {
        private readonly List<Block> _blocks = [];
        private readonly MergeTimes _times = new(runs is not null, owner._bounds.MostRuns);
        private readonly Selection _selection = new(owner._question, runs: null, findings);
        private readonly Dictionary<RunName, SearchWindow<Place>> _windows = [];
        private Block? _block;
        private int _number;

        public async Task ReadAsync(ListedObject item, CancellationToken cancellation)
        {
            var seen = new SeenRuns();
            _times.BeginObject();
            try
            {
                var body = await owner._fetcher.OpenAsync(item.Stored, cancellation).ConfigureAwait(false);
                using var lines = new LineSplitter(BodyDecoder.Open(item.Name.Compression, body));
                var parser = sequence.ParserOf(item);
                while (lines.TryRead(out var bytes))
                {
                    if (IsNext(lines))
                        Begin(item, lines);
                    Note(parser.Parse(bytes), _block, seen);
                    _number++;
                }
            }
            catch (DamagedObjectException e)
            {
                findings.Break(item.Stored.Key, e.Message);
            }
            catch (StoreReadException e) when (e.Trouble == ReadTrouble.NotFound)
            {
                findings.Break(item.Stored.Key, "it was deleted after it was listed");
            }

            End();
            runs?.Note(seen.All);
        }

        public List<Block> Finish()
        {
            _blocks.RemoveAll(block => block.Lines == 0);
            _blocks.ForEach(block => block.Finish());
            return _blocks;
        }

        /// <summary>A block begins where a member does, unless members are small or large, or end within lines.</summary>
        [MemberNotNullWhen(false, nameof(_block))]
        private bool IsNext(LineSplitter lines)
        {
            if (_block is null)
                return true;
            var length = lines.LineAt - _block.At;
            return length >= owner._bounds.BlockText / 2 && (length >= owner._bounds.BlockText * 3L / 2 || lines.Begin.Text == lines.LineAt);
        }

        [MemberNotNull(nameof(_block))]
        private void Begin(ListedObject item, LineSplitter lines)
        {
            End();
            _times.BeginBlock();
            _block = new Block(sequence, item, lines.Begin, lines.LineAt) { Before = _times.Before };
            _blocks.Add(_block);
            _number = 0;
            if (_windows.Count > owner._bounds.MostRuns)
                _windows.Clear();
        }

        private void End()
        {
            if (_block is not null)
                _times.EndBlock(_block);
            _block = null;
        }

        private void Note(in ParsedLine line, Block block, SeenRuns seen)
        {
            findings.OddLines += line.IsOdd ? 1 : 0;
            if (_selection.FitsSource(line.Source))
                seen.Note(line.Source, line.Time ?? line.Within?.Last ?? RecordTime.From(block.Item.Name.OpenedAt));
            if (!_selection.Fits(line))
                return;
            var merge = _times.Next(line, block.Item.Name.OpenedAt);
            if (owner._search is { HasContext: true, IsEverything: false })
                WindowOf(_times.LastRun).Add(line, merge, shown => shown.Block.Show(new ShownPlace(shown.Number, shown.IsContext, shown.IsAfterGap), shown.Merge));
            else if (owner._search.Matches(line.Text))
                block.Show(_number, merge);
        }

        /// <summary>The lines around a match are those of its container.</summary>
        private SearchWindow<Place> WindowOf(RunName run)
        {
            if (!_windows.TryGetValue(run, out var window))
                _windows[run] = window = new SearchWindow<Place>(owner._search, (in _, merge, isContext) => new Place(_block!, _number, merge, isContext));
            return window;
        }
    }

    /// <summary>Where a line is that is shown, or may be when a match follows.</summary>
    private sealed record Place(Block Block, int Number, RecordTime Merge, bool IsContext) : IShown
    {
        public bool IsAfterGap { get; set; }
    }
}
