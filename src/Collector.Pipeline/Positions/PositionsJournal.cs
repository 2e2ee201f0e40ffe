using System.Diagnostics;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Catalog;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Positions;

/// <summary>
/// The durable positions of one output: a journal of unions (FORMAT.md). Gives out the seqs of its output. Thread safe:
/// uploads fold, the tail worker skips and ends generations.
/// </summary>
internal sealed class PositionsJournal : IDisposable
{
    public const string FileName = "positions";
    public const string PreviousName = "positions.prev";
    public const string NewName = "positions.new";

    private readonly Lock _lock = new();
    private readonly ByteBuffer _buffer = new();
    private readonly Numbering _numbering;
    private readonly JournalFile _file;

    /// <summary>Stored or skipped bytes.</summary>
    private readonly CoverageMap _state;

    /// <summary>Seqs that were assigned, or found at start, and are unfinished.</summary>
    private readonly HashSet<long> _pending;
    private readonly Dictionary<GenerationId, NotedEnd> _ended;
    private readonly LoadedPositions _loaded;
    private readonly CatalogLines _catalog;
    private readonly long _since;
    private long _upTo;

    public PositionsJournal(IStorageDirectory directory, Numbering numbering, LoadedPositions loaded)
    {
        _numbering = numbering;
        _loaded = loaded;
        _state = loaded.Coverage;
        _pending = loaded.Pending;
        _ended = loaded.Ended;
        _upTo = loaded.HighestSeq;
        _since = _upTo + 1;
        _catalog = loaded.Catalog;
        _catalog.Load(loaded.CatalogLines);
        FirstStartDone = loaded.FirstStartDone;
        _file = new JournalFile(directory, WriteSnapshot);
    }

    /// <summary>The random bits of this data dir's instance, for chunk ids.</summary>
    public uint Instance => _numbering.Instance;

    /// <summary>Whether this output has been through the first scan of its first start (<c>startAt</c>).</summary>
    public bool FirstStartDone { get; private set; }

    /// <summary>
    /// From now on objects have no catalog lines: the catalog says so when it continues, if there ever was one. Call before
    /// <see cref="Open"/>, which makes it durable.
    /// </summary>
    public void EndCatalog()
    {
        if ((_catalog.Last is not null || _catalog.Waiting.Count > 0) && !_catalog.Waiting.Values.Any(CatalogLine.IsOff))
        {
            _catalog.AddNext(number => CatalogLine.OfOff(number, _pending.Append(_since).Min()));
        }
    }

    /// <summary>
    /// Writes a new journal, or continues the old one on a full disk; called once at start, before anything is folded.
    /// </summary>
    public void Open()
    {
        lock (_lock)
        {
            _file.Open(_loaded.JournalEnd, WriteMissing);
        }
    }

    /// <summary>
    /// The numbers of a new chunk or copy: its seq, and the time of its opening in Unix milliseconds. The seq is pending from
    /// now on, before a file can bear it.
    /// </summary>
    public (long Seq, long OpenedAt) Next()
    {
        lock (_lock)
        {
            var next = _numbering.Next();
            _pending.Add(next.Seq);
            _upTo = Math.Max(_upTo, next.Seq);
            return next;
        }
    }

    /// <summary>No file has this seq any more, or ever had, and nothing depends on its content.</summary>
    public void Unused(long seq)
    {
        lock (_lock)
        {
            _pending.Remove(seq);
        }
    }

    /// <summary>Whether the object of that seq is finished: stored, dropped or given up.</summary>
    public bool IsStored(long seq)
    {
        lock (_lock)
        {
            return seq <= _upTo && !_pending.Contains(seq);
        }
    }

