using System.Collections.Concurrent;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Loops;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources.Files;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// The tail (DESIGN.md): scans, gives chains their turns, keeps the chunks. One thread calls <see cref="Cycle"/>; the others only
/// post commands. The given clock decides its timing, so it runs in virtual time too.
/// </summary>
internal sealed class TailWorker : IDisposable
{
    /// <summary>Bytes that a cursor may read in a turn: 5 ms at 200 MB/s, so a flood delays others by no more (S-100).</summary>
    private const long TurnBudget = 1 << 20;

    /// <summary>Text that waits for its end, over all chains.</summary>
    private const long MaxPending = 32 << 20;

    private static readonly TimeSpan ScanInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan UpkeepInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan SkipFoldInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortestPoll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(1);

    /// <summary>For a chain of which nothing exists any more.</summary>
    private static readonly TimeSpan GonePoll = TimeSpan.FromMinutes(1);

    private const string Reading = "reading it";

    private readonly Output[] _outputs;
    private readonly TailBook _tailBook;
    private readonly TimeProvider _clock;
    private readonly Parking _parking;
    private readonly ChainMetadata _metadata;
    private readonly Action<IReadOnlySet<string>> _podsInUse;
    private readonly ChainRegistry _registry;
    private readonly GenerationEnds _ends;
    private readonly ChainReader _reader;
    private readonly ChainKeeper _keeper;
    private readonly ConcurrentQueue<Command> _commands = new();
    private readonly WakeSignal _wake = new();
    private readonly FileBudget _budget;
    private readonly PendingBudget _pending = new(MaxPending);
    private long _scanAt = long.MinValue;
    private long _upkeepAt;
    private long _skipFoldAt;
    private readonly long _maxDeletedUnread;
    private bool _hasStarted;

    public TailWorker(TailSettings settings, IReadOnlyList<Output> outputs, KnownGenerations known, UnwantedPositions unwanted, Books books, TimeProvider clock, ILogger logger, Parking parking, bool isOnce)
    {
        _outputs = [.. outputs];
        _tailBook = books.AddTail();
        _clock = clock;
        _parking = parking;
        _maxDeletedUnread = settings.Buffer.MaxDeletedUnread;
        _budget = new FileBudget(settings.MaxOpenFiles > 0 ? settings.MaxOpenFiles : DescriptorLimit.Raise() / 2);
        var follower = new Follower(_outputs, _budget, isOnce, books, clock, logger);
        var silence = new Silence(clock);
        _metadata = new ChainMetadata(settings, _outputs, follower, _budget, books, clock, logger);
        _podsInUse = settings.PodsInUse;
        _registry = new ChainRegistry(settings, _outputs, known, unwanted, follower, _budget, _metadata, books, clock, logger, parking);
        _reader = new ChainReader(new RecordSink(books, clock), _metadata.MakeRoute);
        _ends = new GenerationEnds(silence, _budget, books, clock, logger);
        var watch = new GenerationWatch(follower, _budget, silence, clock);
        _keeper = new ChainKeeper(follower, watch, _reader, _ends, _budget, _pending, silence, _metadata, clock, isOnce);
    }

    /// <summary>Chains that are known, for tests and the log.</summary>
    public IReadOnlyList<Chain> Chains => _registry.Chains;

    /// <summary>Runs something on the worker's thread, soon; again, should it fail. Thread safe.</summary>
    /// <param name="thing">The thing that it is done for.</param>
    /// <param name="step">The step, in the words of <see cref="Parking"/>.</param>
    /// <param name="action">Does it.</param>
    public void Post(string thing, string step, Action action)
    {
        _commands.Enqueue(new Command(thing, step, action));
        _wake.Wake();
    }

    /// <summary>Sleeps until something is due, a command comes, or <paramref name="cancellation"/>.</summary>
    public void Wait(CancellationToken cancellation) => _wake.Sleep(TimeUntilDue(), cancellation);

    /// <summary>One cycle: commands, scan, the turns that are due, upkeep. True when something was read.</summary>
    public bool Cycle()
    {
        RunCommands();
        var now = _clock.GetTimestamp();
        if (now >= _scanAt)
        {
            _hasStarted = _registry.Scan();
            _scanAt = After(ScanInterval);
        }

        var progress = _hasStarted && RunTurns(now);

        if (now >= _upkeepAt)
        {
            Upkeep();
            _upkeepAt = After(UpkeepInterval);
        }

        return progress;
    }

    /// <summary>Makes every chain due now.</summary>
    public void PollAll()
    {
        _scanAt = long.MinValue;
        foreach (var chain in Chains)
        {
            chain.PollAt = 0;
        }
    }

    /// <summary>When something was last read, on the clock's timestamps; 0: never.</summary>
    public long ReadAt { get; private set; }

