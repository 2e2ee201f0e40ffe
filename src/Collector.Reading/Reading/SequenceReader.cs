using Collector.ObjectStores;
using Collector.Pipeline.Records;
using Collector.Reading.Decoding;
using Collector.Reading.Lines;
using Collector.Reading.Search;

namespace Collector.Reading;

/// <summary>The shown lines of a sequence, in their order, in batches. One thread.</summary>
/// <param name="sequence">Whose.</param>
/// <param name="selection">Selects the wanted records.</param>
/// <param name="search">Selects the lines to show.</param>
/// <param name="fetcher">Gets the objects.</param>
/// <param name="question">For its end.</param>
/// <param name="findings">Receives broken objects.</param>
internal sealed class SequenceReader(
    ObjectSequence sequence, Selection selection, LineSearch search, ObjectFetcher fetcher, Question question, Findings findings) : ILineSource
{
    /// <summary>Enough that the heap of all sequences is seldom touched for nothing; little enough that hundreds may be open.</summary>
    private const int BatchBytes = 32 * 1024;

    private readonly Queue<LogLine> _ready = new();
    private readonly SearchWindow _window = new(search);
    private int _readyBytes;
    private int _next;
    private ListedObject _current;
    private LineSplitter? _lines;
    private LineParser? _parser;
    private RecordTime _latest;
    private bool _isFirstRecord;

    /// <summary>All records of the current object so far are after the end.</summary>
    private bool _isBehindEnd;
    private bool _isOver;

    public ObjectSequence Sequence => sequence;

    /// <summary>How many objects of it are fetched ahead.</summary>
    public int Ahead { get; set; } = 1;

    /// <summary>The next line; <see cref="FillAsync"/> before.</summary>
    public LogLine Head => _ready.Peek();

    public LogLine Dequeue() => _ready.Dequeue();

    /// <summary>There are no more lines, neither here nor in its objects.</summary>
    public bool IsEnded => _isOver && _ready.Count == 0;

    /// <summary>There is a <see cref="Head"/>.</summary>
    public bool HasHead => _ready.Count > 0;

    /// <summary>Gets the next object, unless one is open, without reading it, so that many can be requested in parallel.</summary>
    public async Task OpenAsync(CancellationToken cancellation)
    {
        if (_lines is null && !_isOver)
            _isOver = !await OpenNextAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Reads a batch of the open object.</summary>
    public void ReadBatch()
    {
        if (_lines is not null && !_isOver)
            ReadSome();
    }

    /// <summary>False when there are no more lines.</summary>
    public async ValueTask<bool> FillAsync(CancellationToken cancellation)
    {
        while (!HasHead && !IsEnded)
        {
            cancellation.ThrowIfCancellationRequested();
            await OpenAsync(cancellation).ConfigureAwait(false);
            ReadBatch();
        }

        return HasHead;
    }

    public void Dispose() => _lines?.Dispose();

    private async ValueTask<bool> OpenNextAsync(CancellationToken cancellation)
    {
        while (_next < sequence.Objects.Count)
        {
            _current = sequence.Objects[_next++];
            FetchAhead();
            try
            {
                var body = await fetcher.OpenAsync(_current.Stored, cancellation).ConfigureAwait(false);
                _lines = new LineSplitter(BodyDecoder.Open(_current.Name.Compression, body));
                _parser = sequence.ParserOf(_current);
                _isFirstRecord = true;
                _isBehindEnd = false;
                findings.AddRead();
                return true;
            }
            catch (StoreReadException e) when (e.Trouble == ReadTrouble.NotFound)
            {
                findings.Break(_current.Stored.Key, "it was deleted after it was listed");
            }
        }

        return false;
    }

    /// <summary>
    /// Requested again with each batch, because there may have been no room before. An object that begins after the end is rarely
    /// wanted.
    /// </summary>
    private void FetchAhead()
    {
        for (var i = _next; i < Math.Min(_next + Ahead, sequence.Objects.Count) && !(sequence.Objects[i].Name.OpenedAt > question.Until); i++)
            fetcher.Ahead(sequence.Objects[i].Stored);
    }

    private void ReadSome()
    {
        _readyBytes = 0;
        FetchAhead();
        try
        {
            while (_readyBytes < BatchBytes)
            {
                if (!_lines!.TryRead(out var bytes))
                {
                    Close();
                    _isOver = _isBehindEnd;
                    return;
                }

                if (!_isFirstRecord && !_isBehindEnd && search.Skips(bytes))
                    continue;
                Add(_parser!.Parse(bytes));
            }
        }
        catch (DamagedObjectException e)
        {
            findings.Break(_current.Stored.Key, e.Message);
            Close();
        }
        catch (StoreReadException e) when (e.Trouble == ReadTrouble.NotFound)
        {
            findings.Break(_current.Stored.Key, "it was deleted while it was read");
            Close();
        }
    }

    private void Add(in ParsedLine line)
    {
        _isBehindEnd = (_isFirstRecord || _isBehindEnd) && IsBehindTheEnd(line);
        _isFirstRecord = false;
        findings.OddLines += line.IsOdd ? 1 : 0;
        if (!selection.Accepts(line))
            return;

        // A record without a time counts as late as the record before it, and at least as late as its object.
        var time = line.Time ?? line.Within?.First ?? RecordTime.From(_current.Name.OpenedAt);
        _latest = time > _latest ? time : _latest;
        _window.Add(line, _latest, Show);
    }

    private void Show(LogLine line)
    {
        _ready.Enqueue(line);
        _readyBytes += line.Size;
    }

    /// <summary>
    /// One container's records are in order, so all objects after one whose records are all after the end can be skipped. Its first
    /// record alone does not tell: the clock may have been set back while it was open.
    /// </summary>
    private bool IsBehindTheEnd(in ParsedLine line) =>
        sequence.Values.IsOneContainer && question.Until is { } until && _current.Name.OpenedAt > until && (line.Time ?? line.Within?.First) > question.UntilTime;

    private void Close()
    {
        _lines?.Dispose();
        _lines = null;
    }
}