    /// <summary>
    /// Notes that an object is stored, or dropped and counted; durable on return. When it throws, the note may be durable or not:
    /// the caller retries, and does nothing else with the object meanwhile.
    /// </summary>
    /// <param name="seq">The object's.</param>
    /// <param name="openedAt">Unix milliseconds.</param>
    /// <param name="coverage">The object's.</param>
    /// <param name="line">Makes its line of the catalog, by the line's number; null: it has none.</param>
    /// <param name="span">The lines of the catalog that it has itself; null: it is none of the catalog's objects.</param>
    public void Fold(long seq, long openedAt, CoverageMap coverage, Func<long, byte[]>? line = null, CatalogSpan? span = null)
    {
        lock (_lock)
        {
            _state.Add(coverage);
            _pending.Remove(seq);
            _numbering.Raise(seq, openedAt);
            var own = line is null ? default((long, byte[])?) : _catalog.AddFor(seq, line);
            if (span is { } lines)
            {
                _catalog.Tell(lines);
            }

            _buffer.Reset();
            PositionRecords.WriteFold(_buffer, seq, openedAt, coverage, own, span);
            _file.Append(_buffer, sync: true, isInSnapshot: true);
            _catalog.Sure(seq);
        }
    }

    /// <summary>The lines of the catalog that wait: the first ones, as many as follow one another; null: none.</summary>
    /// <param name="mostBytes">No more lines above this length in bytes.</param>
    public CatalogBatch? WaitingLines(long mostBytes)
    {
        lock (_lock)
        {
            return _catalog.Batch(mostBytes) is var (from, lines)
                ? new CatalogBatch(from, lines, lines.Count == _catalog.Waiting.Count ? DecidedSeqs.Of(_since, _upTo, _pending) : null)
                : null;
        }
    }

    /// <summary>How many bytes of lines wait to be put into a catalog object.</summary>
    public long WaitingLineBytes
    {
        get
        {
            lock (_lock)
            {
                return _catalog.WaitingBytes;
            }
        }
    }

    /// <summary>The newest object of the catalog; null: none is known.</summary>
    public CatalogSpan? LastCatalog
    {
        get
        {
            lock (_lock)
            {
                return _catalog.Last;
            }
        }
    }

    /// <summary>An object of the catalog is durable on this disk: its lines wait no longer.</summary>
    public void HoldLines(CatalogSpan span)
    {
        lock (_lock)
        {
            _catalog.Hold(span);
        }
    }

    /// <summary>
    /// Notes that an object is finished although it is not stored, because its sources are read again, or another object has its
    /// records; durable on return. Fails as <see cref="Fold"/>.
    /// </summary>
    public void GiveUp(long seq) => Fold(seq, 0, new CoverageMap());

    /// <summary>
    /// Notes bytes that are skipped for good; durable on return; call again when it throws. Gaps only: not bytes that are stored or
    /// skipped already and, which only the caller knows, not pending ones.
    /// </summary>
    /// <param name="reason">Why they are skipped.</param>
    /// <param name="gaps">Bytes that no output has.</param>
    /// <param name="hasCatalog">Whether the skip gets a catalog line.</param>
    public void Skip(SkipReason reason, CoverageMap gaps, bool hasCatalog = false) =>
        Skip(reason, gaps, hasCatalog ? (number, added) => CatalogLine.OfSkip(number, reason, added) : null);

    /// <summary>Like <see cref="Skip(SkipReason, CoverageMap, bool)"/>, for bytes that are lost.</summary>
    /// <param name="reason">How they were lost.</param>
    /// <param name="lost">Bytes that no output has.</param>
    /// <param name="hasCatalog">Whether they get a catalog line.</param>
    public void SkipLost(BytesLostReason reason, CoverageMap lost, bool hasCatalog) =>
        Skip(SkipReason.NoRecord, lost, hasCatalog ? (number, added) => CatalogLine.OfLoss(number, reason, added) : null);