    /// <summary>Whether some output could not take everything, or a generation must be still before it is left.</summary>
    public bool IsWaiting => Chains.Any(c => c.GoneSince == 0 && (c.LastTurn.IsWaiting || c.Folder.IsInDoubt || (c.Generations.Count > 0 && (c.Detached.Count > 0 || c.State == ChainState.Waiting))));

    /// <summary>Whether some file waits for its pod's metadata.</summary>
    public bool WaitsForMetadata => Chains.Any(c => c.GoneSince == 0 && c.Generations.Count > 0 && c.State == ChainState.Waiting);

    /// <summary>Text of unfinished records that waits in memory.</summary>
    public long PendingBytes => _pending.Held;

    /// <summary>Something that should have been read could not be: a file, a directory, or a parked chain.</summary>
    public bool HasUnreadable => Unreadable > 0;

    /// <summary>The facts about these pods have changed (by the UIDs in their paths); null: about any. Thread safe.</summary>
    public void MetadataChanged(IReadOnlySet<string>? podUids) => Post("metadata", "applying changed pod metadata", () => _metadata.Tell(Chains, podUids));

    /// <summary>
    /// Before the last reads of this run: files that will not exist in the next one are read without waiting for more facts.
    /// </summary>
    public void EndWaits() => ChainMetadata.EndWaits(Chains);

    /// <summary>Reports the current state to the books, in addition to the regular upkeep.</summary>
    public void TellBooks()
    {
        SetGauges();
        Array.ForEach(_outputs, output => output.Buffer.TellRoom());
    }

    /// <summary>What should be read and cannot be: logged paths, and parked things.</summary>
    public int Unreadable => _registry.UnreadableCount + _parking.Count;

    /// <summary>What is read and what is not, now. On the worker's thread.</summary>
    public TailStatus Status() => new(
        [.. Chains.Where(c => c.State != ChainState.Excluded).Select(c => (Chain: c, Unread: c.Unread)).Where(p => p.Unread > 0)
            .OrderByDescending(p => p.Unread).Take(TailStatus.Most).Select(p => p.Chain.ToStatus(p.Unread))],
        [.. Chains.Where(c => c.State == ChainState.Excluded && c.GoneSince == 0).Select(c => c.ToStatus(0)).Concat(_registry.ExcludedByPath()).Take(TailStatus.Most)],
        [.. _parking.List(TailStatus.Most).Select(p => new ParkedStatus(LogText.Shorten(p.Thing), p.Step, LogText.Shorten(p.Why)))])
    {
        Unreadable = [.. _registry.Unreadables.Take(TailStatus.Most)],
    };

    /// <summary>Makes skips without a record durable.</summary>
    public void FoldSkipped() => _registry.FoldSkipped();

    /// <summary>
    /// Gives coverage back: the sources are read again. False, with nothing done, when they do not have all of it any more.
    /// </summary>
    public bool TryUncover(Output output, CoverageMap coverage, bool evenIfGone, Action? before = null) => _registry.TryUncover(output, coverage, evenIfGone, before);

    public void Dispose()
    {
        _registry.Dispose();
        _reader.Dispose();
        _reader.Sink.Dispose();
    }

    private void RunCommands()
    {
        for (var left = _commands.Count; left > 0 && _commands.TryDequeue(out var command); left--)
        {
            if (!_parking.Try(command.Thing, command.Step, command.Action))
            {
                _commands.Enqueue(command);
            }
        }
    }

    private long After(TimeSpan time) => _clock.GetTimestamp() + (long)(time.TotalSeconds * _clock.TimestampFrequency);

    private TimeSpan TimeUntilDue()
    {
        var due = Math.Min(_scanAt, _upkeepAt);
        foreach (var chain in Chains)
        {
            due = Math.Min(due, chain.PollAt);
        }

        // Waking for each of many chains alone would cost more than looking at them.
        var seconds = (due - _clock.GetTimestamp()) / (double)_clock.TimestampFrequency;
        return TimeSpan.FromSeconds(Math.Clamp(seconds, ShortestPoll.TotalSeconds, LongestPoll.TotalSeconds));
    }

    /// <summary>True when some chain has more to read.</summary>
    private bool RunTurns(long now)
    {
        var hasMore = false;
        _keeper.BeginRound();
        for (var i = 0; i < Chains.Count; i++)
        {
            hasMore |= Chains[i].PollAt <= now && Turn(Chains[i]) == TurnResult.More;
        }

        return hasMore;
    }

    private TurnResult Turn(Chain chain)
    {
        try
        {
            var outcome = chain.LastTurn = _keeper.Turn(chain, TurnBudget);
            if (chain.IsParked)
            {
                chain.IsParked = false;
                _parking.Worked(chain.Location, Reading);
            }

            SetNextPoll(chain, outcome.Result);
            if (outcome.Result != TurnResult.Nothing)
            {
                ReadAt = chain.ReadAt = _clock.GetTimestamp();
            }

            return outcome.Result;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Park(chain, e);
            return TurnResult.Nothing;
        }
        finally
        {
            _budget.CloseBeyondLimit(chain);
        }
    }

