namespace Collector.Pipeline.Diagnostics;

/// <summary>
/// The accounting of records, which always balances (I4). All of it is plain numbers behind one lock, which is held for a few
/// additions in each turn, chunk or object, and for copying at a scrape; never for a record, I/O or a callback. Because of that
/// single lock a snapshot is a consistent state. Thread safe.
/// </summary>
public sealed class Books
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly List<SourceBook> _sources = [];
    private readonly List<OutputBook> _outputs = [];
    private readonly List<TailBook> _tails = [];
    private readonly Losses _losses = new();
    private readonly CountedFiles _counted = new();
    private long _rotations;
    private long _filesWithoutMetadata;

    public Books(TimeProvider clock) => _clock = clock;

    /// <summary>The account of the source of that name, opened when there is none.</summary>
    public SourceBook Source(string name)
    {
        lock (_gate)
        {
            var book = _sources.Find(known => known.Name == name);
            if (book is null)
            {
                _sources.Add(book = new SourceBook(name, _sources.Count));
            }

            return book;
        }
    }

    /// <summary>The account of the output of that name, opened when there is none; also for one that only has a backlog left.</summary>
    public OutputBook Output(string name)
    {
        lock (_gate)
        {
            var book = _outputs.Find(known => known.Name == name);
            if (book is null)
            {
                _outputs.Add(book = new OutputBook(name, _outputs.Count, _gate, _clock));
            }

            return book;
        }
    }

    /// <summary>The gauges of one more tail worker.</summary>
    public TailBook AddTail()
    {
        lock (_gate)
        {
            var book = new TailBook(_gate);
            _tails.Add(book);
            return book;
        }
    }

    /// <summary>
    /// Books all that one turn did, at once, and empties <paramref name="turn"/>. Called after the turn's frames are
    /// appended. A chunk that is sealed in between makes <c>open</c> negative for that moment; the sum stays right.
    /// </summary>
    public void Commit(TurnTally turn)
    {
        lock (_gate)
        {
            for (var i = 0; i < turn.Sources.Length; i++)
            {
                _sources[i].Figures.Add(turn.Sources[i]);
                turn.Sources[i].Clear();
            }

            for (var i = 0; i < turn.Outputs.Length; i++)
            {
                Append(_outputs[i].Figures, turn.Outputs[i]);
                turn.Outputs[i].Clear();
            }
        }
    }

    /// <summary>A generation was followed to its successor.</summary>
    public void Rotated()
    {
        lock (_gate)
        {
            _rotations++;
        }
    }

    /// <summary>A file is read with only its path's metadata, because its pod's metadata did not arrive in time.</summary>
    public void FileWithoutMetadata()
    {
        lock (_gate)
        {
            _filesWithoutMetadata++;
        }
    }

    /// <summary>Bytes that were seen in files and lost before they were read.</summary>
    public void LostBytes(BytesLostReason reason, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        lock (_gate)
        {
            _losses.Bytes[reason] += bytes;
            Lost(bytes);
        }
    }

    /// <summary>Files that must have existed.</summary>
    public void LostFiles(FilesLostReason reason, long files)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(files);
        lock (_gate)
        {
            _losses.Files[reason] += files;
            Lost(files);
        }
    }

    /// <summary>
    /// A file that is there, cannot be read, and is met again by the next run: it is counted once, however many runs meet it.
    /// </summary>
    /// <param name="what">Identifies the file over restarts.</param>
    /// <param name="bytes">Its bytes, as far as they are known.</param>
    /// <returns>Whether it was counted now; false: it had been counted before, perhaps by an earlier run.</returns>
    internal bool LostUnreadable(string what, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        lock (_gate)
        {
            var meeting = _counted.Meet(what, _clock.GetUtcNow());
            if (meeting == Meeting.First)
            {
                _losses.Files[FilesLostReason.Unreadable]++;
                _losses.Bytes[BytesLostReason.Unreadable] += bytes;
                Lost(1);
            }
            else if (meeting == Meeting.Renewed)
            {
                _losses.Version++;
            }

            return meeting == Meeting.First;
        }
    }

    /// <summary>A copy of the losses, with the counted files; null: they are still of that version.</summary>
    internal Losses? LossesSince(long version)
    {
        lock (_gate)
        {
            return _losses.Version == version ? null : _losses.Copy([.. _counted.All]);
        }
    }

    /// <summary>
    /// Continues the loss counters of earlier runs, and returns their <see cref="Diagnostics.Losses.Version"/>. Only these counters
    /// continue over restarts: those of outputs and sources must balance within a run (I4).
    /// </summary>
    public long Continue(Losses earlier)
    {
        lock (_gate)
        {
            _counted.Add(earlier.CountedFiles, _clock.GetUtcNow());
            _losses.Bytes.Add(earlier.Bytes);
            _losses.Files.Add(earlier.Files);
            _losses.ToldAt = earlier.ToldAt;
            return ++_losses.Version;
        }
    }

    /// <summary>Notes that a scrape has shown this version; a later loss is still to be shown.</summary>
    public void Told(BooksSnapshot shown)
    {
        lock (_gate)
        {
            if (_losses.ToldAt is null && shown.Losses.Version == _losses.Version && _losses.Version > 0)
            {
                _losses.ToldAt = _clock.GetUtcNow();
                _losses.Version++;
            }
        }
    }

    /// <summary>A copy of everything as it was at one moment.</summary>
    public BooksSnapshot Snapshot()
    {
        lock (_gate)
        {
            return new BooksSnapshot
            {
                Sources = _sources.ConvertAll(book => (book.Name, book.Figures.Copy())),
                Outputs = _outputs.ConvertAll(book => (book, book.Figures.Copy())),
                Tail = _tails.Aggregate(default(TailFigures), (sum, book) => sum.Plus(book.Figures)),
                Rotations = _rotations,
                FilesWithoutMetadata = _filesWithoutMetadata,
                Losses = _losses.Copy(),
            };
        }
    }

    private void Lost(long count)
    {
        if (count > 0)
        {
            _losses.ToldAt = null;
            _losses.Version++;
        }
    }

    private static void Append(OutputFigures output, OutputTally turn)
    {
        output.Matched += turn.Records;
        output.BufferRecords[BufferState.Open] += turn.Records;
        output.BufferBytes[BufferState.Open] += turn.Bytes;
    }
}

/// <summary>The <see cref="Books"/> at one moment.</summary>
public sealed class BooksSnapshot
{
    public required IReadOnlyList<(string Name, SourceFigures Figures)> Sources { get; init; }

    public required IReadOnlyList<(OutputBook Book, OutputFigures Figures)> Outputs { get; init; }

    public required TailFigures Tail { get; init; }

    public required long Rotations { get; init; }

    public required long FilesWithoutMetadata { get; init; }

    public required Losses Losses { get; init; }

    public EnumCounts<BytesLostReason> BytesLost => Losses.Bytes;

    public EnumCounts<FilesLostReason> FilesLost => Losses.Files;
}