    /// <summary>Like <see cref="Skip(SkipReason, CoverageMap, bool)"/>.</summary>
    /// <param name="reason">As there.</param>
    /// <param name="gaps">As there.</param>
    /// <param name="makeLine">Makes the catalog line of its number and its gaps; null: there is none.</param>
    internal void Skip(SkipReason reason, CoverageMap gaps, Func<long, CoverageMap, byte[]>? makeLine)
    {
        lock (_lock)
        {
            WithGaps(gaps, added =>
            {
                var line = makeLine is null ? null : _catalog.AddSkip(makeLine, added);
                _buffer.Reset();
                PositionRecords.WriteSkip(_buffer, reason, added, line);
                _file.Append(_buffer, sync: true, isInSnapshot: true);
                _catalog.SureSkip();
            });
        }
    }

    /// <summary>
    /// Notes that the first scan of the first start is done, and what it skipped (gaps only); durable on return, both or none.
    /// </summary>
    public void EndFirstStart(CoverageMap skipped, bool hasCatalog = false)
    {
        lock (_lock)
        {
            var wasDone = FirstStartDone;
            FirstStartDone = true;
            try
            {
                WithGaps(skipped, added =>
                {
                    _ = hasCatalog ? _catalog.AddSkip((number, skip) => CatalogLine.OfSkip(number, SkipReason.StartAt, skip), added) : null;
                    _file.Rewrite();
                    _catalog.SureSkip();
                });
            }
            catch
            {
                FirstStartDone = wasDone;
                throw;
            }
        }
    }

    /// <summary>Notes that were not made durable at once are durable on return.</summary>
    public void Sync()
    {
        lock (_lock)
        {
            _file.Sync();
        }
    }

    /// <summary>Notes that a generation has ended. Durable with the next fold, or <see cref="Sync"/>.</summary>
    /// <param name="id">The generation's.</param>
    /// <param name="end">Whether the output has all of it.</param>
    /// <param name="lostAt">As in <see cref="NotedEnd"/>.</param>
    /// <param name="loss">Makes the catalog line of the loss, by the line's number; null: there is no line.</param>
    public void End(GenerationId id, GenerationEnd end = GenerationEnd.Whole, long lostAt = 0, Func<long, byte[]>? loss = null)
    {
        lock (_lock)
        {
            // The end of a generation that was looked for once more, and not found, is another one than was noted.
            var noted = new NotedEnd(end, lostAt);
            if (!_ended.TryGetValue(id, out var before) || before.With(noted) != before)
            {
                _ended[id] = noted = before.With(noted);
                // Listed twice if the line is stored and the end is not durable; a reader counts the loss once.
                var line = loss is null ? default((long, byte[])?) : _catalog.AddNext(loss);
                _buffer.Reset();
                PositionRecords.WriteEnd(_buffer, id, noted, line);
                _file.Append(_buffer, sync: false, isInSnapshot: true);
            }
        }
    }

    /// <summary>
    /// A generation that has ended before has lost its bytes again, or is in a file again. Durable as <see cref="End"/> is; nothing is
    /// noted of one that has not ended.
    /// </summary>
    /// <param name="id">The generation's.</param>
    /// <param name="lostAt">As in <see cref="NotedEnd"/>; <see cref="NotedEnd.FoundAgain"/>: the time of its loss counts no more.</param>
    public void EndAgain(GenerationId id, long lostAt)
    {
        lock (_lock)
        {
            if (_ended.TryGetValue(id, out var noted) && (noted.LostAt != 0 || lostAt != NotedEnd.FoundAgain))
            {
                End(id, noted.End, lostAt);
            }
        }
    }

    /// <summary>
    /// Notes a catalog line that belongs to no fold. It is durable with the next note. After a crash the same line may be noted
    /// again: two equal lines mean the same as one.
    /// </summary>
    /// <param name="make">Makes the line of the number that it gets.</param>
    public void Tell(Func<long, byte[]> make)
    {
        lock (_lock)
        {
            var line = _catalog.AddNext(make);
            _buffer.Reset();
            PositionRecords.WriteSkip(_buffer, SkipReason.NoRecord, new CoverageMap(), line);
            _file.Append(_buffer, sync: false, isInSnapshot: true);
        }
    }