    /// <summary>A chain with more to read is due at once; the others are looked at about as often as they are written to.</summary>
    private void SetNextPoll(Chain chain, TurnResult result)
    {
        chain.PollInterval = chain.GoneSince != 0 ? GonePoll
            : result == TurnResult.Nothing ? TimeSpan.FromTicks(Math.Clamp(chain.PollInterval.Ticks * 2, ShortestPoll.Ticks, LongestPoll.Ticks))
            : TimeSpan.FromTicks(Math.Clamp(chain.PollInterval.Ticks / 2, ShortestPoll.Ticks, LongestPoll.Ticks));
        chain.PollAt = result == TurnResult.More ? 0 : After(chain.PollInterval);
    }

    /// <summary>Trouble with one file stays with that file. It is retried from its coverage.</summary>
    private void Park(Chain chain, Exception e)
    {
        _reader.Sink.Abandon(chain);
        chain.Reset();
        foreach (var generation in chain.Generations.Where(g => g.Name is not null && g.Links > 0))
        {
            _budget.Close(generation);
        }

        chain.Folder.Invalidate();
        chain.IsParked = true;
        chain.PollAt = After(_parking.Failed(chain.Location, Reading, e));
    }

    /// <summary>Each step concerns one thing, and parks only that.</summary>
    private void Upkeep()
    {
        foreach (var output in _outputs)
        {
            output.Failed = false;
            _parking.Try(output.Title, "closing chunks that are due", () => CloseDue(output.Buffer));
        }

        if (SetGauges() > 0)
        {
            GiveUpDeleted();
        }

        if (_clock.GetTimestamp() >= _skipFoldAt)
        {
            _skipFoldAt = After(SkipFoldInterval);
            _registry.FoldSkipped();
            _registry.Forget();
            _parking.Try("metadata", "reporting which pods still have logs", () =>
                _podsInUse(Chains.Where(c => c.Container is not null).Select(c => c.Container!.PodUid).ToHashSet(StringComparer.Ordinal)));
            foreach (var output in _outputs)
            {
                _parking.Try(output.Title, "forgetting partitions", output.Buffer.RetirePartitions);
            }
        }
    }

    private static void CloseDue(OutputBuffer buffer)
    {
        buffer.CloseDue();
        buffer.TellRoom();
        buffer.Book.SetOldestRecord(buffer.OldestOpenedAt() is { } oldest ? DateTimeOffset.FromUnixTimeMilliseconds(oldest) : null);
    }

    /// <summary>Unread deleted files are held open up to a limit; above it the largest is given up, counted.</summary>
    private void GiveUpDeleted()
    {
        var deleted = Chains.SelectMany(c => c.Generations, (c, g) => (Chain: c, Generation: g))
            .Where(p => p.Generation is { HasEnded: false, Links: 0, File: not null })
            .Select(p => (p.Chain, p.Generation, Unread: p.Generation.Unread(p.Chain.Outputs)))
            .Where(p => p.Unread > 0)
            .OrderByDescending(p => p.Unread)
            .ToList();
        var sum = deleted.Sum(p => p.Unread);
        foreach (var (chain, generation, unread) in deleted)
        {
            if (sum <= _maxDeletedUnread)
            {
                break;
            }

            sum -= unread;
            _parking.Try(chain.Location, "giving up one of its deleted files", () => _ends.GiveUp(chain, generation));
        }
    }

    /// <summary>Looks over all generations, and returns how many deleted ones are held open.</summary>
    private long SetGauges()
    {
        long open = 0, idle = 0, deleted = 0, lag = 0, lagging = 0, waiting = 0, excluded = _registry.ExcludedByPathCount;
        foreach (var chain in Chains)
        {
            if (chain.State == ChainState.Excluded)
            {
                excluded += chain.GoneSince == 0 ? 1 : 0;
                continue;
            }

            foreach (var generation in chain.Generations)
            {
                if (generation.HasEnded)
                {
                    continue;
                }

                var unread = generation.Unread(chain.Outputs);
                lag += unread;
                lagging += unread > 0 ? 1 : 0;
                deleted += generation is { File: not null, Links: 0 } ? 1 : 0;
                waiting += chain.State == ChainState.Waiting && generation is { File: not null, Links: > 0 } ? 1 : 0;
                open += chain.State == ChainState.Reading && generation is { File: not null, Links: > 0 } ? 1 : 0;
                idle += generation.File is null ? 1 : 0;
            }
        }

        _tailBook.Set(new TailFigures { Open = open, Idle = idle, Deleted = deleted, Waiting = waiting, Excluded = excluded, LagBytes = lag, LagFiles = lagging, Parked = _parking.Count });
        return deleted;
    }

    private sealed record Command(string Thing, string Step, Action Action);
}