    /// <summary>Forgets a generation. Durable with the next fold: forgetting late does no harm.</summary>
    public void Forget(GenerationId id)
    {
        lock (_lock)
        {
            var hadEnded = _ended.Remove(id);
            if (_state.Remove(id) || hadEnded)
            {
                _buffer.Reset();
                PositionRecords.WriteEnd(_buffer, id, new NotedEnd(GenerationEnd.Forgotten, 0));
                _file.Append(_buffer, sync: false, isInSnapshot: false);
            }
        }
    }

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded(GenerationId id) => EndOf(id) is not null;

    /// <summary>How it ended; null: it has not.</summary>
    public NotedEnd? EndOf(GenerationId id)
    {
        lock (_lock)
        {
            return _ended.TryGetValue(id, out var end) ? end : null;
        }
    }

    /// <summary>Whether all of <paramref name="coverage"/> is durably stored or skipped: nothing of it is pending.</summary>
    public bool Contains(CoverageMap coverage)
    {
        lock (_lock)
        {
            return _state.Contains(coverage);
        }
    }

    /// <summary>A copy of the durable positions: stored or skipped bytes.</summary>
    public CoverageMap Snapshot()
    {
        lock (_lock)
        {
            return _state.Copy();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _file.Dispose();
            _buffer.Dispose();
        }
    }

    /// <summary>Adds gaps to the state while they are written; after a failure they are gaps again, as before.</summary>
    private void WithGaps(CoverageMap gaps, Action<CoverageMap> write)
    {
        var added = gaps.Copy();
        added.Subtract(_state);
        Debug.Assert(gaps.Entries.All(gap => added.Find(gap.Identity.Id)?.Intervals.Total == gap.Intervals.Total), "what is skipped is stored or skipped already, and no gap");
        var before = new CoverageMap();
        foreach (var entry in added.Entries)
        {
            if (_state.Find(entry.Identity.Id) is { } mine)
            {
                before.GetOrAdd(mine.Identity).Add(mine);
            }
        }

        _state.Add(added);
        try
        {
            write(added);
        }
        catch
        {
            // Any exception, not only a disk's: the retry must find the gaps again. Otherwise the skip would be in memory alone.
            foreach (var entry in added.Entries)
            {
                _state.Remove(entry.Identity.Id);
            }

            _state.Add(before);
            throw;
        }
    }

    private void WriteSnapshot(ByteBuffer to)
    {
        var chain = WriteState(to, _state.Entries);
        long[] pending = [.. _pending];
        pending.AsSpan().Sort();
        PositionRecords.WriteSeqs(to, chain, _upTo, pending);
    }

    /// <summary>
    /// The content of the other copies only, for a journal that continues. It has no statement about seqs, because it is not
    /// complete.
    /// </summary>
    private void WriteMissing(ByteBuffer to)
    {
        var missing = _state.Copy();
        missing.Subtract(_loaded.Journal);
        WriteState(to, missing.Entries.Where(entry => !entry.Intervals.IsEmpty));
    }

    /// <summary>Returns the chain of its records.</summary>
    private uint WriteState(ByteBuffer to, IEnumerable<CoverageEntry> entries)
    {
        var chain = PositionRecords.Chain(0, PositionRecords.WriteHeader(to, _numbering, FirstStartDone));
        foreach (var entry in entries)
        {
            chain = PositionRecords.Chain(chain, PositionRecords.WriteCoverage(to, entry));
        }

        foreach (var (id, end) in _ended)
        {
            chain = PositionRecords.Chain(chain, PositionRecords.WriteEnd(to, id, end));
        }

        foreach (var (number, line) in _catalog.Waiting)
        {
            chain = PositionRecords.Chain(chain, PositionRecords.WriteCatalogLine(to, number, line));
        }

        if (_catalog.Last is { } last)
        {
            chain = PositionRecords.Chain(chain, PositionRecords.WriteCatalogTold(to, _catalog.Told, last));
        }

        return chain;
    }
}
